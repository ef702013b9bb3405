// The page around the verifier: takes the file and the keys, shows what came out.

import { Fault } from './canonical.js';
import { readKeys, verify } from './verifier.js';

const MAX_BYTES = 32 << 20;
const REMEMBERED = 'boe.verify.key';

const at = (id) => document.getElementById(id);
let file = null;
let turn = 0;

/** Shows the outcome for what is entered now; an older check that ends later is not shown. */
async function check() {
  const mine = ++turn;
  const outcome = await outcomeNow();
  if (mine === turn) show(outcome);
}

async function outcomeNow() {
  if (!file) return { state: 'idle', verdict: 'Nothing to check yet', headline: 'Choose a receipt or drop it on this page.' };
  if (!at('key').value.trim()) {
    return { state: 'idle', verdict: 'The key is missing', headline: `Enter the log's key to check ${file.name}.` };
  }
  let keys;
  try {
    keys = await readKeys(at('key').value, at('witnesses').value.split('\n').filter((line) => line.trim()));
  } catch (error) {
    return notPossible(error, 'The key cannot be used');
  }
  try {
    const result = await verify(file.bytes, keys);
    switch (result.verdict) {
      case 'valid':
        return { ...result, state: 'valid', verdict: 'The receipt holds' };
      case 'unshown':
        return { ...result, state: 'unshown', verdict: 'Not all figures can be checked' };
      default:
        return { ...result, state: 'invalid', verdict: 'The receipt does not hold', headline: 'Do not rely on this file.' };
    }
  } catch (error) {
    return notPossible(error, 'The check could not be done');
  }
}

function notPossible(error, verdict) {
  if (!(error instanceof Fault)) console.error(error);
  return { state: 'idle', verdict, headline: `${error.message}.` };
}

function show({ state, verdict, headline, steps = [], notChecked = [], fault = null }) {
  at('mark').textContent = { valid: '✓', invalid: '✗', unshown: '?' }[state] ?? '';
  at('verdict').textContent = verdict;
  at('headline').textContent = printable(headline);
  at('steps').replaceChildren(...steps.map((text) => item('ok', text)), ...(fault ? [item('not', fault, 'wrong')] : []));
  at('not-checked').replaceChildren(...notChecked.map((text) => item('–', text)));
  at('checked').hidden = steps.length === 0 && !fault;
  at('unchecked').hidden = state !== 'valid' && state !== 'unshown';
  at('actions').hidden = state === 'idle';
  at('result').dataset.state = state;
}

/** The file's texts are its writer's: they must not look like other lines, nor turn the writing round. */
const printable = (text) =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

function item(tag, text, className = '') {
  const element = document.createElement('li');
  const mark = document.createElement('span');
  const words = document.createElement('span');
  mark.className = 'tag';
  mark.textContent = tag;
  words.textContent = printable(text);
  element.className = className;
  element.append(mark, words);
  return element;
}

async function take(chosen) {
  if (!chosen) return;
  if (chosen.size > MAX_BYTES) {
    file = null;
    show({ state: 'idle', verdict: 'The file is too large', headline: `${chosen.name} is too large to be a receipt.` });
    return;
  }
  file = { name: chosen.name, bytes: new Uint8Array(await chosen.arrayBuffer()) };
  at('file-name').textContent = chosen.name;
  at('text').value = '';
  await check();
}

function takeText() {
  const text = at('text').value;
  file = text ? { name: 'the pasted text', bytes: new TextEncoder().encode(text) } : null;
  at('file-name').textContent = text ? 'The pasted text' : 'No file chosen';
  check();
}

/** The browser's memory; a browser may refuse it to files. */
function memory(action) {
  try {
    return action(localStorage);
  } catch {
    return null;
  }
}

async function firstKey() {
  const remembered = memory((store) => store.getItem(REMEMBERED));
  if (remembered) {
    at('key').value = remembered;
    at('remember').checked = true;
  } else if (location.protocol.startsWith('http')) {
    const status = await fetch('api/v1/status').then((answer) => (answer.ok ? answer.json() : null), () => null);
    if (status?.log?.publicKey && !at('key').value) {
      at('key').value = status.log.publicKey;
      at('key-origin').hidden = false;
    }
  }
  await check();
}

/** A key that the server gave is not kept: it would come back without the warning. */
function rememberKey() {
  if (!at('key-origin').hidden) at('remember').checked = false;
  memory((store) =>
    at('remember').checked ? store.setItem(REMEMBERED, at('key').value.trim()) : store.removeItem(REMEMBERED));
}

/** Older browsers lack Ed25519. */
async function canCheck() {
  try {
    await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify']);
  } catch {
    at('unable').textContent = 'This browser cannot check Ed25519 signatures. Chrome and Edge from 137, Firefox from 129 ' +
      'and Safari from 17 can, and so can the command-line verifier.';
    at('unable').hidden = false;
  }
}

at('file').addEventListener('change', (event) => take(event.target.files[0]));
at('text').addEventListener('input', takeText);
at('witnesses').addEventListener('input', check);
at('key').addEventListener('input', () => {
  at('key-origin').hidden = true;
  rememberKey();
  check();
});
at('remember').addEventListener('change', rememberKey);
at('print').addEventListener('click', () => print());
at('form').addEventListener('submit', (event) => event.preventDefault());
addEventListener('dragover', (event) => {
  event.preventDefault();
  at('drop').dataset.over = '';
});
addEventListener('dragleave', () => delete at('drop').dataset.over);
addEventListener('drop', (event) => {
  event.preventDefault();
  delete at('drop').dataset.over;
  take(event.dataTransfer.files[0]);
});

canCheck();
firstKey();
