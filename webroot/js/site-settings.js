// The tariff, the time zone and the name of a site, below its report.

import { get } from './api.js';
import { element, h } from './dom.js';
import { SettingsForm } from './settings-form.js';

export class SiteSettings {
  #store;
  #form;
  #site = null;

  /** @param onSaved called when a report would now come out otherwise */
  constructor(store, onSaved) {
    this.#store = store;
    const { elements } = element('site-form');
    this.#form = new SettingsForm(element('site-form'), {
      fill: ({ tariff, zone, name }) => {
        elements.tariff.value = tariff ?? '';
        elements.zone.value = zone ?? '';
        elements.name.value = name ?? '';
      },
      collect: () => {
        const zone = elements.zone.value.trim();
        if (zone && !isZone(zone)) throw new Error('The time zone must be one of the list, such as Europe/Skopje.');
        return { tariff: elements.tariff.value || null, zone: zone || null, name: elements.name.value.trim() || null };
      },
      describe: ({ tariff, zone, name }) => [tariff ?? 'no tariff', zone, name].filter(Boolean).join(', '),
      onSaved: (site) => {
        store.applySites(store.sites.map((each) => (each.id === site.id ? { ...each, ...site } : each)));
        onSaved();
      },
    });
    const zones = Intl.supportedValuesOf?.('timeZone') ?? [];
    element('zones').append(...zones.map((value) => h('option', { value })));
  }

  /**
   * @param site whose settings; without one, those of the only site there is
   * @param priced whether it has a tariff already
   */
  async show(site, priced) {
    const id = site || (this.#store.sites.length === 1 ? this.#store.sites[0].id : null);
    const panel = element('site-settings');
    element('site-settings-note').textContent = priced
      ? 'A change holds for all reports of the site, past ones too.'
      : 'Choose a tariff, and this report shows costs.';
    // What somebody may be writing there is left alone.
    if (id && id === this.#site) return;
    this.#site = id;
    panel.hidden = true;
    if (!id) return;
    try {
      const { tariffs } = await get('tariffs');
      element('site-form').elements.tariff.replaceChildren(
        h('option', { value: '' }, tariffs.length > 0 ? 'None' : 'None is known yet'),
        ...tariffs.map(({ id: value, name, currency }) => h('option', { value, title: currency }, name || value)),
      );
      if ((await this.#form.load(`sites/${encodeURIComponent(id)}`)) === null) return;
      panel.hidden = false;
    } catch (error) {
      this.#site = null;
      console.warn(error);
    }
  }
}

function isZone(text) {
  try {
    return Boolean(Intl.DateTimeFormat(undefined, { timeZone: text }));
  } catch {
    return false;
  }
}
