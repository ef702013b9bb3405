import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NONE, energyText, money, moneyParts, powerText, unitPrice } from '../js/format.js';
import { periodName, rowName, times } from '../js/times.js';

const digits = (text) => text.replace(/[^0-9]/g, '');

test('an amount of money keeps every digit of its text', () => {
  assert.equal(digits(money('12345678901234567.89', 'MKD')), '1234567890123456789');
  assert.equal(digits(money('0.10', 'EUR')), '010');
  assert.equal(digits(money('1234', 'JPY')), '1234');
  assert.equal(digits(unitPrice('4.4376', 'MKD')), '44376');
  assert.equal(digits(unitPrice('0.301000', 'EUR')).startsWith('0301'), true);
});

test('without an amount or a currency there is no figure', () => {
  assert.equal(money(null, 'MKD'), NONE);
  assert.equal(money('1.00', null), NONE);
  assert.deepEqual(moneyParts(undefined, 'MKD'), { text: NONE, unit: '' });
});

test('a large figure has its currency apart', () => {
  const { text, unit } = moneyParts('2204.28', 'MKD');
  assert.equal(digits(text), '220428');
  assert.match(unit, /MKD|ден/);
});

test('what is not known is not zero', () => {
  for (const nothing of [null, undefined, NaN]) {
    assert.equal(energyText(nothing), NONE);
    assert.equal(powerText(nothing), NONE);
  }
});

test('energy has the digits that are of use, and megawatt-hours for a plant', () => {
  assert.match(energyText(0.0214), /^0.02 kWh$/);
  assert.match(energyText(380.34), /^380.3 kWh$/);
  assert.match(energyText(1527.4), /^1.?527 kWh$/);
  assert.match(energyText(250_000), /^250.0 MWh$/);
});

test('times are those of the zone that is asked for, and of a zone that is none, the own', () => {
  const ms = Date.parse('2026-11-25T12:00:00Z');
  assert.notEqual(times('Asia/Kathmandu').minute(ms), times('Europe/Skopje').minute(ms));
  assert.equal(times('Nowhere/At-All').minute(ms), times().minute(ms));
  assert.equal(times('UTC').when(NaN, ms), NONE);
  assert.match(times('UTC').range(ms, ms + 3_600_000), /12.*1|12.*13/);
});

test('periods and rows have names that people use', () => {
  assert.match(periodName('daily', '2026-11-23'), /23/);
  assert.match(periodName('weekly', '2026-W48'), /Week 48.*23.*29/);
  assert.match(periodName('monthly', '2026-11'), /2026/);
  assert.equal(periodName('yearly', '2026'), '2026');
  assert.match(rowName('2026-11-23'), /23/);
  assert.match(rowName('2026-11'), /2026/);
});
