import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axisEnds, barSeries, forecastSeries, labelStep, niceAbove } from '../js/series.js';
import { comparison, verdictWords } from '../js/words.js';

test('the part counted over a gap is a part of its bar, in energy and in cost', () => {
  const rows = [
    { energyKwh: 4, exportKwh: 1, cost: '8.00', gapKwh: 1, estimated: false },
    { energyKwh: 0, exportKwh: 0, cost: null, gapKwh: 0, estimated: true },
  ];
  assert.deepEqual(barSeries(rows, 'energy'), { up: [4, 0], gap: [1, 0], down: [1, 0], estimated: [false, true] });
  assert.deepEqual(barSeries(rows, 'cost'), { up: [8, 0], gap: [2, 0], down: [0, 0], estimated: [false, true] });
});

test('an axis has zero and all values within round ends', () => {
  assert.deepEqual(axisEnds(0, 0), [0, 1]);
  assert.deepEqual(axisEnds(-1.3, 20.4), [-1.5, 25]);
  assert.equal(niceAbove(0.3), 0.3);
  for (const value of [0.0012, 0.99, 1, 7, 149, 8_000_001]) {
    assert.ok(niceAbove(value) >= value * 0.999999 && niceAbove(value) <= value * 2);
  }
});

test('labels on an axis never stand closer than they may', () => {
  for (const count of [1, 7, 12, 23, 24, 25, 31, 366]) {
    for (const width of [200, 700, 1400]) {
      const step = labelStep(count, width, 40);
      assert.ok(Math.ceil(count / step) <= Math.max(1, Math.floor(width / 40)) + 1);
    }
  }
});

test('a forecast goes on from the last measured hour', () => {
  const hour = (h, values) => ({
    from: `2026-11-25T0${h}:00:00.000Z`,
    to: `2026-11-25T0${h + 1}:00:00.000Z`,
    ...values,
  });
  const [x, measured, expected, low, high] = forecastSeries(
    [hour(1, { powerW: 100 }), hour(2, { powerW: 200 }), hour(3, { powerW: null })],
    [hour(4, { powerW: 300, lowW: 250, highW: 400 })],
  );
  assert.deepEqual(x.length, 3);
  assert.deepEqual(measured, [100, 200, null]);
  assert.deepEqual(expected, [null, 200, 300]);
  assert.deepEqual(low, [null, 200, 250]);
  assert.deepEqual(high, [null, 200, 400]);
});

test('while data are collected there is history and nothing expected', () => {
  const [, measured, expected] = forecastSeries(
    [{ from: '2026-11-25T00:00:00Z', to: '2026-11-25T01:00:00Z', powerW: 100 }],
    [],
  );
  assert.deepEqual(measured, [100]);
  assert.deepEqual(expected, [null]);
});

test('every kind of verdict says what is counted', () => {
  for (const kind of ['reset', 'rollback', 'zero-glitch', 'implausible-jump', 'gap']) {
    const { title, text } = verdictWords({ kind, beforeKwh: 102.1, afterKwh: 0, energyKwh: 1 });
    assert.notEqual(title, kind);
    assert.match(text, /count/);
  }
  assert.equal(verdictWords({ kind: 'new-kind', energyKwh: 1 }).title, 'new-kind');
});

test('a change of less than half a percent is none', () => {
  assert.equal(comparison(0.004, 'October').direction, 'same');
  assert.equal(comparison(0.11, 'October').direction, 'up');
  assert.equal(comparison(-0.11, 'October').direction, 'down');
  assert.equal(comparison(null, 'October').direction, 'none');
});
