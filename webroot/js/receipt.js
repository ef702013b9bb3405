// Receipt links: a receipt exists once a checkpoint covers the reading, so the download waits for it.

import { request } from './api.js';

const NOT_YET_LOGGED = 409;
const PATIENCE_MS = 60_000;
const RETRY_MS = { default: 2_000, max: 10_000 };
const SHOW_FAILURE_MS = 4_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Makes each link below the root that carries data-receipt (a file's name) download the receipt it leads to. */
export function downloadReceipts(root) {
  root.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-receipt]');
    if (!link?.href || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.ariaDisabled !== 'true') download(link, link.dataset.receipt);
  });
}

async function download(link, name) {
  const label = link.textContent;
  link.ariaDisabled = 'true';
  try {
    const response = await waitForReceipt(link.href, () => (link.textContent = 'Waiting for a checkpoint…'));
    save(await response.blob(), name);
  } catch (error) {
    console.error(error);
    link.textContent = error.status === 404 ? 'No such receipt' : 'Not available';
    link.title = error.message;
    await pause(SHOW_FAILURE_MS);
  } finally {
    link.textContent = label;
    link.ariaDisabled = null;
  }
}

async function waitForReceipt(url, onWait) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await request(url);
    } catch (error) {
      if (error.status !== NOT_YET_LOGGED || Date.now() > deadline) throw error;
      onWait();
      await pause(Math.min(error.retryAfterMs || RETRY_MS.default, RETRY_MS.max));
    }
  }
}

function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}
