// The statement boe.day.v1: the energy that a device took on one local day.

import { fail, member, onlyMembers } from './canonical.js';
import { isInstant } from './record.js';

const WHAT = 'the statement';
const QUANTITY = 'energyImportKwh';
const MAX_COUNTERS = 100;
// Before, clocks went by the sun; after, the next day's year would have five digits.
const FIRST_DAY = '1970-01-01';
const LAST_DAY = '9998-12-31';
// Names of zones without a slash. Browsers know others, and any name in any case, and cannot list them all.
const SHORT_ZONES = new Set(('CET CST6CDT Cuba EET EST5EDT Egypt Eire GB GB-Eire GMT GMT0 Greenwich Hongkong Iceland Iran ' +
  'Israel Jamaica Japan Kwajalein Libya MET MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROK Singapore Turkey ' +
  'UCT UTC Universal W-SU WET Zulu').split(' '));
// Words in names with a slash that are not a capital and small letters.
const ODD_WORDS = new Map(('ACT BajaNorte BajaSur ComodRivadavia DeNoronha DumontDUrville EasterIsland GMT IN LHI McMurdo ' +
  'NSW UCT US UTC au es of').split(' ').map((word) => [word.toLowerCase(), word]));
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Computes the statement anew from the readings, by id, all of which it must need; says what was shown. */
export function verifyDay(statement, readings) {
  const day = parseDay(statement);
  const { device, date, zone, from, to } = day;
  const begin = startOfDay(date, zone);
  const end = startOfDay(nextDay(date), zone);
  if (Date.parse(from) !== begin || Date.parse(to) !== end) {
    fail(`in ${zone} the day ${date} is not from ${from} to ${to}; this machine's time-zone table may be older or ` +
      "newer than the server's");
  }
  const shown = [`In ${zone} the day ${date} is from ${from} to ${to}.`];
  shown.push(oneSource([...readings.values()]));
  const used = new Set();
  let sum = decimal(0);
  let before = null;
  for (const counter of day.counters) {
    const first = reading(counter.first, counter, device, readings);
    const last = reading(counter.last, counter, device, readings);
    used.add(first.id).add(last.id);
    checkOrder(first, last, before, begin, end);
    const energy = minus(decimal(last.quantities[QUANTITY]), decimal(first.quantities[QUANTITY]));
    if (Number(plain(energy)) !== counter.energy) {
      fail(`from ${first.id} to ${last.id} the counter went by ${plain(energy)} kWh, not ${counter.energy}`);
    }
    sum = plus(sum, energy);
    shown.push(wordsOf(first, last, energy, begin, end));
    before = last;
  }
  for (const id of readings.keys()) {
    if (!used.has(id)) fail(`the statement does not use its input ${id}`);
  }
  if (Number(plain(sum)) !== day.energy) fail(`the energies add up to ${plain(sum)} kWh, not ${day.energy}`);
  shown.push(`So ${device} took ${plain(sum)} kWh on ${date}.`);
  return shown;
}

/** A device's name is unique at its bridge only, so two meters may bear it. */
function oneSource([one, ...others]) {
  for (const each of others) {
    if (each.bridge !== one.bridge || each.site !== one.site) {
      fail(`${one.id} and ${each.id} are not of one bridge and one site`);
    }
  }
  return `Its readings are of the bridge ${one.bridge} at the site ${one.site}.`;
}

function parseDay(statement) {
  onlyMembers(statement, ['counters', 'date', 'device', QUANTITY, 'from', 'schema', 'to', 'zone'], WHAT);
  const counters = member(statement, 'counters', 'array', WHAT).map((each, i) => {
    const what = `counter ${i} of the statement`;
    if (typeof each !== 'object') fail(`${what} is not an object`);
    onlyMembers(each, ['counterEpoch', QUANTITY, 'first', 'last'], what);
    return {
      epoch: member(each, 'counterEpoch', 'string', what),
      first: member(each, 'first', 'string', what),
      last: member(each, 'last', 'string', what),
      energy: member(each, QUANTITY, 'number', what),
    };
  });
  if (counters.length === 0 || counters.length > MAX_COUNTERS) fail('the statement names no counter, or more than 100');
  const day = { counters, energy: member(statement, QUANTITY, 'number', WHAT) };
  for (const name of ['date', 'device', 'from', 'to', 'zone']) day[name] = member(statement, name, 'string', WHAT);
  const isDay = isInstant(`${day.date}T00:00:00.000Z`) && day.date >= FIRST_DAY && day.date <= LAST_DAY;
  if (!isDay) fail(`the statement's date is not a day: ${day.date}`);
  for (const name of ['from', 'to']) {
    if (!isInstant(day[name])) fail(`the statement's ${name} is not an instant: ${day[name]}`);
  }
  return day;
}

function reading(id, counter, device, readings) {
  const found = readings.get(id) ?? fail(`the statement names ${id}, which is no input`);
  if (found.device !== device) fail(`${id} is of ${found.device}, the statement is on ${device}`);
  if (!Object.hasOwn(found.quantities, QUANTITY)) fail(`${id} has no ${QUANTITY}`);
  if (found.counterEpoch !== counter.epoch) fail(`${id} is not of the counter epoch "${counter.epoch}" that is stated`);
  return found;
}

function checkOrder(first, last, before, begin, end) {
  const at = (each) => Date.parse(each.measuredAt);
  if (at(last) < begin || at(last) >= end) fail(`${last.id} was not measured on that day`);
  if (at(first) > at(last)) fail(`${first.id} was measured after ${last.id}`);
  if (before && at(before) >= at(first)) fail(`${first.id} was not measured after ${before.id}`);
  if (before && before.counterEpoch === first.counterEpoch) fail('two counters in turn are of the same epoch');
}

function wordsOf(first, last, energy, begin, end) {
  const counter = (each) => plain(decimal(each.quantities[QUANTITY]));
  const start = Date.parse(first.measuredAt);
  const early = start < begin ? ` (${span(begin - start)} before the day)` : '';
  const late = `${span(end - Date.parse(last.measuredAt))} before the day ended`;
  return `The counter stood at ${counter(first)} kWh at ${first.measuredAt}${early} and at ${counter(last)} kWh at ` +
    `${last.measuredAt} (${late}): ${plain(energy)} kWh.` +
    (energy.digits < 0n ? ' It went backwards, which a counter should not.' : '');
}

function span(ms) {
  if (ms < 120_000) return `${Math.floor(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// Decimals as {digits, scale}: exactly what is written, not the nearest binary number.

function decimal(number) {
  const [mantissa, exponent = '0'] = String(number).split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

function plus(a, b) {
  const scale = Math.max(a.scale, b.scale);
  const at = (d) => d.digits * 10n ** BigInt(scale - d.scale);
  return { digits: at(a) + at(b), scale };
}

const minus = (a, b) => plus(a, { digits: -b.digits, scale: b.scale });

function plain({ digits, scale }) {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  const whole = text.slice(0, text.length - scale);
  return (digits < 0n ? '-' : '') + whole + (scale && fraction ? `.${fraction}` : '');
}

// Days in time zones, by the browser's own table.

const nextDay = (date) => new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10);

/** Whether the name is written as the IANA writes it, if it is one. */
function isZoneName(zone) {
  if (!zone.includes('/')) return SHORT_ZONES.has(zone);
  const written = (word) => ODD_WORDS.get(word.toLowerCase()) ?? word[0].toUpperCase() + word.slice(1).toLowerCase();
  return /^[A-Za-z]/.test(zone) && zone === zone.replace(/[A-Za-z]+/g, written);
}

function clockOf(zone) {
  let format;
  try {
    if (!isZoneName(zone)) throw new RangeError();
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23',
      year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
  } catch {
    fail(`the statement's time zone is not known: ${zone}`);
  }
  /** What the zone's clocks show at an instant, as milliseconds of a UTC clock that shows the same. */
  return (ms) => {
    const shown = {};
    for (const { type, value } of format.formatToParts(ms)) shown[type] = Number(value);
    const { year, month, day, hour, minute, second } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1000) + 1000) % 1000);
  };
}

/** The first instant of the day, in ms; where the clocks skip midnight, the instant at which they do. */
export function startOfDay(date, zone) {
  const clock = clockOf(zone);
  const midnight = Date.parse(date);
  const offsets = new Set();
  for (let h = -30; h <= 30; h++) offsets.add(clock(midnight + h * HOUR_MS) - (midnight + h * HOUR_MS));
  const starts = [...offsets].map((offset) => midnight - offset).filter((start) => clock(start) === midnight);
  if (starts.length) return Math.min(...starts);
  let low = midnight - 30 * HOUR_MS;
  let high = midnight + 30 * HOUR_MS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (clock(middle) < midnight) low = middle;
    else high = middle;
  }
  return high;
}
