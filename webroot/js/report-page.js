// A report: figures, chart, breakdown and what to know about them.

import { ApiError, get, link } from './api.js';
import { Bars } from './bars.js';
import { isPeriod } from './calendar.js';
import { element, h, set } from './dom.js';
import { figures, figuresSkeleton } from './figures.js';
import { axisEnergy, axisMoney, energyText, money } from './format.js';
import { Loading, loadWithNames } from './loading.js';
import { Navigation } from './navigation.js';
import { Packs } from './packs.js';
import { ReportControls } from './report-controls.js';
import { breakdown, prices, rowsTable, verdicts } from './report-parts.js';
import { barSeries } from './series.js';
import { SiteSettings } from './site-settings.js';
import { periodName, rowName, rowTick, times } from './times.js';

const CHART_TITLES = { daily: 'by hour', weekly: 'by day', monthly: 'by day', yearly: 'by month' };

export class ReportPage {
  #store;
  #controls;
  #loading = new Loading(element('report'));
  #bars = new Bars(element('report-plot'), (index) => this.#readout(index));
  #settings;
  #packs;
  #chosen = null;
  #report = null;
  #measure = 'energy';
  #shown = false;

  constructor(store) {
    this.#store = store;
    this.#controls = new ReportControls(store);
    this.#settings = new SiteSettings(store, () => this.#load());
    this.#packs = new Packs(store);
    figuresSkeleton(element('report-figures'));
    element('report-measure').addEventListener('click', ({ target }) => {
      if (!target.value) return;
      this.#measure = target.value;
      this.#draw();
    });
    addEventListener('beforeprint', () => this.#unfold(true));
  }

  show(route) {
    this.#shown = true;
    this.#chosen = this.#controls.chosen(route);
    return this.#load();
  }

  hide() {
    this.#shown = false;
    this.#loading.cancel();
  }

  /** When sites and devices are known. */
  refresh() {
    if (this.#shown) this.#controls.draw(this.#chosen);
  }

  #load() {
    const { kind, date, site, device } = this.#chosen;
    this.#controls.draw(this.#chosen);
    const title = isPeriod(kind, date) ? periodName(kind, date) : 'No such period';
    set(element('report-title'), title);
    this.#titleChart(kind);
    const parameters = { date, site, device };
    element('report-links').replaceChildren(
      h('a', { href: link(`reports/${kind}`, { ...parameters, format: 'csv' }), download: '' }, 'CSV'),
      h(
        'a',
        {
          href: link(`reports/${kind}/receipt`, parameters),
          class: 'receipt',
          dataset: { receipt: `report-${date}.boe-bundle.json` },
        },
        'Receipt',
      ),
      h('button', { type: 'button', class: 'link', onclick: () => print() }, 'Print'),
    );
    this.#loading.run(
      () => {
        if (!isPeriod(kind, date)) throw new ApiError(`“${date}” is no ${kind} period`, 400);
        return loadWithNames(this.#store, get(`reports/${kind}`, parameters));
      },
      (report) => this.#show(report),
    );
    return title;
  }

  #show(report) {
    this.#report = report;
    const { kind, date, site, zone, complete, currency, devices } = report;
    for (const each of devices ?? []) this.#store.rename(each.device, each.name);
    this.#controls.draw(this.#chosen);
    set(element('report-title'), periodName(kind, date));
    Navigation.title(
      `${periodName(kind, date)}${this.#chosen.device ? `, ${this.#store.name(this.#chosen.device)}` : ''}`,
    );
    const note = [
      complete ? null : 'So far',
      this.#chosen.device && this.#store.name(this.#chosen.device),
      report.tariff?.name,
      zone,
    ];
    set(element('report-note'), note.filter(Boolean).join(' · '));
    set(
      element('report-rebuilding'),
      report.rebuilding
        ? 'Figures are being made anew; they may be too low'
        : report.summary.damaged
          ? 'A device could not be read from the store; its energy is missing'
          : '',
    );
    element('report-measure').hidden = !currency;
    if (!currency) this.#measure = 'energy';
    element('report-figures').replaceChildren(...figures(report));
    this.#draw();
    const clock = times(zone);
    const parts = [
      h('div', { class: 'halves' }, breakdown(report, this.#store, this.#chosen), prices(report)),
      verdicts(report, this.#store, clock),
      rowsTable(report),
      this.#packs.panel(this.#chosen, site),
    ];
    const within = element('report-parts').contains(document.activeElement);
    element('report-parts').replaceChildren(...parts.filter(Boolean));
    // The link that was followed is gone; what it led to is named by the heading.
    if (within) element('report-title').focus();
    this.#settings.show(this.#chosen.site || site, currency !== null);
  }

  #draw() {
    const { kind, rows, currency, summary } = this.#report;
    const cost = this.#measure === 'cost';
    const series = barSeries(rows, this.#measure);
    this.#titleChart(kind);
    for (const button of element('report-measure').children) {
      button.setAttribute('aria-pressed', String(button.value === this.#measure));
    }
    const ticks = cost ? axisMoney(currency) : axisEnergy;
    this.#bars.draw(
      series,
      kind,
      rows.map(({ label }) => rowTick(kind, label)),
      ticks,
      cost ? 1 : 0.1,
    );
    const total = cost ? money(summary.cost?.total, currency) : energyText(summary.energyKwh);
    element('report-plot').ariaLabel =
      `${element('report-chart-title').textContent}, ${total} in all; the figures are in the table below`;
    element('report-empty').hidden = [...series.up, ...series.down].some((value) => value > 0);
    this.#keys(series, cost);
    this.#readout(null);
  }

  #titleChart(kind) {
    set(element('report-chart-title'), `${this.#measure === 'cost' ? 'Cost' : 'Energy'} ${CHART_TITLES[kind]}`);
  }

  #keys({ gap, down, estimated }, cost) {
    const { energyKwh, exportKwh } = this.#report.summary;
    const keys = [
      ['import', cost ? 'Cost without standing charge' : `Import ${energyText(energyKwh)}`],
      down.some((value) => value > 0) && ['export', `Export ${energyText(exportKwh)}`],
      gap.some((value) => value > 0) && ['gap', 'Counted over a gap'],
      estimated.some(Boolean) && ['estimated', 'Estimated from power'],
    ];
    element('report-keys').replaceChildren(
      ...keys.filter(Boolean).map(([key, text]) => h('li', { dataset: { key } }, h('span', { class: 'key' }), text)),
    );
  }

  #readout(index) {
    const row = index === null ? null : this.#report?.rows[index];
    const parts = row && [
      rowName(row.label),
      energyText(row.energyKwh),
      row.exportKwh > 0 && `${energyText(row.exportKwh)} exported`,
      row.cost !== null && this.#report.currency && money(row.cost, this.#report.currency),
    ];
    set(element('report-readout'), parts ? parts.filter(Boolean).join(' · ') : '');
  }

  #unfold(open) {
    for (const details of document.querySelectorAll('#report-parts details')) details.open = open;
  }
}
