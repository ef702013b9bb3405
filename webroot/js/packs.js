// The billing packs of a site: what was made for a month, and how it was delivered.

import { get, link, post } from './api.js';
import { kindOf } from './calendar.js';
import { h } from './dom.js';
import { count } from './format.js';
import { periodName, times } from './times.js';

const SHOWN = 6;
const STATES = { made: 'Made', sent: 'Sent', failed: 'Not delivered' };
const FILES = { pdf: 'PDF', csv: 'CSV', json: 'Receipt' };
const LOOK_AFTER_MS = [0, 1_000, 2_000, 4_000];

export class Packs {
  #store;

  constructor(store) {
    this.#store = store;
  }

  /** A panel that fills itself; it is not there while there is nothing to show or to make. */
  panel({ kind, date }, reported) {
    const site = reported || (this.#store.sites.length === 1 ? this.#store.sites[0].id : null);
    const list = h('div');
    const note = h('p', { class: 'muted readout', role: 'status' });
    const make = async () => {
      note.textContent = 'Being made…';
      try {
        const { id } = await post('packs', { site, period: date });
        // Making it goes on after it was ordered.
        for (const ms of LOOK_AFTER_MS) {
          await new Promise((resolve) => setTimeout(resolve, ms));
          if ((await fill()).some((pack) => pack.id === id)) break;
        }
        note.textContent = '';
      } catch (error) {
        note.textContent = `Not made: ${error.message}`;
      }
    };
    const panel = h(
      'section',
      { class: 'panel no-print', 'aria-labelledby': 'packs-title', hidden: true },
      h(
        'div',
        { class: 'panel-head' },
        h('h2', { id: 'packs-title' }, 'Billing packs'),
        note,
        kind === 'monthly' &&
          site &&
          h('button', { type: 'button', class: 'quiet', onclick: make }, `Make one for ${periodName(kind, date)}`),
      ),
      list,
    );
    const fill = async () => {
      const { packs } = await get('packs');
      const mine = packs.filter((pack) => !site || pack.site === site).slice(0, SHOWN);
      list.replaceChildren(
        mine.length > 0
          ? h(
              'ul',
              { class: 'list' },
              mine.map((pack) => this.#item(pack)),
            )
          : h(
              'p',
              { class: 'muted nothing' },
              'None yet. A pack has a month as PDF and CSV, with the receipt that proves them.',
            ),
      );
      panel.hidden = mine.length === 0 && !(kind === 'monthly' && site);
      return mine;
    };
    fill().catch((error) => console.warn(error));
    return panel;
  }

  #item({ id, site, period, revision, state, madeAt, files }) {
    const clock = times(this.#store.zone(site));
    const made = [STATES[state] ?? state, clock.date(Date.parse(madeAt))];
    // A month that late readings have changed is billed anew.
    if (revision > 1) made.push(`revision ${count(revision)}`);
    const name = kindOf(period) ? periodName(kindOf(period), period) : period;
    return h(
      'li',
      {},
      h('span', { class: 'grow' }, h('strong', {}, name), ' ', h('span', { class: 'muted' }, made.join(', '))),
      files.map((file) => {
        const what = FILES[file.split('.').pop()] ?? file;
        const href = link(`packs/${encodeURIComponent(id)}/${encodeURIComponent(file)}`, {});
        return h('a', { href, download: '', 'aria-label': `${what} of ${name}` }, what);
      }),
    );
  }
}
