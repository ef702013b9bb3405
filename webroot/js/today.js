// What was used today so far, beside the same time of yesterday.

import { get } from './api.js';
import { element, set } from './dom.js';
import { energy, energyText, money, powerText } from './format.js';
import { comparison } from './words.js';

const REFRESH_MS = 60_000;

export class Today {
  #loadedAt = -Infinity;
  #loading = false;

  /** Asks again when what is shown has become old. Failing, it keeps what it shows. */
  async refresh() {
    if (this.#loading || performance.now() - this.#loadedAt < REFRESH_MS) return;
    this.#loading = true;
    this.#loadedAt = performance.now();
    try {
      this.#show(await get('reports/daily'));
    } catch (error) {
      console.warn(error);
    } finally {
      this.#loading = false;
    }
  }

  #show({ summary, currency }) {
    const { text, unit } = energy(summary.energyKwh);
    set(element('today-energy'), text);
    element('today-energy').value = summary.energyKwh ?? '';
    set(element('today-energy').nextElementSibling, unit);
    const { text: words, direction } = comparison(summary.change?.energyRatio, 'yesterday by now');
    set(element('today-change'), words);
    element('today-change').dataset.direction = direction;
    set(element('today-cost'), money(summary.cost?.total, currency));
    set(element('today-peak'), powerText(summary.peakW ?? NaN));
    set(element('today-before'), energyText(summary.previous?.energyKwh ?? NaN));
  }
}
