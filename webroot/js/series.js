// Figures of a report or a forecast as the charts take them. Nothing here knows of the page.

const number = (value) => (Number.isFinite(Number(value)) && value !== null ? Number(value) : 0);

/**
 * The bars of a report's rows.
 *
 * @param measure energy or cost
 * @return lists of equal length: up (import or cost), of it gap (counted over a gap), down (export,
 *     not negative), and whether each is estimated
 */
export function barSeries(rows, measure) {
  const cost = measure === 'cost';
  const up = rows.map((row) => number(cost ? row.cost : row.energyKwh));
  return {
    up,
    gap: rows.map((row, i) =>
      row.energyKwh > 0 ? (up[i] * Math.min(row.gapKwh ?? 0, row.energyKwh)) / row.energyKwh : 0,
    ),
    down: rows.map((row) => (cost ? 0 : number(row.exportKwh))),
    estimated: rows.map((row) => Boolean(row.estimated)),
  };
}

/** The ends of an axis: round figures that have all the values between them, and zero. */
export function axisEnds(low, high, least = 0) {
  return [low < 0 ? -niceAbove(-low) : 0, niceAbove(Math.max(high, least))];
}

/** The next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 × 10ⁿ at or above a value; 1 when there is none. */
export function niceAbove(value) {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((each) => each * magnitude >= value * 0.999999);
  return Number((factor * magnitude).toPrecision(12)); // 0.3, not 3 × 0.1
}

/** How many labels to pass over so that each of `count` has the room it needs. */
export function labelStep(count, width, room) {
  const fit = Math.max(1, Math.floor(width / room));
  return [1, 2, 3, 4, 5, 6, 7, 10, 12, 14, 15, 24].find((step) => count / step <= fit) ?? Math.ceil(count / fit);
}

/**
 * What was measured and what is expected on one axis of time, in hours. Each hour's value stands at
 * its middle; the last measured hour joins the first expected one.
 *
 * @return seconds, and of each: measured, expected, low, high in watts; null where there is none
 */
export function forecastSeries(history, points) {
  const middle = ({ from, to }) => (Date.parse(from) + Date.parse(to)) / 2000;
  const past = history.filter(({ powerW }) => powerW !== null && powerW !== undefined);
  const last = past.at(-1);
  const joined = last && points.length > 0;
  const expected = (of) => [...past.map((each) => (joined && each === last ? each.powerW : null)), ...points.map(of)];
  return [
    [...past, ...points].map(middle),
    [...past.map(({ powerW }) => powerW), ...points.map(() => null)],
    expected(({ powerW }) => powerW),
    expected(({ lowW }) => lowW),
    expected(({ highW }) => highW),
  ];
}
