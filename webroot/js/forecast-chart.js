// What was measured, what is expected, and the band that the power stays in, on one axis of time.

import { axisPower } from './format.js';
import { Plot, axis, horizontalGrid, style } from './plot.js';
import { niceAbove } from './series.js';
import { times } from './times.js';

const MIN_TOP_W = 100;

export class ForecastChart {
  #plot;
  #data = null;
  #zone = null;
  #now = 0;

  constructor(host, onCursor) {
    this.#plot = new Plot(host, () => this.#options(), onCursor);
  }

  /**
   * @param data as forecastSeries gives it
   * @param now seconds, where the past ends
   */
  draw(data, now, zone) {
    const [x, measured, expected, low, high] = data;
    // The band first, so that the lines lie on it.
    this.#data = [x, low, high, measured, expected];
    this.#zone = zone;
    this.#now = now;
    this.#plot.draw(this.#data);
  }

  clear() {
    this.#plot.clear();
  }

  #options() {
    const clock = times(this.#zone);
    const values = this.#data.slice(1).flat().filter(Number.isFinite);
    const least = Math.min(0, ...values);
    const ends = [least < 0 ? -niceAbove(-least) : 0, niceAbove(Math.max(MIN_TOP_W, ...values))];
    const line = { width: 2, points: { show: false }, spanGaps: false };
    const paths = globalThis.uPlot.paths.spline();
    return {
      tzDate: (seconds) => globalThis.uPlot.tzDate(new Date(seconds * 1000), clock.zone),
      scales: { x: { time: true }, y: { range: ends } },
      axes: [
        axis({
          size: 44,
          space: 68,
          incrs: [3600, 7200, 10800, 21600, 43200, 86400],
          values: (_, splits) => splits.map((seconds, i) => label(clock, seconds * 1000, splits[i - 1] * 1000)),
        }),
        axis({ size: 64, space: 44, grid: horizontalGrid(), values: (_, splits) => axisPower(splits) }),
      ],
      series: [
        {},
        { ...line, paths, width: 0, stroke: 'transparent' },
        { ...line, paths, width: 0, stroke: 'transparent' },
        { ...line, paths, stroke: style('--ink'), fill: style('--past') },
        { ...line, paths, stroke: style('--import'), dash: [6, 4] },
      ],
      bands: [{ series: [2, 1], fill: style('--band') }],
      hooks: { drawAxes: [(u) => this.#markNow(u)] },
    };
  }

  #markNow(u) {
    const { ctx, bbox } = u;
    const x = Math.round(u.valToPos(this.#now, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.save();
    ctx.strokeStyle = style('--muted');
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}

/** The time of day, and below it the day where it is another than that of the label before. */
function label(clock, ms, before) {
  const day = clock.weekday(ms);
  return day === clock.weekday(before) ? clock.minute(ms) : `${clock.minute(ms)}\n${day}`;
}
