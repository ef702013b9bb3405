// One device: its latest quantities, its month, its settings and its readings.

import { get } from './api.js';
import { Bars } from './bars.js';
import { element, fact, h, set } from './dom.js';
import { age, axisEnergy, energy, quantity } from './format.js';
import { Loading } from './loading.js';
import { Navigation } from './navigation.js';
import { Readings } from './readings.js';
import { href } from './route.js';
import { barSeries } from './series.js';
import { SettingsForm } from './settings-form.js';
import { rowTick } from './times.js';
import { comparison } from './words.js';

const QUANTITIES = {
  powerW: 'Power',
  voltageV: 'Voltage',
  currentA: 'Current',
  powerFactor: 'Power factor',
  energyImportKwh: 'Energy counter',
  energyExportKwh: 'Export counter',
  apparentPowerVa: 'Apparent power',
  reactivePowerVar: 'Reactive power',
  frequencyHz: 'Frequency',
};

export class DevicePage {
  #store;
  #id = null;
  #readings;
  #loading = new Loading(element('device-content'));
  #month = new Loading(element('device-month'));
  #bars = new Bars(element('device-plot'), () => {});
  #settings;

  constructor(store) {
    this.#store = store;
    this.#readings = new Readings(store);
    const { elements } = element('device-form');
    this.#settings = new SettingsForm(element('device-form'), {
      fill: ({ name, powerCeilingW, counted }) => {
        elements.name.value = name ?? '';
        elements.powerCeilingW.value = powerCeilingW ?? '';
        elements.counted.checked = counted ?? true;
      },
      collect: () => {
        const watts = elements.powerCeilingW;
        if (!watts.validity.valid) throw new Error('The highest power must be a number of watts above zero.');
        return {
          name: elements.name.value.trim() || null,
          powerCeilingW: watts.value === '' ? null : watts.valueAsNumber,
          counted: elements.counted.checked,
        };
      },
      describe: ({ name, powerCeilingW, counted }) =>
        `${name ? `“${name}”` : 'no name'}, ${quantity('powerW', powerCeilingW)}, ${counted ? 'counted' : 'not counted'} in the totals`,
      onSaved: (device) => {
        this.#store.applyDevices([device]);
        this.#title();
      },
    });
  }

  show(id, query) {
    const other = id !== this.#id;
    this.#id = id;
    if (other) {
      this.#loading.run(
        () => this.#settings.load(`devices/${encodeURIComponent(id)}`),
        (device) => {
          if (device === null) return;
          this.#store.applyDevices([device]);
          this.#title();
          this.draw();
        },
      );
      this.#month.run(
        () => get('reports/monthly', { device: id }),
        (report) => this.#showMonth(report),
      );
      element('device-report').href = href('reports', ['monthly'], { device: id });
      element('device-links').replaceChildren(h('a', { href: href('forecast', [], { device: id }) }, 'Forecast'));
    }
    this.#readings.show(id, query);
    return this.#title();
  }

  hide() {
    this.#id = null;
    this.#loading.cancel();
    this.#month.cancel();
    this.#readings.hide();
  }

  noticeNewer() {
    this.#readings.noticeNewer();
  }

  draw() {
    const device = this.#store.devices.get(this.#id);
    if (!device?.latest) return;
    const now = this.#store.now();
    const fresh = this.#store.isFresh(device, now);
    set(element('device-age'), `${fresh ? 'Measured' : 'Silent, measured'} ${age(device.latest.time, now)}`);
    const { quantities } = device.latest;
    const names = Object.keys(QUANTITIES).filter((name) => name in quantities);
    const list = element('device-quantities');
    const shown = names.join();
    if (list.dataset.shown !== shown) {
      list.dataset.shown = shown;
      list.replaceChildren(...names.map((name) => fact(QUANTITIES[name], h('data', { dataset: { quantity: name } }))));
    }
    names.forEach((name, i) => {
      const data = list.children[i].querySelector('data');
      set(data, quantity(name, quantities[name]));
      data.value = quantities[name];
    });
  }

  #title() {
    const device = this.#store.devices.get(this.#id);
    const name = this.#store.name(this.#id);
    set(element('device-name'), name);
    element('device-title').dataset.slot = device?.slot ?? 0;
    set(element('device-note'), [name !== this.#id && this.#id, device?.site].filter(Boolean).join(' · ') || '\u00a0');
    Navigation.title(name);
    return name;
  }

  #showMonth({ kind, rows, summary, devices }) {
    const { text, unit } = energy(summary.energyKwh);
    set(element('device-energy'), text);
    element('device-energy').value = summary.energyKwh ?? '';
    set(element('device-energy').nextElementSibling, unit);
    const { text: words, direction } = comparison(summary.change?.energyRatio, 'last month by now');
    set(element('device-change'), words);
    element('device-change').dataset.direction = direction;
    this.#bars.draw(
      barSeries(rows, 'energy'),
      kind,
      rows.map(({ label }) => rowTick(kind, label)),
      axisEnergy,
      0.1,
    );
    element('device-plot').ariaLabel = `Energy by day, ${text} ${unit} in all`;
    for (const { device, name } of devices ?? []) this.#store.rename(device, name);
  }
}
