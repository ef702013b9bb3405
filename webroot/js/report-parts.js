// The parts of a report, each built anew from its JSON (docs/formats.md).

import { h } from './dom.js';
import { figuresTable, shareBar } from './figures.js';
import { count, energyText, money, percent, powerText, unitPrice } from './format.js';
import { href } from './route.js';
import { rowName } from './times.js';
import { verdictWords } from './words.js';

/** Of a campus the largest consumers; the CSV has all. */
const MOST_DEVICES = 40;
const ROW_HEADS = { daily: 'Hour', weekly: 'Day', monthly: 'Day', yearly: 'Month' };

/** What each device took. */
export function breakdown({ devices, currency, kind, date }, store, { site }) {
  const head = h('h2', { id: 'breakdown-title' }, 'Devices');
  if (!devices?.length) {
    return h(
      'section',
      { class: 'panel', 'aria-labelledby': 'breakdown-title' },
      head,
      h('p', { class: 'muted nothing' }, 'No device has readings in this period.'),
    );
  }
  const more = devices.length - MOST_DEVICES;
  const rows = [...devices]
    .sort((a, b) => b.counted - a.counted || b.energyKwh - a.energyKwh)
    .slice(0, MOST_DEVICES)
    .map((each) => {
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
          h(
            'a',
            { href: href('reports', [kind, date], { site, device: each.device }) },
            each.name || store.name(each.device),
          ),
          tags.length > 0 && h('small', {}, tags.join(', ')),
          shareBar(each.share ?? 0),
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
    h(
      'table',
      { class: 'breakdown' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((text, i) => h('th', { scope: 'col', class: ['', 'number', 'number wide', 'number'][i] }, text)),
        ),
      ),
      h('tbody', {}, rows),
    ),
    more > 0 && h('p', { class: 'muted' }, `and ${count(more)} more, which have used less`),
  );
}

/** How the cost comes about. */
export function prices({ prices: known, summary, currency }) {
  const panel = (...content) =>
    h(
      'section',
      { class: 'panel', 'aria-labelledby': 'prices-title' },
      h('h2', { id: 'prices-title' }, 'Cost'),
      ...content,
    );
  if (!currency || !summary.cost) {
    return panel(
      h('p', { class: 'muted nothing' }, 'Costs are shown for one site that has a tariff. '),
      h('p', { class: 'no-print' }, h('a', { href: '#site-settings', onclick: toSettings }, 'Choose a tariff')),
    );
  }
  const { cost } = summary;
  const units = known ?? [];
  const several = (name) => units.filter(({ band, block }) => band === name && block > 1).length > 0;
  const lines = units.map(({ band, block, pricePerKwh, energyKwh, cost: part }) =>
    line(
      [
        h('span', {}, several(band) ? `${capital(band)}, block ${count(block)}` : capital(band)),
        h('small', {}, `${energyText(energyKwh)} at ${unitPrice(pricePerKwh, currency)}`),
      ],
      money(part, currency),
    ),
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
      h(
        'tbody',
        {},
        lines,
        rest.map(([name, amount, credit]) =>
          line(name, money(credit && !amount.startsWith('-') ? `-${amount}` : amount, currency)),
        ),
      ),
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
      h(
        'p',
        {},
        h('strong', {}, title),
        h('span', { class: 'muted' }, ` ${store.name(device)}, ${clock.range(Date.parse(from), Date.parse(to))}`),
      ),
      h(
        'p',
        {},
        text,
        ' ',
        h('a', { class: 'no-print', href: href('devices', [device], { from, to: after(to) }) }, 'Readings'),
      ),
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

/** The same as the chart, for those who do not see it. */
export function rowsTable({ kind, rows, currency, generatedAt }) {
  const now = Date.parse(generatedAt);
  const exported = rows.some(({ exportKwh }) => exportKwh > 0);
  const heads = [
    ROW_HEADS[kind],
    'Energy',
    exported && 'Export',
    'Highest power',
    currency && 'Cost',
    'Coverage',
  ].filter(Boolean);
  const body = rows.map((row) => {
    // Of what has not begun or was not seen there is nothing to say, not even zero.
    const ahead = Date.parse(row.from) >= now;
    if (ahead || (row.coverage === 0 && !row.energyKwh && !row.exportKwh)) {
      return [rowName(row.label), ...heads.slice(2).map(() => '–'), ahead ? '–' : percent(0)];
    }
    const used = [
      energyText(row.energyKwh),
      row.estimated && h('small', {}, 'estimated'),
      row.gapKwh > 0 && h('small', {}, `${energyText(row.gapKwh)} over gaps`),
    ];
    const cells = [
      used,
      exported && energyText(row.exportKwh),
      powerText(row.peakW ?? NaN),
      currency && money(row.cost, currency),
      percent(row.coverage),
    ];
    return [rowName(row.label), ...cells.filter(Boolean)];
  });
  return h(
    'details',
    { class: 'panel' },
    h('summary', {}, h('h2', {}, `All figures by ${ROW_HEADS[kind].toLowerCase()}`)),
    figuresTable('All figures', heads, body),
  );
}
