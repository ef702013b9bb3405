// A device's energy, computed anew from the readings that a statement names as the ends of its counter's spans.

import { fail, member, onlyMembers } from './canonical.js';

export const QUANTITY = 'energyImportKwh';
// Whole microwatt-hours, which reports count in.
const REPORT_DECIMALS = 9;
const SILENCE_MS = 3_600_000;

/** The counters of a statement or of a part of one. */
export function parseCounters(holder, what) {
  return member(holder, 'counters', 'array', what).map((each, i) => {
    const one = `counter ${i} of ${what}`;
    if (typeof each !== 'object' || Array.isArray(each)) fail(`${one} is not an object`);
    onlyMembers(each, ['counterEpoch', QUANTITY, 'first', 'last'], one);
    return {
      epoch: member(each, 'counterEpoch', 'string', one),
      first: member(each, 'first', 'string', one),
      last: member(each, 'last', 'string', one),
      energy: member(each, QUANTITY, 'number', one),
    };
  });
}

/**
 * Their sum, when all follow from the readings, by id. `rules` has the device, begin and end of the period in ms, its
 * noun, and `counter`, which gives what a reading's counter shows. In a day another epoch follows each; in a report's
 * period the same may, where the counter fell. `used` takes the ids that were needed, `shown` what was shown.
 */
export function verifyCounters(counters, rules, readings, used, shown) {
  let sum = decimal(0);
  let before = null;
  for (const counter of counters) {
    const first = endOf(counter.first, counter, rules, readings);
    const last = endOf(counter.last, counter, rules, readings);
    used.add(first.id).add(last.id);
    if (measured(last) < rules.begin || measured(last) >= rules.end) fail(`${last.id} was not measured on that ${rules.noun}`);
    if (measured(first) > measured(last)) fail(`${first.id} was measured after ${last.id}`);
    if (before) checkFollows(before, first, rules, shown);
    const energy = minus(rules.counter(last), rules.counter(first));
    if (Number(plain(energy)) !== counter.energy) {
      fail(`from ${first.id} to ${last.id} the counter went by ${plain(energy)} kWh, not ${counter.energy}`);
    }
    sum = plus(sum, energy);
    shown.push(wordsOf(first, last, energy, rules));
    before = last;
  }
  return sum;
}

/**
 * What must stand beside a period's energy: of a counter whose readings were silent for long before `begin`, some of
 * the energy may be of that time. Empty when none was silent for an hour.
 */
export function sinceOf(begin, ends) {
  const [first] = [...ends].sort((a, b) => measured(a) - measured(b));
  const isLate = !first || begin - measured(first) <= SILENCE_MS;
  return isLate ? '' : `, of which some may be of the time since ${first.measuredAt}`;
}

/** The reading of which all have the bridge and the site: a device's name is unique at its bridge only. */
export function oneSource([one, ...others]) {
  for (const each of others) {
    if (each.bridge !== one.bridge || each.site !== one.site) {
      fail(`${one.id} and ${each.id} are not of one bridge and one site`);
    }
  }
  return one;
}

const measured = (each) => Date.parse(each.measuredAt);

function endOf(id, counter, { device }, readings) {
  const found = readings.get(id) ?? fail(`the statement names ${id}, which is no input`);
  if (found.device !== device) fail(`${id} is of ${found.device}, the statement is on ${device}`);
  if (!Object.hasOwn(found.quantities, QUANTITY)) fail(`${id} has no ${QUANTITY}`);
  if (found.counterEpoch !== counter.epoch) fail(`${id} is not of the counter epoch "${counter.epoch}" that is stated`);
  return found;
}

function checkFollows(before, first, { noun, counter }, shown) {
  const later = noun === 'day' ? measured(before) < measured(first) : measured(before) <= measured(first);
  if (!later) fail(`${first.id} was not measured after ${before.id}`);
  if (before.counterEpoch !== first.counterEpoch) return;
  if (noun === 'day') fail('two counters in turn are of the same epoch');
  // Else energy between the two would be left out.
  if (minus(counter(first), counter(before)).digits >= 0n) fail(`from ${before.id} to ${first.id} the counter did not fall`);
  shown.push(`Then it fell to ${plain(counter(first))} kWh, at ${first.measuredAt}: nothing is counted for that, and ` +
    'counting goes on from there.');
}

function wordsOf(first, last, energy, { device, begin, end, noun, counter }) {
  const start = measured(first);
  const early = start < begin ? ` (${span(begin - start)} before the ${noun})` : '';
  const late = `${span(end - measured(last))} before the ${noun} ended`;
  return `The counter${noun === 'day' ? '' : ` of ${device}`} stood at ${plain(counter(first))} kWh at ` +
    `${first.measuredAt}${early} and at ${plain(counter(last))} kWh at ${last.measuredAt} (${late}): ${plain(energy)} kWh.` +
    (energy.digits < 0n ? ' It went backwards, which a counter should not.' : '');
}

function span(ms) {
  if (ms < 120_000) return `${Math.floor(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// Decimals as {digits, scale}: exactly what is written, not the nearest binary number.

export function decimal(number) {
  const [mantissa, exponent = '0'] = String(number).split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** Rounded half up, away from zero, to whole microwatt-hours. */
export function toReport(exactly) {
  if (exactly.scale <= REPORT_DECIMALS) return plus(exactly, { digits: 0n, scale: REPORT_DECIMALS });
  const unit = 10n ** BigInt(exactly.scale - REPORT_DECIMALS);
  const size = exactly.digits < 0n ? -exactly.digits : exactly.digits;
  const rounded = (2n * size + unit) / (2n * unit);
  return { digits: exactly.digits < 0n ? -rounded : rounded, scale: REPORT_DECIMALS };
}

/** What a reading's counter shows: as it is written, and as reports take it. */
export const exact = (reading) => decimal(reading.quantities[QUANTITY]);
export const rounded = (reading) => toReport(exact(reading));

export function plus(a, b) {
  const scale = Math.max(a.scale, b.scale);
  const at = (d) => d.digits * 10n ** BigInt(scale - d.scale);
  return { digits: at(a) + at(b), scale };
}

const minus = (a, b) => plus(a, { digits: -b.digits, scale: b.scale });

export function plain({ digits, scale }) {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  const whole = text.slice(0, text.length - scale);
  return (digits < 0n ? '-' : '') + whole + (scale && fraction ? `.${fraction}` : '');
}
