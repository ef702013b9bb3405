// All devices, each with its power now and its share of the month.

import { get } from './api.js';
import { element, h, set } from './dom.js';
import { shareBar } from './figures.js';
import { age, count, energyText, percent, powerText } from './format.js';
import { Loading } from './loading.js';
import { href } from './route.js';
import { byName } from './store.js';

/** More than that at once would be of no use to the eye; the field to find one comes with the thirteenth. */
const SHOWN = 100;
const FEW = 12;

export class DevicesPage {
  #store;
  #device;
  #loading = new Loading(element('devices'));
  #rows = new Map();
  #shown = false;
  #list = [];
  #used = new Map();

  /** @param device shows one of them */
  constructor(store, device) {
    this.#store = store;
    this.#device = device;
    element('devices-find').addEventListener('input', () => this.#fill());
    element('device-rows').append(...Array.from({ length: 4 }, () => h('li', { class: 'device-row placeholder' })));
  }

  show({ path: [id], query }) {
    this.#shown = id === undefined;
    element('devices-all').hidden = !this.#shown;
    element('device').hidden = this.#shown;
    if (!this.#shown) return this.#device.show(id, query);
    this.#device.hide();
    this.#loading.run(
      async () => {
        const { devices } = await get('devices');
        // The list is of use without the month, too: where sites' zones differ there is no such report.
        const month = await get('reports/monthly').catch(() => null);
        return { devices, month };
      },
      ({ devices, month }) => this.#show(devices, month),
    );
    return 'Devices';
  }

  hide() {
    this.#shown = false;
    this.#loading.cancel();
    this.#device.hide();
  }

  #show(devices, month) {
    this.#store.applyDevices(devices);
    this.#used = new Map((month?.devices ?? []).map((each) => [each.device, each]));
    for (const { device, name } of this.#used.values()) this.#store.rename(device, name);
    this.#list = [...devices].sort((a, b) => byName(this.#store.name(a.id), this.#store.name(b.id)));
    element('devices-filter').hidden = devices.length <= FEW;
    if (devices.length === 0) {
      element('devices-note').textContent = 'None has reported yet. A device appears with its first reading.';
    }
    this.#fill();
  }

  #fill() {
    const wanted = element('devices-find').value.trim().toLocaleLowerCase();
    const found = this.#list.filter(({ id, site }) =>
      [id, site, this.#store.name(id)].some((text) => text?.toLocaleLowerCase().includes(wanted)),
    );
    this.#rows = new Map();
    const rows = found.slice(0, SHOWN).map((device) => this.#row(device, this.#used.get(device.id)));
    if (found.length > SHOWN) rows.push(h('li', { class: 'muted' }, `and ${count(found.length - SHOWN)} more`));
    if (found.length === 0 && wanted) rows.push(h('li', { class: 'muted' }, 'None of that name.'));
    element('device-rows').replaceChildren(...rows);
    this.draw();
  }

  draw() {
    if (this.#shown) for (const [id, row] of this.#rows) this.#tick(id, row);
    this.#device.draw();
  }

  #tick(id, row) {
    const device = this.#store.devices.get(id);
    if (!device?.latest) return;
    const now = this.#store.now();
    const fresh = this.#store.isFresh(device, now);
    set(row.power, fresh ? powerText(device.latest.quantities.powerW) : '–');
    set(row.age, fresh ? age(device.latest.time, now) : `silent, ${age(device.latest.time, now)}`);
    row.age.classList.toggle('warn', !fresh);
  }

  #row({ id, site }, used) {
    const row = { power: h('data', { class: 'now' }, '–'), age: h('span', { class: 'muted' }, '–') };
    this.#rows.set(id, row);
    const name = this.#store.name(id);
    const tags = [
      name !== id && id,
      site,
      used?.counted === false && 'not in the totals',
      used?.estimated && 'estimated',
    ];
    return h(
      'li',
      { class: 'device-row', dataset: { slot: this.#store.devices.get(id)?.slot ?? 0, id } },
      h('span', { class: 'swatch', 'aria-hidden': 'true' }),
      h(
        'span',
        { class: 'who' },
        h('a', { class: 'open', href: href('devices', [id]) }, name),
        h('span', { class: 'muted' }, tags.filter(Boolean).join(' · ')),
      ),
      h(
        'span',
        { class: 'month' },
        h('span', {}, used ? energyText(used.energyKwh) : '–'),
        h('span', { class: 'muted' }, used?.counted ? percent(used.share) : ''),
        used && shareBar(used.share ?? 0),
      ),
      h('span', { class: 'latest' }, row.power, row.age),
    );
  }
}
