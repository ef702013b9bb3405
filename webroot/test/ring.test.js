import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Ring } from '../js/ring.js';

const samples = (ring) => Array.from({ length: ring.size }, (_, i) => [ring.time(i), ring.value(i)]);

test('late samples take their place by time', () => {
  const ring = new Ring(8);
  for (const t of [10, 30, 20, 5, 40]) ring.insert(t, t * 2);
  assert.deepEqual(samples(ring), [[5, 10], [10, 20], [20, 40], [30, 60], [40, 80]]);
});

test('the same time again replaces and does not repeat', () => {
  const ring = new Ring(4);
  ring.insert(10, 1);
  ring.insert(20, 2);
  ring.insert(10, 3);
  assert.deepEqual(samples(ring), [[10, 3], [20, 2]]);
});

test('a full ring keeps the newest in order, whatever order they come in', () => {
  const ring = new Ring(16);
  const expected = new Map();
  let random = 7;
  for (let i = 0; i < 2000; i++) {
    random = (random * 1103515245 + 12345) % 2147483648;
    const time = i * 5 + (random % 20);
    const full = expected.size === 16 && !expected.has(time);
    if (full && time < Math.min(...expected.keys())) {
      ring.insert(time, i);
      continue;
    }
    if (full) expected.delete(Math.min(...expected.keys()));
    expected.set(time, i);
    ring.insert(time, i);
    assert.deepEqual(samples(ring), [...expected].sort((a, b) => a[0] - b[0]));
  }
});

test('indexAt finds the last sample at or before a time', () => {
  const ring = new Ring(4);
  for (const t of [10, 20, 30, 40, 50]) ring.insert(t, t);
  assert.deepEqual([19, 20, 25, 50, 99].map((t) => ring.indexAt(t)), [-1, 0, 0, 3, 3]);
});
