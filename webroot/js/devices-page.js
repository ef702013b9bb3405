// All devices, each with its power now and its share of the month.

import { get } from './api.js';
import { element, h, set } from './dom.js';
import { age, count, energyText, percent, powerText } from './format.js';
import { Loading } from './loading.js';
import { href } from './route.js';
import { byName } from './store.js';

export class DevicesPage {
  #store;
  #device;
  #loading = new Loading(element('devices'));
  #rows = new Map();
  #shown = false;

  /** @param device shows one of them */
  constructor(store, device) {
    this.#store = store;
    this.#device = device;
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
    const used = new Map((month?.devices ?? []).map((each) => [each.device, each]));
    for (const { device, name } of used.values()) this.#store.rename(device, name);
    this.#rows = new Map();
    const sorted = [...devices].sort((a, b) => byName(this.#store.name(a.id), this.#store.name(b.id)));
    element('device-rows').replaceChildren(...sorted.map((device) => this.#row(device, used.get(device.id))));
    element('devices-note').textContent =
      devices.length === 0
        ? 'None has reported yet. A device appears with its first reading.'
        : `${count(devices.length)} ${devices.length === 1 ? 'device' : 'devices'}, with what each has used this month`;
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
    const bar = h('span', { class: 'bar', 'aria-hidden': 'true' }, h('span'));
    bar.firstChild.style.width = `${Math.round(1000 * Math.min(1, used?.share ?? 0)) / 10}%`;
    const name = this.#store.name(id);
    const tags = [name !== id && id, site, used?.counted === false && 'not in the totals', used?.estimated && 'estimated'];
    return h(
      'li',
      { class: 'device-row', dataset: { slot: this.#store.devices.get(id)?.slot ?? 0, id } },
      h('span', { class: 'swatch', 'aria-hidden': 'true' }),
      h('span', { class: 'who' }, h('a', { class: 'open', href: href('devices', [id]) }, name), h('span', { class: 'muted' }, tags.filter(Boolean).join(' · '))),
      h('span', { class: 'month' }, h('span', {}, used ? energyText(used.energyKwh) : '–'), h('span', { class: 'muted' }, used?.counted ? percent(used.share) : ''), bar),
      h('span', { class: 'latest' }, row.power, row.age),
    );
  }
}
