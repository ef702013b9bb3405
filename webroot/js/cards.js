// One card a device, in the order of their names.

import { receiptUrl } from './api.js';
import { element, h, set } from './dom.js';
import { age, percent, power, quantity } from './format.js';
import { href } from './route.js';
import { FRESH_MS, WINDOW_MS, byName } from './store.js';
import { times } from './times.js';

const QUANTITIES = ['voltageV', 'currentA', 'powerFactor', 'energyImportKwh'];
const SPARK_WIDTH = 240;
const SPARK_HEIGHT = 40;
/** What a device draws while it is off is no mountain. */
const SPARK_LEAST_W = 20;
/** Kept for the next visit, so that as much room is held free as will be needed. */
const COUNT_KEY = 'devices';
const AVERAGE = 4;

export class Cards {
  #store;
  #cards = new Map();

  constructor(store) {
    this.#store = store;
    for (let i = 0; i < remembered(); i++) {
      element('cards').append(h('li', { class: 'card placeholder', 'aria-hidden': 'true' }));
      element('legend').append(h('li', { class: 'placeholder-line', 'aria-hidden': 'true' }));
    }
  }

  draw() {
    const { devices, changed } = this.#store;
    const phase = element('main').dataset.phase;
    if (devices.size > 0 || phase === 'ready') {
      for (const placeholder of document.querySelectorAll('.placeholder')) placeholder.remove();
    }
    element('empty').hidden = phase !== 'ready' || devices.size > 0;

    const now = this.#store.now();
    const { watts } = this.#store.total(now);
    for (const device of changed) this.#update(device);
    if (changed.size > 0) remember(devices.size);
    changed.clear();
    for (const device of devices.values()) this.#tick(device, now, watts);
  }

  #update(device) {
    const card = this.#cards.get(device.id) ?? this.#create(device);
    card.site.textContent = device.site;
    card.open.textContent = device.name || device.id;
    card.receipt.setAttribute('aria-label', `Receipt of the latest reading of ${device.name || device.id}`);
    if (!device.latest) return;
    const { id, time, quantities } = device.latest;
    const { text, unit } = power(quantities.powerW);
    card.power.textContent = text;
    card.power.value = quantities.powerW ?? '';
    card.unit.textContent = unit;
    for (const name of QUANTITIES) {
      card[name].textContent = quantity(name, quantities[name]);
      card[name].value = quantities[name] ?? '';
    }
    card.age.dateTime = new Date(time).toISOString();
    card.age.title = times(this.#store.zone(device.site)).full(time);
    card.receipt.href = receiptUrl(id);
    card.receipt.dataset.receipt = `${id}.tlog-proof`;
  }

  /** What moves with time, not only with readings. Written only where it differs. */
  #tick(device, now, total) {
    const card = this.#cards.get(device.id);
    if (!device.latest) return;
    const fresh = this.#store.isFresh(device, now);
    const watts = device.latest.quantities.powerW;
    card.root.classList.toggle('stale', !fresh);
    const share = fresh && total > 0 && watts >= 0 ? `${percent(watts / total)} of total` : '';
    set(card.share, device.counted ? share : 'not in the total');
    set(card.age, `${fresh ? 'Measured' : 'Silent, measured'} ${age(device.latest.time, now)}`);
    this.#spark(card, device.power, now);
  }

  /** Each sample holds until the next, as in the chart: between them nothing is known to have risen or fallen. */
  #spark(card, ring, now) {
    const from = now - WINDOW_MS;
    const first = Math.max(0, ring.indexAt(from));
    let peak = SPARK_LEAST_W;
    for (let i = first; i < ring.size; i++) peak = Math.max(peak, ring.value(i));
    const x = (time) => Math.max(0, ((time - from) / WINDOW_MS) * SPARK_WIDTH).toFixed(1);
    const y = (value) => (SPARK_HEIGHT - 1 - (Math.max(0, value) / peak) * (SPARK_HEIGHT - 3)).toFixed(1);
    let line = '';
    let area = '';
    for (let i = first; i < ring.size; i++) {
      const time = ring.time(i);
      const until = Math.min(i + 1 < ring.size ? ring.time(i + 1) : now, time + FRESH_MS);
      if (until <= from) continue;
      const joined = line && time - ring.time(i - 1) <= FRESH_MS;
      line += `${joined ? 'V' : `M${x(time)} `}${y(ring.value(i))}H${x(until)}`;
      area += `M${x(time)} ${SPARK_HEIGHT}V${y(ring.value(i))}H${x(until)}V${SPARK_HEIGHT}Z`;
    }
    if (line === card.drawn) return;
    card.drawn = line;
    card.line.setAttribute('d', line);
    card.area.setAttribute('d', area);
  }

  #create(device) {
    const root = element('card-template').content.firstElementChild.cloneNode(true);
    const find = (selector) => root.querySelector(selector);
    const card = {
      root,
      open: find('.open'),
      site: find('.site'),
      power: find('[data-quantity="powerW"]'),
      unit: find('.power .unit'),
      share: find('.share'),
      age: find('.age'),
      receipt: find('.receipt'),
      line: find('.line'),
      area: find('.area'),
      drawn: '',
    };
    for (const name of QUANTITIES) card[name] = find(`[data-quantity="${name}"]`);
    root.dataset.device = device.id;
    root.dataset.slot = device.slot;
    card.open.href = href('devices', [device.id]);
    this.#cards.set(device.id, card);
    const list = element('cards');
    const after = [...list.children].find(({ dataset }) => byName(dataset.device, device.id) > 0);
    list.insertBefore(root, after ?? null);
    return card;
  }
}

// A browser may keep nothing of this site; then the room held free is that of an average household.

function remembered() {
  try {
    return Math.min(24, Math.max(1, Number(localStorage.getItem(COUNT_KEY)) || AVERAGE));
  } catch {
    return AVERAGE;
  }
}

function remember(count) {
  try {
    localStorage.setItem(COUNT_KEY, count);
  } catch {
    // Said above.
  }
}
