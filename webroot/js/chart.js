// The last minutes of power, a layer for each device, their sum on top.

import { element, h } from './dom.js';
import { axisPower, powerText } from './format.js';
import { axis, horizontalGrid, style } from './plot.js';
import { niceAbove } from './series.js';
import { WINDOW_MS, sampleAndHold } from './store.js';
import { times } from './times.js';

/** Distance of the points drawn; finer would be less than a pixel on most screens. */
const STEP_MS = 2_000;
const MIN_TOP_W = 100;
const OTHERS = 0;

export class Chart {
  #store;
  #plot = null;
  #layers = '';
  #values = [];
  #totals = [];
  #legend = [];
  #size = { width: 0, height: 0 };
  #range = [0, 1];

  constructor(store) {
    this.#store = store;
    const host = element('plot');
    new ResizeObserver(([{ contentRect }]) => {
      this.#size = { width: Math.floor(contentRect.width), height: Math.floor(contentRect.height) };
      if (this.#plot) this.#plot.setSize(this.#size);
      else if (this.#size.width > 0) this.draw();
    }).observe(host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#discard());
    matchMedia('(forced-colors: active)').addEventListener('change', () => this.#discard());
    host.addEventListener('keydown', (event) => this.#key(event));
    // Spoken only while the keyboard moves the cursor, not while a pointer passes.
    host.addEventListener('focus', () => (element('chart-time').ariaLive = 'polite'));
    host.addEventListener('blur', () => {
      element('chart-time').ariaLive = 'off';
      this.#plot?.setCursor({ left: -10, top: -10 });
    });
  }

  draw() {
    const to = this.#store.now();
    const grid = [];
    // On whole steps, so that the points keep their places while the window slides over them.
    for (let t = Math.ceil((to - WINDOW_MS) / STEP_MS) * STEP_MS; t < to; t += STEP_MS) grid.push(t);
    grid.push(to);

    const layers = this.#sumLayers(grid);
    const known = layers.some(({ values }) => values.some((value) => value !== null));
    const phase = element('main').dataset.phase;
    element('plot-empty').hidden = known || (phase === 'ready' && this.#store.devices.size === 0);
    element('plot-empty').textContent =
      phase === 'loading' ? 'Loading…' : phase === 'failed' ? 'Not available' : 'No readings in the last 15 minutes';
    if (!known || this.#size.width === 0) {
      this.#discard();
      if (phase !== 'loading') element('legend').replaceChildren();
      return;
    }

    // Stacked from the last layer up: the first series is the sum of all.
    const stacked = [];
    let below = new Array(grid.length).fill(null);
    for (const { values } of [...layers].reverse()) {
      below = values.map((value, i) => (value === null ? below[i] : value + (below[i] ?? 0)));
      stacked.unshift(below);
    }
    this.#values = layers.map(({ values }) => values);
    this.#totals = stacked[0];

    const signature = layers.map(({ slot, name }) => `${slot} ${name}`).join('\n');
    if (this.#plot === null || signature !== this.#layers) this.#create(layers, signature);
    this.#range = [(to - WINDOW_MS) / 1000, to / 1000];
    this.#plot.setData([grid.map((t) => t / 1000), ...stacked]);
    this.#facts();
    this.#readout();
  }

  #sumLayers(grid) {
    const layers = [];
    let others = null;
    for (const device of this.#store.devices.values()) {
      if (!device.counted) continue;
      const values = sampleAndHold(device.power, grid);
      if (device.slot !== OTHERS) {
        layers.push({ slot: device.slot, name: device.name || device.id, values });
      } else if (others === null) {
        others = { slot: OTHERS, name: 'Others', values };
      } else {
        others.values = values.map((value, i) => (value === null ? others.values[i] : value + (others.values[i] ?? 0)));
      }
    }
    layers.sort((a, b) => a.slot - b.slot);
    return others === null ? layers : [...layers, others];
  }

  #create(layers, signature) {
    this.#discard();
    this.#layers = signature;
    const ink = style('--ink');
    const opacity = Math.round(Number(style('--fill')) * 255).toString(16);
    this.#plot = new globalThis.uPlot(
      {
        ...this.#size,
        padding: [8, 16, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        hooks: { setCursor: [() => this.#readout()] },
        scales: {
          x: { time: true, range: () => this.#range },
          y: {
            range: (_, low, high) => [low < 0 ? -niceAbove(-low) : 0, niceAbove(Math.max(MIN_TOP_W, high * 1.05))],
          },
        },
        axes: [
          axis({
            size: 30,
            space: 70,
            incrs: [60, 120, 180, 300, 600],
            values: (_, ticks) => ticks.map((t) => times(this.#store.zone()).minute(t * 1000)),
          }),
          axis({ size: 64, space: 44, grid: horizontalGrid(), values: (_, ticks) => axisPower(ticks) }),
        ],
        series: [
          {},
          ...layers.map(({ slot }, i) => ({
            stroke: i === 0 ? ink : 'transparent',
            width: i === 0 ? 1.5 : 0,
            fill: style(`--c${slot}`) + opacity,
            points: { show: false },
          })),
        ],
        bands: layers.slice(1).map((_, i) => ({ series: [i + 1, i + 2] })),
      },
      [[], ...layers.map(() => [])],
      element('plot'),
    );
    this.#legend = layers.map(({ slot, name }) =>
      h('li', { dataset: { slot } }, h('span', { class: 'swatch' }), h('span', {}, name), h('span')),
    );
    element('legend').replaceChildren(...this.#legend);
  }

  #discard() {
    this.#plot?.destroy();
    this.#plot = null;
  }

  #facts() {
    // Until the past is loaded, the lowest and the highest are not known.
    if (element('main').dataset.phase !== 'ready') return;
    const known = this.#totals.filter((value) => value !== null);
    const low = known.length ? Math.min(...known) : NaN;
    const high = known.length ? Math.max(...known) : NaN;
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    element('window-low').textContent = powerText(low);
    element('window-mean').textContent = powerText(Math.round(mean));
    element('window-high').textContent = powerText(high);
    const label = `Power of the last 15 minutes, lowest ${powerText(low)}, highest ${powerText(high)}`;
    if (element('plot').ariaLabel !== label) element('plot').ariaLabel = label;
  }

  /** The values under the cursor, else the newest ones, always in the same place. */
  #readout() {
    if (this.#plot === null || this.#totals.length === 0) return;
    const hovered = this.#plot.cursor.idx;
    const pointed = hovered !== null && hovered !== undefined && this.#plot.cursor.left >= 0;
    const i = pointed ? Math.min(hovered, this.#totals.length - 1) : this.#totals.length - 1;
    this.#legend.forEach((item, layer) => {
      const value = this.#values[layer][i];
      item.children[2].textContent = value === null ? '–' : powerText(value);
    });
    const time = this.#plot.data[0][i] * 1000;
    element('chart-time').textContent = pointed
      ? `${times(this.#store.zone()).full(time)} · ${this.#totals[i] === null ? 'no reading' : powerText(this.#totals[i])}`
      : '';
  }

  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || this.#plot === null) return;
    event.preventDefault();
    const width = this.#plot.bbox.width / devicePixelRatio;
    const at = this.#plot.cursor.left >= 0 ? this.#plot.cursor.left : width;
    const left = Math.min(width, Math.max(0, at + (step * width) / 90));
    this.#plot.setCursor({ left, top: 0 });
  }
}
