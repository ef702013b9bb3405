// What is expected of the next hours, and how much such expectations were worth so far.

import { get } from './api.js';
import { element, h, set } from './dom.js';
import { Anomalies } from './anomalies.js';
import { ForecastChart } from './forecast-chart.js';
import { figure, figuresTable, shareBar } from './figures.js';
import { count, days, energy, energyText, percent, power, powerText } from './format.js';
import { Loading, loadWithNames } from './loading.js';
import { Navigation, go } from './navigation.js';
import { href } from './route.js';
import { Scope } from './scope.js';
import { forecastSeries } from './series.js';
import { times } from './times.js';

const HOURS = ['12', '24', '48'];
/** On a narrow screen two days of history would leave no room for what is ahead. */
const NARROW = 640;

export class ForecastPage {
  #store;
  #scope;
  #loading = new Loading(element('forecast'));
  #chart = new ForecastChart(element('forecast-plot'), (index) => this.#readout(index));
  #anomalies;
  #chosen = null;
  #forecast = null;
  #series = null;
  #shown = false;

  constructor(store) {
    this.#store = store;
    this.#anomalies = new Anomalies(store);
    this.#scope = new Scope(store, 'forecast', (scope) =>
      go(href('forecast', [], { ...scope, hours: this.#chosen.hours })),
    );
    element('forecast-hours').replaceChildren(...HOURS.map((hours) => h('a', { dataset: { hours } }, `${hours} h`)));
    element('forecast-figures').replaceChildren(...figures({}));
  }

  show({ query: { hours = '24', site = '', device = '' } }) {
    this.#shown = true;
    this.#chosen = { hours: HOURS.includes(hours) ? hours : '24', site, device };
    this.refresh();
    this.#loading.run(
      () => loadWithNames(this.#store, get('forecast', this.#chosen)),
      (forecast) => this.#show(forecast),
    );
    this.#anomalies.show({ site, device });
    const title = `Next ${count(Number(this.#chosen.hours))} hours`;
    set(element('forecast-title'), title);
    return title;
  }

  hide() {
    this.#shown = false;
    this.#loading.cancel();
    this.#anomalies.hide();
  }

  /** When sites and devices are known. */
  refresh() {
    if (!this.#shown) return;
    const { hours, site, device } = this.#chosen;
    this.#scope.draw({ site, device });
    for (const link of element('forecast-hours').children) {
      link.href = href('forecast', [], { site, device, hours: link.dataset.hours });
      if (link.dataset.hours === hours) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  }

  #show(forecast) {
    this.#forecast = forecast;
    const { points, history, status, zone, generatedAt, collected, model } = forecast;
    const ready = status === 'ready' && points.length > 0;
    const of = this.#chosen.device && this.#store.name(this.#chosen.device);
    set(element('forecast-note'), [of, zone].filter(Boolean).join(' · '));
    Navigation.title(`Next ${this.#chosen.hours} hours${of ? `, ${of}` : ''}`);
    element('forecast-figures').replaceChildren(...figures(ready ? forecast : {}));
    const past = innerWidth < NARROW ? (history ?? []).slice(-24) : (history ?? []);
    this.#series = forecastSeries(past, ready ? points : []);
    const empty = element('forecast-empty');
    empty.hidden = ready;
    if (!ready) empty.replaceChildren(collecting(collected));
    if (this.#series[0].length > 0 && ready) {
      this.#chart.draw(this.#series, Date.parse(points[0].from ?? generatedAt) / 1000, zone);
    } else {
      this.#chart.clear();
    }
    element('forecast-plot').ariaLabel = ready
      ? `Power by hour: measured, and expected for the next ${this.#chosen.hours} hours; the figures are in the table below`
      : 'Power by hour, not expected yet';
    element('forecast-keys').replaceChildren(
      ...[
        ['past', 'Measured'],
        ['expected', 'Expected'],
        ['band', `${percent(forecast.confidence ?? 0.9)} of cases`],
      ].map(([key, text]) => h('li', { dataset: { key } }, h('span', { class: 'key' }), text)),
    );
    element('forecast-table').replaceChildren(...(ready ? [table(points, times(zone))] : []));
    element('forecast-parts').replaceChildren(...(ready && model ? [backtest(model)] : []));
    this.#readout(null);
  }

  #readout(index) {
    if (index === null || !this.#series) {
      set(element('forecast-readout'), '');
      return;
    }
    const [x, measured, expected, low, high] = this.#series.map((values) => values[index]);
    const value =
      measured !== null
        ? powerText(Math.round(measured))
        : `${powerText(Math.round(expected))} expected, ${powerText(Math.round(low))} to ${powerText(Math.round(high))}`;
    // The point stands at the middle of its hour.
    set(element('forecast-readout'), `${times(this.#forecast.zone).dayMinute(x * 1000 - 1_800_000)} · ${value}`);
  }
}

function figures({ energyKwh, points, confidence, zone }) {
  if (!points) return ['Energy', 'Highest power', 'Lowest power'].map((name) => figure(name, '–', '', ''));
  const clock = times(zone);
  const { text, unit } = energy(energyKwh?.expected);
  const range =
    energyKwh && `${energyText(energyKwh.low)} to ${energyText(energyKwh.high)} in ${percent(confidence)} of cases`;
  const sorted = [...points].sort((a, b) => a.powerW - b.powerW);
  const extreme = (name, { powerW, from }) => {
    const watts = power(Math.round(powerW));
    return figure(name, watts.text, watts.unit, clock.dayMinute(Date.parse(from)));
  };
  return [
    figure('Energy', text, unit, range),
    extreme('Highest power', sorted.at(-1)),
    extreme('Lowest power', sorted[0]),
  ];
}

/** How far the collection of data is, before anything can be said. */
function collecting({ days: have = 0, needed = 7 } = {}) {
  return h(
    'div',
    { class: 'collecting' },
    h('p', {}, h('strong', {}, `Collecting data: ${days(have)} of ${days(needed)} days`)),
    h('progress', { max: needed, value: Math.min(have, needed), 'aria-label': 'Days collected' }),
    h('p', { class: 'muted' }, 'A forecast needs a week to know the days apart.'),
  );
}

function backtest({ name, backtest: errors }) {
  if (!errors) return h('div');
  const all = [
    ['This forecast', errors.maeW, true],
    ['The same hour of the day before', errors.seasonalNaiveMaeW],
    ['The same hour of the week before', errors.lastWeekMaeW],
  ].filter(([, value]) => Number.isFinite(value));
  const most = Math.max(...all.map(([, value]) => value));
  const rows = all.map(([label, value, own]) =>
    h(
      'tr',
      { class: own && 'own' },
      h('th', { scope: 'row' }, label, shareBar(value / most)),
      h('td', { class: 'number' }, powerText(Math.round(value))),
    ),
  );
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'backtest-title' },
    h('h2', { id: 'backtest-title' }, 'How far off it was'),
    h('p', { class: 'muted' }, 'Mean error of an hour on days that are over, beside two simple guesses.'),
    h(
      'table',
      { class: 'breakdown errors' },
      h('caption', { class: 'visually-hidden' }, `Mean error, ${name ?? ''}`),
      h('tbody', {}, rows),
    ),
  );
}

function table(points, clock) {
  const rows = points.map(({ from, powerW, lowW, highW }) => [
    clock.dayMinute(Date.parse(from)),
    ...[powerW, lowW, highW].map((watts) => powerText(Math.round(watts))),
  ]);
  const heads = ['Hour', 'Expected', 'At least', 'At most'];
  return h('details', {}, h('summary', {}, 'All figures by hour'), figuresTable('All figures by hour', heads, rows));
}
