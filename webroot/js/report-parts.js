// The parts of a report, each built anew from its JSON (docs/formats.md).

import { h } from './dom.js';
import { count, energy, energyText, money, moneyParts, percent, powerText, unitPrice } from './format.js';
import { href } from './route.js';
import { rowName, times } from './times.js';
import { comparison, verdictWords } from './words.js';

const UNITS = { daily: 'day', weekly: 'week', monthly: 'month', yearly: 'year' };
/** What runs on is compared with the same share of the period before. */
const RUNNING = {
  daily: 'yesterday by now',
  weekly: 'last week by now',
  monthly: 'last month by now',
  yearly: 'last year by now',
};
const ROW_HEADS = { daily: 'Hour', weekly: 'Day', monthly: 'Day', yearly: 'Month' };

/** One headline figure: its name, its value with a unit, and a line below. */
function figure(name, value, unit, note, direction = 'none') {
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
  const peakAt = Date.parse(summary.peakAt);
  const exported = summary.exportKwh > 0 ? energy(summary.exportKwh) : null;
  return [
    figure(summary.estimated ? 'Energy, estimated' : 'Energy', text, unit, energyChange.text, energyChange.direction),
    exported && figure('Export', exported.text, exported.unit, ''),
    currency && summary.cost
      ? figure('Cost', cost.text, cost.unit, costChange.text, costChange.direction)
      : figure('Cost', '–', '', 'No tariff is set'),
    figure('Highest power', ...powerText(summary.peakW ?? NaN).split(/ (?=\S+$)/), Number.isFinite(peakAt) ? peakTime(clock, kind, peakAt) : ''),
    figure('Coverage', percent(summary.coverage), '', summary.gapKwh > 0 ? `${energyText(summary.gapKwh)} counted over gaps` : 'of the time has readings'),
  ].filter(Boolean);
}

const peakTime = (clock, kind, ms) => (kind === 'daily' ? clock.minute(ms) : clock.dayMinute(ms));

/** What each device took. */
export function breakdown({ devices, currency, kind, date }, store, { site }) {
  const head = h('h2', { id: 'breakdown-title' }, 'Devices');
  if (!devices?.length) {
    return h('section', { class: 'panel', 'aria-labelledby': 'breakdown-title' }, head, h('p', { class: 'muted nothing' }, 'No device has readings in this period.'));
  }
  const rows = devices.map((each) => {
    const bar = h('span', { class: 'bar', 'aria-hidden': 'true' }, h('span'));
    bar.firstChild.style.width = `${Math.round(1000 * Math.min(1, each.share ?? 0)) / 10}%`;
    const tags = [
      !each.counted && 'not in the totals',
      each.estimated && 'estimated',
      each.gapKwh > 0 && `${energyText(each.gapKwh)} over gaps`,
      each.exportKwh > 0 && `${energyText(each.exportKwh)} exported`,
    ].filter(Boolean);
    return h(
      'tr',
      { dataset: { slot: store.devices.get(each.device)?.slot ?? 0 } },
      h(
        'th',
        { scope: 'row' },
        h('span', { class: 'swatch', 'aria-hidden': 'true' }),
        h('a', { href: href('reports', [kind, date], { site, device: each.device }) }, each.name || store.name(each.device)),
        tags.length > 0 && h('small', {}, tags.join(', ')),
        bar,
      ),
      h('td', { class: 'number' }, energyText(each.energyKwh)),
      h('td', { class: 'number wide' }, each.counted ? percent(each.share) : '–'),
      currency && h('td', { class: 'number' }, money(each.cost, currency)),
    );
  });
  const heads = ['Device', 'Energy', 'Share', currency && 'Cost'].filter(Boolean);
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'breakdown-title' },
    head,
    h('table', { class: 'breakdown' }, h('thead', {}, h('tr', {}, heads.map((text, i) => h('th', { scope: 'col', class: ['', 'number', 'number wide', 'number'][i] }, text)))), h('tbody', {}, rows)),
  );
}

/** How the cost comes about. */
export function prices({ prices: units, summary, currency }) {
  const panel = (...content) =>
    h('section', { class: 'panel', 'aria-labelledby': 'prices-title' }, h('h2', { id: 'prices-title' }, 'Cost'), ...content);
  if (!currency || !summary.cost) {
    return panel(
      h('p', { class: 'muted nothing' }, 'Costs are shown for one site that has a tariff. '),
      h('p', { class: 'no-print' }, h('a', { href: '#site-settings', onclick: toSettings }, 'Choose a tariff')),
    );
  }
  const { cost } = summary;
  const several = (name) => units.filter(({ band, block }) => band === name && block > 1).length > 0;
  const lines = units.map(({ band, block, pricePerKwh, energyKwh, cost: part }) =>
    line([h('span', {}, several(band) ? `${capital(band)}, block ${count(block)}` : capital(band)), h('small', {}, `${energyText(energyKwh)} at ${unitPrice(pricePerKwh, currency)}`)], money(part, currency)),
  );
  const rest = [
    ['Standing charge', cost.standing],
    ['Tax', cost.tax],
    ['For exported energy', cost.exportCredit, true],
  ].filter(([, amount]) => Number(amount) !== 0);
  return panel(
    h(
      'table',
      { class: 'prices' },
      h('caption', { class: 'visually-hidden' }, 'How the cost comes about'),
      h('tbody', {}, lines, rest.map(([name, amount, credit]) => line(name, money(credit && !amount.startsWith('-') ? `-${amount}` : amount, currency)))),
      h('tfoot', {}, line('Total', money(cost.total, currency))),
    ),
  );
}

const line = (name, amount) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', { class: 'number' }, amount));

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function toSettings(event) {
  event.preventDefault();
  document.getElementById('site-settings').scrollIntoView();
  document.querySelector('#site-form select').focus();
}

export function verdicts({ verdicts: list }, store, clock) {
  if (!list?.length) return null;
  const items = list.map((verdict) => {
    const { title, text } = verdictWords(verdict);
    const { device, from, to, kind } = verdict;
    return h(
      'li',
      { dataset: { verdict: kind } },
      h('p', {}, h('strong', {}, title), h('span', { class: 'muted' }, ` ${store.name(device)}, ${clock.range(Date.parse(from), Date.parse(to))}`)),
      h('p', {}, text, ' ', h('a', { class: 'no-print', href: href('devices', [device], { from, to: after(to) }) }, 'Readings')),
    );
  });
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'verdicts-title' },
    h('h2', { id: 'verdicts-title' }, 'What to know about these figures'),
    h('ul', { class: 'verdicts' }, items),
  );
}

/** The end of a span of readings is not in it. */
const after = (iso) => new Date(Date.parse(iso) + 1).toISOString();

const tableRow = (name, cells) =>
  h('tr', {}, h('th', { scope: 'row' }, name), cells.map((cell) => h('td', { class: 'number' }, cell)));

/** The same as the chart, for those who do not see it. */
export function rowsTable({ kind, rows, currency, generatedAt }) {
  const now = Date.parse(generatedAt);
  const exported = rows.some(({ exportKwh }) => exportKwh > 0);
  const heads = [ROW_HEADS[kind], 'Energy', exported && 'Export', 'Highest power', currency && 'Cost', 'Coverage'].filter(Boolean);
  const body = rows.map((row) =>
    tableRow(
      rowName(row.label),
      // Of what has not begun there is nothing to say, not even zero.
      Date.parse(row.from) >= now
        ? heads.slice(1).map(() => '–')
        : [
            [energyText(row.energyKwh), row.estimated && h('small', {}, 'estimated'), row.gapKwh > 0 && h('small', {}, `${energyText(row.gapKwh)} over gaps`)],
            exported && energyText(row.exportKwh),
            powerText(row.peakW ?? NaN),
            currency && money(row.cost, currency),
            percent(row.coverage),
          ].filter(Boolean),
    ),
  );
  return h(
    'details',
    { class: 'panel' },
    h('summary', {}, h('h2', {}, `All figures by ${ROW_HEADS[kind].toLowerCase()}`)),
    h(
      'div',
      { class: 'wide-table', tabindex: '0', role: 'region', 'aria-label': 'All figures' },
      h('table', {}, h('thead', {}, h('tr', {}, heads.map((text, i) => h('th', { scope: 'col', class: i > 0 && 'number' }, text)))), h('tbody', {}, body)),
    ),
  );
}
