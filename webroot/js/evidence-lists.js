// Audits, acts, receipts and the log's name, on the page on evidence.

import { get, link, post, receiptUrl } from './api.js';
import { element, fact, h } from './dom.js';
import { age, count } from './format.js';
import { Loading } from './loading.js';
import { times } from './times.js';

const SHOWN = 10;
const KINDS = {
  'key-pinned': 'Key pinned',
  erasure: 'Erasure',
  'tariff-changed': 'Tariff changed',
  'tariff-removed': 'Tariff removed',
};
const OUTCOMES = { running: 'Running', failed: 'Did not complete', completed: 'No findings' };

export class EvidenceLists {
  #store;
  #evidence;
  #loading = new Loading(element('evidence-lists'));

  constructor(store, evidence) {
    this.#store = store;
    this.#evidence = evidence;
    element('audit-start').addEventListener('click', () => this.#startAudit());
    element('receipt-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#receipt(event.target.elements.id.value.trim());
    });
  }

  show() {
    this.#loading.run(
      async () => {
        const all = [get('audits', { limit: SHOWN }), get('acts', { limit: SHOWN }), get('status')];
        const [audits, acts, status] = await Promise.all(all);
        // Findings stand above the lists: they come first, so that they move nothing.
        await this.#evidence.applyStatus(status);
        this.#evidence.draw();
        return [audits, acts, status];
      },
      ([{ audits }, { acts }, status]) => {
        this.#drawAudits(audits);
        this.#drawActs(acts);
        this.#drawLog(status);
      },
    );
    return 'Evidence';
  }

  hide() {
    this.#loading.cancel();
  }

  async #startAudit() {
    const note = element('audits-note');
    try {
      await post('audits', { kind: 'full' });
      note.textContent = 'Started';
    } catch (error) {
      note.textContent = error.status === 409 ? 'One is running already' : `Not started: ${error.message}`;
    }
    this.show();
  }

  /** Asked for at once, so that a number that is not known is said beside the field. */
  async #receipt(id) {
    const error = element('receipt-error');
    const file = element('receipt-link');
    error.textContent = '';
    file.hidden = true;
    if (!id) return;
    try {
      await get(`readings/${encodeURIComponent(id)}`);
      file.href = receiptUrl(id);
      file.dataset.receipt = `${id}.tlog-proof`;
      file.textContent = `Receipt of ${id}`;
      file.hidden = false;
      file.click();
    } catch (problem) {
      error.textContent = `No receipt: ${problem.message}.`;
    }
  }

  #drawAudits(audits) {
    const now = this.#store.now();
    const rows = audits.map(({ kind, state, startedAt, finishedAt, checked, findings }) => {
      const at = Date.parse(finishedAt ?? startedAt);
      const found = findings > 0;
      const text = found ? `${count(findings)} found` : (OUTCOMES[state] ?? state);
      const mark = found || state === 'failed' ? 'findings' : state === 'completed' ? 'clean' : 'running';
      return h(
        'tr',
        {},
        h('td', {}, h('time', { datetime: finishedAt ?? startedAt, title: this.#times().full(at) }, age(at, now))),
        h('td', {}, kind),
        h('td', { class: 'number wide' }, count(checked)),
        h('td', { class: 'state', dataset: { state: mark } }, text),
      );
    });
    const head = ['When', 'Kind', 'Checked', 'Outcome'].map((text) =>
      h('th', { scope: 'col', class: text === 'Checked' && 'number wide' }, text),
    );
    element('audits').replaceChildren(
      rows.length > 0
        ? h(
            'table',
            {},
            h('caption', { class: 'visually-hidden' }, 'The latest audits'),
            h('thead', {}, h('tr', {}, head)),
            h('tbody', {}, rows),
          )
        : h('p', { class: 'muted nothing' }, 'No audit has run yet.'),
    );
  }

  #drawActs(acts) {
    const items = acts.map(({ id, state, act }) => {
      const at = Date.parse(act.at);
      const logged = state === 'logged';
      return h(
        'li',
        {},
        h(
          'span',
          { class: 'grow' },
          h('strong', {}, KINDS[act.kind] ?? act.kind),
          ' ',
          h('span', { class: 'muted' }, describe(act)),
        ),
        Number.isFinite(at) &&
          h(
            'time',
            { class: 'muted', datetime: new Date(at).toISOString() },
            this.#times().when(at, this.#store.now()),
          ),
        logged
          ? h(
              'a',
              {
                class: 'receipt',
                href: link(`acts/${encodeURIComponent(id)}/receipt`, {}),
                dataset: { receipt: `${id.replace('@', '')}.tlog-proof` },
                'aria-label': `Receipt of act ${id}`,
              },
              'Receipt',
            )
          : h('span', { class: 'muted' }, 'Not logged yet'),
      );
    });
    element('acts').replaceChildren(
      items.length > 0
        ? h('ul', { class: 'list' }, items)
        : h('p', { class: 'muted nothing' }, 'None: no key was changed and nothing erased.'),
    );
  }

  #drawLog({ log, anchor, version, readings }) {
    element('log-facts').replaceChildren(
      fact('Name', h('code', {}, log?.origin ?? '–')),
      fact('Public key', h('code', { class: 'long' }, log?.publicKey ?? '–')),
      ...(anchor
        ? [fact('Chain', String(anchor.chainId)), fact('Contract', h('code', { class: 'long' }, anchor.contract))]
        : []),
      fact('Readings stored', count(readings?.stored)),
      fact('Version', version ?? '–'),
    );
  }

  #times() {
    return times(this.#store.zone());
  }
}

function describe(act) {
  return [act.device, act.bridge, act.tariff, act.reason].filter(Boolean).join(', ');
}
