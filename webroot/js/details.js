// The readings of one device, newest first, page by page, each with its receipt.

import { dayReceiptUrl, get, receiptUrl } from './api.js';
import { count, fullTime, quantity, when } from './format.js';

const PAGE = 50;
const COLUMNS = [
  ['powerW', 'number'],
  ['voltageV', 'number wide'],
  ['currentA', 'number wide'],
  ['powerFactor', 'number wide'],
  ['energyImportKwh', 'number'],
];

const element = (id) => document.getElementById(id);

export class Details {
  #store;
  #device = null;
  #cursor = null;
  #newest = null;
  #loads = 0;

  constructor(store) {
    this.#store = store;
    element('details-older').addEventListener('click', () => this.#load(this.#cursor));
    element('details-newer').addEventListener('click', () => this.#load(null));
    element('details-day').addEventListener('input', () => this.#offerDay());
    element('details').addEventListener('close', () => {
      this.#device = null;
      this.#loads++;
    });
    // A click beside the sheet falls on the dialog element itself.
    element('details').addEventListener('click', (event) => {
      if (event.target === element('details')) element('details').close();
    });
  }

  open(id) {
    this.#device = id;
    element('details-title').textContent = id;
    element('details-rows').replaceChildren();
    element('details-older').hidden = true;
    element('details-newer').hidden = true;
    element('details-day').value = yesterday(this.#store.now());
    this.#offerDay();
    element('details').showModal();
    this.#load(null);
  }

  /** The receipt of a whole day, of the reader's time zone. */
  #offerDay() {
    const link = element('details-day-receipt');
    const date = element('details-day').value;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    link.toggleAttribute('hidden', !date);
    link.href = dayReceiptUrl(this.#device, date, zone);
    link.dataset.receipt = `${this.#device}-${date}.boe-bundle.json`;
  }

  /** Offers newer readings rather than moving the rows that someone reads. */
  noticeNewer() {
    if (this.#device === null || this.#newest === null) return;
    const { latest } = this.#store.devices.get(this.#device) ?? {};
    const newer = latest && latest.id !== this.#newest;
    element('details-newer').hidden = !newer;
  }

  async #load(cursor) {
    const mine = ++this.#loads;
    const device = this.#device;
    const note = element('details-note');
    note.textContent = 'Loading…';
    try {
      const { readings, damaged, nextCursor } = await get('readings', { device, limit: PAGE, cursor });
      if (mine !== this.#loads) return;
      const body = element('details-rows');
      if (cursor === null) {
        body.replaceChildren();
        this.#newest = readings[0]?.id ?? null;
        element('details-newer').hidden = true;
      }
      body.append(...(damaged ?? []).map(damagedRow), ...readings.map((reading) => this.#row(reading)));
      this.#cursor = nextCursor;
      element('details-older').hidden = !nextCursor;
      const site = this.#store.devices.get(device)?.site;
      const shown = body.childElementCount;
      note.textContent =
        shown === 0
          ? 'No readings yet'
          : [site, nextCursor ? `latest ${count(shown)} readings` : `${count(shown)} readings`]
              .filter(Boolean)
              .join(' · ');
    } catch (error) {
      if (mine === this.#loads) note.textContent = `The readings could not be loaded: ${error.message}`;
    }
  }

  #row({ id, measuredAt, quantities }) {
    const row = document.createElement('tr');
    const time = document.createElement('time');
    const ms = Date.parse(measuredAt);
    time.dateTime = measuredAt;
    time.textContent = when(ms, this.#store.now());
    time.title = `${fullTime(ms)}, reading ${id}`;
    cell(row).append(time);
    for (const [name, style] of COLUMNS) {
      const td = cell(row);
      td.className = style;
      td.textContent = quantity(name, quantities[name]);
    }
    const link = document.createElement('a');
    link.href = receiptUrl(id);
    link.dataset.receipt = `${id}.tlog-proof`;
    link.textContent = 'Receipt';
    link.setAttribute('aria-label', `Receipt of the reading of ${time.textContent}`);
    cell(row).append(link);
    return row;
  }
}

/** The local date of the day before an instant, as a date field takes it. */
function yesterday(ms) {
  const now = new Date(ms);
  const noon = new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate() - 1, 12));
  return noon.toISOString().slice(0, 10);
}

/** A document that somebody has changed so that it is no reading any more; its time is not known. */
function damagedRow({ id, fault }) {
  const row = document.createElement('tr');
  const text = cell(row);
  text.colSpan = COLUMNS.length + 2;
  text.className = 'damaged';
  const name = document.createElement('code');
  name.textContent = id;
  text.append('Damaged in the store: ', name, ` – ${fault}`);
  return row;
}

function cell(row) {
  return row.appendChild(document.createElement('td'));
}
