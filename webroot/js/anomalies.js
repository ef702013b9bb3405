// When a device or a site behaved otherwise than was to be expected.

import { get } from './api.js';
import { element, h } from './dom.js';
import { count, days } from './format.js';
import { Loading, loadWithNames } from './loading.js';
import { href } from './route.js';
import { times } from './times.js';
import { SEVERITIES, anomalyWords } from './words.js';

const PAGE = 20;
/** How many that still collect data are named. */
const WAITING = 5;
const OLDER = 'Show older';

export class Anomalies {
  #store;
  #loading = new Loading(element('anomalies'));
  #of = null;

  constructor(store) {
    this.#store = store;
  }

  show({ site, device }) {
    const of = `${site}\n${device}`;
    if (of === this.#of) return;
    this.#of = of;
    this.#loading.run(
      () => loadWithNames(this.#store, get('anomalies', { site, device, limit: PAGE })),
      (page) => this.#show(page, { site, device }),
    );
  }

  hide() {
    this.#of = null;
    this.#loading.cancel();
  }

  #show({ anomalies, watched, nextCursor }, scope) {
    const list = h(
      'ul',
      { class: 'anomalies' },
      anomalies.map((each) => this.#item(each)),
    );
    const waiting = (watched ?? []).filter(({ status }) => status === 'collecting');
    const parts = [
      anomalies.length > 0
        ? list
        : h(
            'p',
            { class: 'muted nothing' },
            waiting.length > 0 && waiting.length === watched.length
              ? 'Nothing can be said yet.'
              : 'None: everything was as expected.',
          ),
      nextCursor && this.#more(list, nextCursor, scope),
      waiting.length > 0 && this.#collecting(waiting),
    ];
    element('anomalies-list').replaceChildren(...parts.filter(Boolean));
  }

  #collecting(waiting) {
    const named = waiting.slice(0, WAITING).map(({ device, site, collected }) => {
      const name = device ? this.#store.name(device) : (site ?? 'the site');
      return `${name} ${days(collected.days)} of ${days(collected.needed)} days`;
    });
    if (waiting.length > WAITING) named.push(`and ${count(waiting.length - WAITING)} more`);
    return h('p', { class: 'muted' }, `Collecting data: ${named.join(', ')}`);
  }

  #more(list, cursor, scope) {
    const button = h('button', { type: 'button', class: 'quiet' }, OLDER);
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        const page = await get('anomalies', { ...scope, limit: PAGE, cursor });
        list.append(...page.anomalies.map((each) => this.#item(each)));
        cursor = page.nextCursor;
        button.textContent = OLDER;
        if (!cursor) button.remove();
      } catch (error) {
        button.textContent = `Not loaded: ${error.message}. Try again`;
      } finally {
        button.disabled = false;
      }
    });
    return button;
  }

  #item(anomaly) {
    const { device, site, severity, from, to } = anomaly;
    const { title, text } = anomalyWords(anomaly);
    const span = times(this.#store.zone(site)).range(Date.parse(from), Date.parse(to));
    const where = device
      ? h(
          'a',
          {
            href: href('devices', [device], { from, to }),
            'aria-label': `Readings of ${this.#store.name(device)}, ${span}`,
          },
          this.#store.name(device),
        )
      : h('span', {}, site);
    return h(
      'li',
      { dataset: { severity } },
      h('span', { class: 'badge' }, SEVERITIES[severity] ?? severity),
      h('span', { class: 'grow' }, h('strong', {}, title), ' ', h('span', { class: 'muted' }, text)),
      h('span', { class: 'where' }, where, h('time', { class: 'muted', datetime: from }, span)),
    );
  }
}
