// Which report: its kind, its period, its site and device. Every choice is an address.

import { KINDS, convert, current, isPeriod, localDate, step } from './calendar.js';
import { element, h } from './dom.js';
import { go } from './navigation.js';
import { href } from './route.js';
import { Scope } from './scope.js';

const NAMES = { daily: 'Day', weekly: 'Week', monthly: 'Month', yearly: 'Year' };
const NOW = { daily: 'Today', weekly: 'This week', monthly: 'This month', yearly: 'This year' };
const INPUTS = { daily: 'date', weekly: 'week', monthly: 'month', yearly: 'number' };

export class ReportControls {
  #store;
  #scope;
  #chosen = null;

  constructor(store) {
    this.#store = store;
    this.#scope = new Scope(store, 'report', (scope) => {
      const { kind, date } = this.#chosen;
      go(href('reports', [kind, date], scope));
    });
    element('report-kinds').replaceChildren(...KINDS.map((kind) => h('a', { dataset: { kind } }, NAMES[kind])));
    element('report-date').addEventListener('change', ({ target }) => {
      const { kind, site, device } = this.#chosen;
      const value = target.value.trim();
      // Browsers without a picker for weeks and months show a field for text.
      target.setCustomValidity(isPeriod(kind, value) ? '' : `Write it as ${this.#current(kind, site)}`);
      if (target.reportValidity()) go(href('reports', [kind, value], { site, device }));
    });
    element('report-date').addEventListener('input', ({ target }) => target.setCustomValidity(''));
  }

  /** What an address asks for: {kind, date, site, device}; its date may be none that there is. */
  chosen({ path: [kind = 'monthly', date], query: { site = '', device = '' } }) {
    if (!KINDS.includes(kind)) return { kind: 'monthly', date: this.#current('monthly', site), site, device };
    return { kind, date: date ?? this.#current(kind, site), site, device };
  }

  draw(chosen) {
    this.#chosen = chosen;
    const { kind, date, site, device } = chosen;
    const to = (otherKind, otherDate) => href('reports', [otherKind, otherDate], { site, device });
    const known = isPeriod(kind, date);
    const now = this.#current(kind, site);
    const today = localDate(this.#store.now(), this.#store.zone(site));
    for (const link of element('report-kinds').children) {
      const other = link.dataset.kind;
      link.href = to(other, known ? convert(kind, date, other, today) : this.#current(other, site));
      if (other === kind) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
    const input = element('report-date');
    if (input.dataset.kind !== kind) {
      input.dataset.kind = kind;
      input.type = INPUTS[kind];
      input.toggleAttribute('data-year', kind === 'yearly');
      if (kind === 'yearly') Object.assign(input, { min: '1970', max: '9998' });
      else for (const name of ['min', 'max']) input.removeAttribute(name);
    }
    input.value = known ? date : now;
    element('report-earlier').href = to(kind, step(kind, known ? date : now, -1));
    element('report-later').href = to(kind, step(kind, known ? date : now, 1));
    const latest = element('report-now');
    latest.textContent = NOW[kind];
    latest.href = to(kind, now);
    if (date === now) latest.setAttribute('aria-current', 'date');
    else latest.removeAttribute('aria-current');
    this.#scope.draw({ site, device });
  }

  #current(kind, site) {
    return current(kind, this.#store.now(), this.#store.zone(site));
  }
}
