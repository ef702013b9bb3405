import assert from 'node:assert/strict';
import { test } from 'node:test';

import { KINDS, convert, current, firstDay, isPeriod, kindOf, lastDay, periodOf, step } from '../js/calendar.js';

const day = (text) => new Date(`${text}T00:00:00Z`);

test('ISO weeks begin on Monday and belong to the year of their Thursday', () => {
  assert.equal(periodOf('weekly', day('2026-12-31')), '2026-W53');
  assert.equal(periodOf('weekly', day('2027-01-03')), '2026-W53');
  assert.equal(periodOf('weekly', day('2027-01-04')), '2027-W01');
  assert.equal(periodOf('weekly', day('2024-12-30')), '2025-W01');
  assert.deepEqual(firstDay('weekly', '2026-W48'), day('2026-11-23'));
  assert.deepEqual(lastDay('weekly', '2026-W53'), day('2027-01-03'));
});

test('every day of eighty years is in the week that its week says', () => {
  for (let ms = Date.UTC(1970, 0, 5); ms < Date.UTC(2050, 0, 1); ms += 86_400_000) {
    const date = new Date(ms);
    const week = periodOf('weekly', date);
    assert.ok(firstDay('weekly', week) <= date && date <= lastDay('weekly', week), week);
  }
});

test('a step forward and one back are none', () => {
  for (const [kind, text] of [
    ['daily', '2028-02-29'],
    ['weekly', '2026-W53'],
    ['monthly', '2026-12'],
    ['yearly', '2026'],
  ]) {
    assert.equal(step(kind, step(kind, text, 1), -1), text);
  }
  assert.equal(step('monthly', '2026-12', 1), '2027-01');
  assert.equal(step('daily', '2028-02-28', 1), '2028-02-29');
  assert.equal(step('weekly', '2026-W53', 1), '2027-W01');
});

test('only what is in the calendar is a period', () => {
  assert.ok(isPeriod('daily', '2028-02-29'));
  assert.ok(isPeriod('weekly', '2026-W53'));
  for (const [kind, text] of [
    ['daily', '2026-02-29'],
    ['daily', '2026-2-9'],
    ['weekly', '2025-W53'],
    ['weekly', '2025-W00'],
    ['monthly', '2026-13'],
    ['yearly', '0999'],
    ['yearly', '9999'],
    ['hourly', '2026'],
    ['daily', undefined],
  ]) {
    assert.equal(isPeriod(kind, text), false, `${kind} ${text}`);
  }
});

test('a period says of which kind it is', () => {
  assert.deepEqual(['2026-11-25', '2026-W48', '2026-11', '2026', 'home'].map(kindOf), [...KINDS, undefined]);
});

test('the current period is that of the site, not of the browser', () => {
  const ms = Date.parse('2026-12-31T23:30:00Z');
  assert.deepEqual(
    KINDS.map((kind) => current(kind, ms, 'Europe/Skopje')),
    ['2027-01-01', '2026-W53', '2027-01', '2027'],
  );
  assert.equal(current('daily', ms, 'America/New_York'), '2026-12-31');
});

test('another kind shows today where it can, else where the shown period begins', () => {
  const today = day('2026-11-25');
  assert.equal(convert('monthly', '2026-11', 'daily', today), '2026-11-25');
  assert.equal(convert('monthly', '2026-10', 'daily', today), '2026-10-01');
  assert.equal(convert('weekly', '2026-W40', 'monthly', today), '2026-10');
  assert.equal(convert('daily', '2026-10-15', 'weekly', today), '2026-W42');
  assert.equal(convert('yearly', '2026', 'monthly', today), '2026-11');
});
