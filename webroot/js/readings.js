// The readings of one device, newest first, page by page, each with its receipt.

import { dayReceiptUrl, get, receiptUrl } from './api.js';
import { localDate } from './calendar.js';
import { element, h, set } from './dom.js';
import { count, quantity } from './format.js';
import { href } from './route.js';
import { times } from './times.js';

const PAGE = 50;
const COLUMNS = [
  ['powerW', 'number'],
  ['voltageV', 'number wide'],
  ['currentA', 'number wide'],
  ['powerFactor', 'number wide'],
  ['energyImportKwh', 'number energy'],
];
const DAY_MS = 86_400_000;

export class Readings {
  #store;
  #device = null;
  #span = {};
  #cursor = null;
  #newest = null;
  #loads = 0;

  constructor(store) {
    this.#store = store;
    element('readings-older').addEventListener('click', () => this.#load(this.#cursor));
    element('readings-newer').addEventListener('click', () => this.#load(null));
    element('day').addEventListener('input', () => this.#offerDay());
  }

  /** @param span {from, to}: instants, when only those between are wanted */
  show(device, { from, to }) {
    if (device === this.#device && from === this.#span.from && to === this.#span.to) return;
    this.#device = device;
    this.#span = { from, to };
    this.#newest = null;
    element('reading-rows').replaceChildren(...Array.from({ length: 8 }, placeholderRow));
    element('readings-older').hidden = true;
    element('readings-newer').hidden = true;
    const yesterday = new Date(localDate(this.#store.now(), this.#zone()).getTime() - DAY_MS);
    element('day').value = yesterday.toISOString().slice(0, 10);
    this.#offerDay();
    this.#load(null);
  }

  hide() {
    this.#device = null;
    this.#span = {};
    this.#loads++;
  }

  /** The receipt of a whole day, of the site's time zone. */
  #offerDay() {
    const link = element('day-receipt');
    const date = element('day').value;
    link.toggleAttribute('hidden', !date);
    link.href = dayReceiptUrl(this.#device, date, times(this.#zone()).zone);
    link.dataset.receipt = `${this.#device}-${date}.boe-bundle.json`;
  }

  /** Offers newer readings rather than moving the rows that someone reads. */
  noticeNewer() {
    if (this.#device === null || this.#newest === null || this.#span.to) return;
    const { latest } = this.#store.devices.get(this.#device) ?? {};
    element('readings-newer').hidden = !(latest && latest.id !== this.#newest);
  }

  #zone() {
    return this.#store.zone(this.#store.devices.get(this.#device)?.site);
  }

  async #load(cursor) {
    const mine = ++this.#loads;
    const device = this.#device;
    const note = element('readings-note');
    set(note, 'Loading…');
    try {
      const page = await get('readings', { device, ...this.#span, limit: PAGE, cursor });
      if (mine !== this.#loads) return;
      const body = element('reading-rows');
      if (cursor === null) {
        body.replaceChildren();
        this.#newest = page.readings[0]?.id ?? null;
        element('readings-newer').hidden = true;
      }
      body.append(
        ...(page.damaged ?? []).map(({ id, fault }) => this.#odd(id, `damaged in the store: ${fault}`, 'damaged')),
        ...(page.erased ?? []).map(({ id, act }) => this.#odd(id, `erased by act ${act}`, 'muted')),
        ...page.readings.map((reading) => this.#row(reading)),
      );
      this.#cursor = page.nextCursor;
      element('readings-older').hidden = !page.nextCursor;
      this.#note(body.childElementCount, page.nextCursor);
    } catch (error) {
      if (mine !== this.#loads) return;
      for (const row of document.querySelectorAll('#reading-rows .waiting')) row.remove();
      const retry = h('button', { type: 'button', class: 'quiet', onclick: () => this.#load(cursor) }, 'Try again');
      note.replaceChildren(`The readings could not be loaded: ${error.message}. `, retry);
    }
  }

  #note(shown, more) {
    const { from, to } = this.#span;
    const note = element('readings-note');
    if (from && to) {
      const span = times(this.#zone()).range(Date.parse(from), Date.parse(to));
      note.replaceChildren(`${span} · `, h('a', { href: href('devices', [this.#device]) }, 'Show the latest'));
    } else {
      set(note, shown === 0 ? 'None yet' : more ? `The latest ${count(shown)}` : `All ${count(shown)}`);
    }
  }

  #row({ id, measuredAt, quantities }) {
    const ms = Date.parse(measuredAt);
    const clock = times(this.#zone());
    const when = clock.when(ms, this.#store.now());
    const receipt = {
      href: receiptUrl(id),
      dataset: { receipt: `${id}.tlog-proof` },
      'aria-label': `Receipt of the reading of ${when}`,
    };
    return h(
      'tr',
      {},
      h('td', {}, h('time', { datetime: measuredAt, title: `${clock.full(ms)}, reading ${id}` }, when)),
      COLUMNS.map(([name, style]) => h('td', { class: style }, quantity(name, quantities[name]))),
      h('td', {}, h('a', receipt, 'Receipt')),
    );
  }

  /** What is no reading any more; its time is not known. */
  #odd(id, text, style) {
    return h('tr', {}, h('td', { colspan: COLUMNS.length + 2, class: style }, h('code', {}, id), ` – ${text}`));
  }
}

function placeholderRow() {
  return h('tr', { class: 'waiting', 'aria-hidden': 'true' }, h('td', { colspan: COLUMNS.length + 2 }, '\u00a0'));
}
