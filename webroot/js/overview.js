// The total in the header, spoken now and then, and the range of the last minutes.

import { element, set } from './dom.js';
import { count, power, powerText } from './format.js';

const SPEAK_MS = 60_000;
/** A change smaller than this is not worth interrupting a screen reader. */
const SPEAK_RATIO = 0.05;

export class Overview {
  #store;
  #spokenAt = 0;
  #spokenWatts = null;

  constructor(store) {
    this.#store = store;
  }

  draw() {
    const phase = element('main').dataset.phase;
    const { watts, reporting } = this.#store.total();
    const known = this.#store.devices.size;
    const { text, unit } = power(watts ?? NaN);
    const total = element('total-power');
    set(total, text);
    total.value = watts ?? '';
    set(element('total-unit'), unit);
    const note =
      known === 0
        ? { loading: 'Loading…', failed: 'Not available', ready: 'No device has reported yet' }[phase]
        : watts === null
          ? 'No reading in the last 11 minutes'
          : element('connection').dataset.state === 'lost'
            ? 'Last known, not live'
            : `${count(reporting)} of ${count(known)} ${known === 1 ? 'device' : 'devices'} reporting`;
    set(element('total-note'), note);
    this.#speak(watts);
  }

  #speak(watts) {
    if (watts === null || performance.now() - this.#spokenAt < SPEAK_MS) return;
    const before = this.#spokenWatts;
    if (before !== null && Math.abs(watts - before) <= Math.abs(before) * SPEAK_RATIO) return;
    this.#spokenAt = performance.now();
    this.#spokenWatts = watts;
    element('total-spoken').textContent = `Total power ${powerText(watts)}`;
  }
}
