// The choice of a site and a device, above reports and forecasts.

import { element, options } from './dom.js';
import { byName } from './store.js';

export class Scope {
  #store;
  #site;
  #device;

  /**
   * @param prefix of the ids of the two fields
   * @param onChoose called with {site, device}, each empty for all
   */
  constructor(store, prefix, onChoose) {
    this.#store = store;
    this.#site = element(`${prefix}-site`);
    this.#device = element(`${prefix}-device`);
    this.#site.addEventListener('change', () => {
      const of = this.#store.devices.get(this.#device.value)?.site;
      const fits = this.#site.value === '' || of === this.#site.value;
      onChoose({ site: this.#site.value, device: fits ? this.#device.value : '' });
    });
    this.#device.addEventListener('change', () => onChoose({ site: this.#site.value, device: this.#device.value }));
  }

  draw({ site = '', device = '' }) {
    const sites = this.#store.sites;
    options(
      this.#site,
      [
        ['', 'All sites'],
        ...withChosen(
          sites.map(({ id, name }) => [id, name || id]),
          site,
        ),
      ],
      site,
    );
    this.#site.closest('label').hidden = sites.length < 2 && site === '';
    const devices = [...this.#store.devices.values()]
      .filter((each) => site === '' || each.site === site)
      .map(({ id }) => [id, this.#store.name(id)])
      .sort(([, a], [, b]) => byName(a, b));
    options(this.#device, [['', 'All devices'], ...withChosen(devices, device)], device);
  }
}

/** What the address names is among the choices, known or not. */
function withChosen(list, chosen) {
  return chosen === '' || list.some(([value]) => value === chosen) ? list : [...list, [chosen, chosen]];
}
