// What a part of a page shows while its data come, and when they do not.

import { ApiError } from './api.js';
import { h } from './dom.js';

/** What was asked for, once the names that it is shown with are known, too. */
export async function loadWithNames(store, asked) {
  const [loaded] = await Promise.all([asked, store.known]);
  return loaded;
}

export class Loading {
  #root;
  #failure;
  #runs = 0;
  #again = null;

  /**
   * @param root has data-state loading (nothing to show yet: its skeleton), busy (what it shows is
   *     of before), ready or failed
   * @param before the child of root before which a failure is shown; at its end without one
   */
  constructor(root, before = null) {
    this.#root = root;
    const retry = h('button', { type: 'button', class: 'quiet', onclick: () => this.#again?.() }, 'Try again');
    this.#failure = h('div', { class: 'failure', role: 'alert', hidden: true }, h('p'), retry);
    root.insertBefore(this.#failure, before);
    root.dataset.state = 'loading';
  }

  /** Loads and shows; of several calls only the last shows anything. */
  async run(load, show) {
    const mine = ++this.#runs;
    const known = ['ready', 'busy'].includes(this.#root.dataset.state);
    this.#state(known ? 'busy' : 'loading');
    this.#again = () => this.run(load, show);
    try {
      const loaded = await load();
      if (mine !== this.#runs) return;
      const retried = this.#failure.contains(document.activeElement);
      this.#failure.hidden = true;
      this.#state('ready');
      if (retried) this.#root.closest('.page').querySelector('h1:not([hidden] *)').focus();
      show(loaded);
    } catch (error) {
      if (mine !== this.#runs) return;
      if (!(error instanceof ApiError)) console.error(error);
      this.#failure.firstChild.textContent =
        error instanceof ApiError ? sentence(error) : 'This part of the page has failed.';
      this.#failure.hidden = false;
      this.#state('failed');
    }
  }

  /** Whatever is on its way is not waited for any more. */
  cancel() {
    this.#runs++;
  }

  #state(state) {
    this.#root.dataset.state = state;
    this.#root.setAttribute('aria-busy', String(state === 'loading' || state === 'busy'));
  }
}

function sentence({ message }) {
  const text = message[0].toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
