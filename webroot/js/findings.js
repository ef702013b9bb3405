// What audits have found and nobody has acknowledged yet, and the dialog to acknowledge it.

import { get, post } from './api.js';
import { element, h } from './dom.js';
import { count } from './format.js';
import { times } from './times.js';

const SHOWN = 50;

export class Findings {
  #store;
  #onChange;
  #open = 0;
  #of = null;

  /** @param onChange called when the number of open findings is another */
  constructor(store, onChange) {
    this.#store = store;
    this.#onChange = onChange;
    element('acknowledge-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#acknowledge();
    });
    element('acknowledge-cancel').addEventListener('click', () => element('acknowledge').close());
  }

  /** How many are open. */
  get open() {
    return this.#open;
  }

  /**
   * @param key names what is open: the list is asked for again only when that has changed
   * @param known how many are open, when the server has said so
   */
  async load(key, known = null) {
    if (known !== null) this.#open = known;
    if (key === this.#of) return;
    this.#of = key;
    if (!key) return;
    try {
      const { findings, nextCursor } = await get('findings', { state: 'open', limit: SHOWN });
      if (key !== this.#of) return;
      this.#open = known ?? (nextCursor ? Math.max(this.#open, findings.length) : distinct(findings));
      this.#draw(findings);
      this.#onChange();
    } catch (error) {
      console.error(error);
      if (key === this.#of) this.#of = null;
    }
  }

  async #acknowledge() {
    const form = element('acknowledge-form');
    const { run, ref } = form.dataset;
    const body = { by: form.elements.by.value.trim(), reason: form.elements.reason.value.trim() };
    const send = element('acknowledge-send');
    send.disabled = true;
    try {
      await post(`audits/${encodeURIComponent(run)}/findings/${encodeURIComponent(ref)}/acknowledgement`, body);
      element('acknowledge').close();
      form.elements.reason.value = '';
      this.#open = 0;
      await this.load(`acknowledged ${run} ${ref}`);
      this.#onChange();
    } catch (error) {
      element('acknowledge-error').textContent = `Not acknowledged: ${error.message}.`;
    } finally {
      send.disabled = false;
    }
  }

  #ask({ run, ref, type, subject }) {
    const form = element('acknowledge-form');
    form.dataset.run = run;
    form.dataset.ref = ref;
    element('acknowledge-what').textContent = `${type} ${subject}`;
    element('acknowledge-error').textContent = '';
    element('acknowledge').showModal();
  }

  #draw(findings) {
    const items = findings.map((finding) => this.#item(finding));
    if (this.#open > findings.length) {
      items.push(h('li', { class: 'what' }, `and ${count(this.#open - findings.length)} more`));
    }
    element('audit-findings').replaceChildren(...items);
  }

  #item(finding) {
    const { type, subject, detail, foundAt, ref } = finding;
    const at = Date.parse(foundAt);
    const clock = times(this.#store.zone());
    const time = foundAt
      ? h('time', { class: 'muted', datetime: foundAt, title: clock.full(at) }, clock.when(at, this.#store.now()))
      : null;
    const attributes = {
      type: 'button',
      class: 'quiet',
      'aria-label': `Acknowledge ${type} ${subject}`,
      'aria-haspopup': 'dialog',
      onclick: () => this.#ask(finding),
    };
    return h(
      'li',
      {},
      h('p', { class: 'what' }, h('strong', {}, type), ' ', h('code', {}, subject)),
      detail && h('p', {}, detail),
      (time || ref) && h('p', { class: 'finding-foot' }, time, ref && h('button', attributes, 'Acknowledge')),
    );
  }
}

/** What several runs have found alike counts once, as the server counts it. */
function distinct(findings) {
  const same = ({ type, subject, detail }) => JSON.stringify([type, subject, detail]);
  return new Set(findings.map(same)).size;
}
