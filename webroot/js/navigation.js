// Shows one page of the document at a time, as the address says.

import { element } from './dom.js';
import { PAGES, href, parse } from './route.js';

const NAME = 'Block of Energy';

/** Leads to another address; without a step back to the one that is left when `replace` is set. */
export function go(hash, { replace = false } = {}) {
  if (!replace) location.hash = hash;
  else if (location.hash !== hash) {
    history.replaceState(null, '', hash);
    dispatchEvent(new HashChangeEvent('hashchange'));
  }
}

export class Navigation {
  #pages;
  #shown = null;

  /**
   * @param pages name → {show(route), hide()?}; show returns what the address leads to, for the
   *     title, and may call {@link title} again when it knows better
   */
  constructor(pages) {
    this.#pages = pages;
  }

  start() {
    addEventListener('hashchange', () => this.#follow(false));
    element('skip').addEventListener('click', (event) => {
      event.preventDefault();
      heading(this.#shown?.page)?.focus();
    });
    this.#follow(true);
  }

  /** The name of what the page shows now. */
  static title(text) {
    document.title = `${text} – ${NAME}`;
  }

  #follow(first) {
    const route = parse(location.hash);
    if (route === null) {
      // Not one of ours: an anchor of an old link, or a mistake.
      go(href('live'), { replace: true });
      return;
    }
    const { page } = route;
    const before = this.#shown;
    if (before && before.page !== page) this.#pages[before.page].hide?.();
    for (const name of PAGES) {
      element(`page-${name}`).hidden = name !== page;
      const link = document.querySelector(`nav a[data-page="${name}"]`);
      if (name === page) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    this.#shown = { page, place: page === 'devices' ? (route.path[0] ?? '') : '' };
    Navigation.title(this.#pages[page].show(route));
    // Within a page the focus stays on the control that was used.
    const moved = before && (before.page !== page || before.place !== this.#shown.place);
    if (!first && moved) {
      scrollTo(0, 0);
      heading(page)?.focus({ preventScroll: true });
    }
  }
}

const heading = (page) => document.querySelector(`#page-${page} h1:not([hidden] *)`);
