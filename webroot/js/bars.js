// The bar chart of a report: import above the axis, export below it, what was counted over a gap
// hatched, what is estimated pale.

import { Plot, axis, horizontalGrid, style } from './plot.js';
import { axisEnds, labelStep } from './series.js';

const LABEL_ROOM = { daily: 48, weekly: 60, monthly: 30, yearly: 38 };
const MAX_BAR = 64;

export class Bars {
  #plot;
  #report = null;

  /** @param onCursor called with the index of the row under the cursor, or null */
  constructor(host, onCursor) {
    this.#plot = new Plot(host, (width) => this.#options(width), onCursor);
  }

  /**
   * @param series as barSeries gives it
   * @param kind of the report, names the room that labels need
   * @param labels of the rows
   * @param ticks texts of an axis' figures
   * @param least the scale's top when all is smaller
   */
  draw(series, kind, labels, ticks, least) {
    this.#report = { ...series, kind, labels, ticks, least };
    const x = labels.map((_, i) => i);
    this.#plot.draw([x, series.up, series.down.map((value) => -value)]);
  }

  clear() {
    this.#plot.clear();
  }

  #options(width) {
    const { up, down, kind, labels, ticks, least } = this.#report;
    const step = labelStep(labels.length, width - 70, LABEL_ROOM[kind]);
    const ends = axisEnds(-Math.max(0, ...down), Math.max(0, ...up), least);
    return {
      scales: { x: { time: false, range: [-0.5, labels.length - 0.5] }, y: { range: ends } },
      axes: [
        axis({
          size: 30,
          splits: () => labels.map((_, i) => i).filter((i) => i % step === 0),
          values: (_, splits) => splits.map((i) => labels[i]),
        }),
        axis({ size: 76, space: 44, grid: horizontalGrid(), values: (_, splits) => ticks(splits) }),
      ],
      // The bars are drawn below; the series give uPlot the values.
      series: [{}, { paths: () => null, points: { show: false } }, { paths: () => null, points: { show: false } }],
      hooks: { drawAxes: [(u) => this.#paint(u)] },
    };
  }

  #paint(u) {
    const { up, gap, down, estimated } = this.#report;
    const { ctx } = u;
    const scale = devicePixelRatio;
    const slot = u.bbox.width / up.length;
    const width = Math.max(2, Math.min(slot * 0.68, MAX_BAR * scale));
    const zero = u.valToPos(0, 'y', true);
    const colours = {
      up: style('--import'),
      down: style('--export'),
      pale: style('--import-pale'),
      ground: style('--surface'),
    };
    const stripes = hatch(ctx, colours.up, colours.ground, scale);
    ctx.save();
    for (let i = 0; i < up.length; i++) {
      const left = u.valToPos(i, 'x', true) - width / 2;
      const bar = (from, to, fill) => {
        const top = u.valToPos(to, 'y', true);
        const bottom = u.valToPos(from, 'y', true);
        ctx.fillStyle = fill;
        ctx.beginPath();
        const radius = Math.min(3 * scale, width / 4, Math.abs(bottom - top));
        const ends = to > 0 ? [radius, radius, 0, 0] : [0, 0, radius, radius];
        ctx.roundRect(left, Math.min(top, bottom), width, Math.abs(bottom - top), ends);
        ctx.fill();
      };
      // Pale, but not so that the grid shows through.
      if (up[i] > 0 && estimated[i]) bar(0, up[i], colours.ground);
      if (up[i] > 0) bar(0, up[i], estimated[i] ? colours.pale : colours.up);
      if (estimated[i] && up[i] > 0) outline(ctx, left, u.valToPos(up[i], 'y', true), width, zero, colours.up, scale);
      // The gap's part is the upper one, so that the lower says what is certain.
      if (gap[i] > 0) bar(up[i] - gap[i], up[i], stripes);
      if (down[i] > 0) bar(0, -down[i], colours.down);
    }
    ctx.fillStyle = style('--muted');
    ctx.fillRect(u.bbox.left, Math.round(zero) - scale / 2, u.bbox.width, scale);
    ctx.restore();
  }
}

function outline(ctx, left, top, width, zero, colour, scale) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = scale;
  ctx.setLineDash([3 * scale, 2 * scale]);
  ctx.strokeRect(left + scale / 2, top + scale / 2, width - scale, zero - top - scale / 2);
  ctx.setLineDash([]);
}

function hatch(ctx, ink, ground, scale) {
  const size = Math.round(6 * scale);
  const tile = new OffscreenCanvas(size, size);
  const pen = tile.getContext('2d');
  pen.fillStyle = ground;
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = ink;
  pen.lineWidth = 2 * scale;
  pen.beginPath();
  for (const at of [-size, 0, size]) {
    pen.moveTo(at - 1, size + 1);
    pen.lineTo(at + size + 1, -1);
  }
  pen.stroke();
  return ctx.createPattern(tile, 'repeat');
}
