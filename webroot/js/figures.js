// Headline figures, bars of shares, and tables of all figures behind a chart.

import { h } from './dom.js';
import { energy, energyText, moneyParts, percent, power } from './format.js';
import { times } from './times.js';
import { comparison } from './words.js';

const UNITS = { daily: 'day', weekly: 'week', monthly: 'month', yearly: 'year' };
/** What runs on is compared with the same share of the period before. */
const RUNNING = {
  daily: 'yesterday by now',
  weekly: 'last week by now',
  monthly: 'last month by now',
  yearly: 'last year by now',
};
/** One headline figure: its name, its value with a unit, and a line below. */
export function figure(name, value, unit, note, direction = 'none') {
  return h(
    'div',
    {},
    h('dt', {}, name),
    h('dd', { class: 'value' }, value, unit && h('span', { class: 'unit' }, ` ${unit}`)),
    h('dd', { class: 'change', dataset: { direction } }, note || '\u00a0'),
  );
}

export function figuresSkeleton(list) {
  list.replaceChildren(...Array.from({ length: 4 }, () => figure('\u00a0', '\u00a0', '', '')));
}

export function figures({ kind, summary, currency, zone, complete }) {
  const clock = times(zone);
  const { text, unit } = energy(summary.energyKwh);
  const by = complete ? `the ${UNITS[kind]} before` : RUNNING[kind];
  const energyChange = comparison(summary.change?.energyRatio, by);
  const costChange = comparison(summary.change?.costRatio, by);
  const cost = moneyParts(summary.cost?.total, currency);
  const peak = power(summary.peakW ?? NaN);
  const peakAt = Date.parse(summary.peakAt);
  return [
    figure(summary.estimated ? 'Energy, estimated' : 'Energy', text, unit, energyChange.text, energyChange.direction),
    currency && summary.cost
      ? figure('Cost', cost.text, cost.unit, costChange.text, costChange.direction)
      : figure('Cost', '–', '', 'No tariff is set'),
    figure('Highest power', peak.text, peak.unit, Number.isFinite(peakAt) ? peakTime(clock, kind, peakAt) : ''),
    figure(
      'Coverage',
      percent(summary.coverage),
      '',
      summary.gapKwh > 0 ? `${energyText(summary.gapKwh)} counted over gaps` : 'of the time has readings',
    ),
  ];
}

const peakTime = (clock, kind, ms) => (kind === 'daily' ? clock.minute(ms) : clock.dayMinute(ms));

/** A share of a whole, from 0 to 1, as a bar; the figure stands beside it. */
export function shareBar(share) {
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' }, h('span'));
  bar.firstChild.style.width = `${Math.round(1000 * Math.min(1, Math.max(0, share))) / 10}%`;
  return bar;
}

/**
 * The same as a chart shows, for those who do not see it.
 *
 * @param rows of each the name and then the cells, all but the name being figures
 */
export function figuresTable(label, heads, rows) {
  const head = heads.map((text, i) => h('th', { scope: 'col', class: i > 0 && 'number' }, text));
  const body = rows.map(([name, ...cells]) =>
    h('tr', {}, h('th', { scope: 'row' }, name), ...cells.map((cell) => h('td', { class: 'number' }, cell))),
  );
  return h(
    'div',
    { class: 'wide-table', tabindex: '0', role: 'region', 'aria-label': label },
    h('table', {}, h('thead', {}, h('tr', {}, head)), h('tbody', {}, body)),
  );
}
