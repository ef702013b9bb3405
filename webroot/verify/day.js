// The statement boe.day.v1: the energy that a device took on one local day.

import { fail, member, onlyMembers } from './canonical.js';
import { QUANTITY, exact, oneSource, parseCounters, plain, verifyCounters } from './counter.js';
import { isInstant } from './record.js';

const WHAT = 'the statement';
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
  const shown = [boundsAre('day', date, zone, begin, end, from, to)];
  const one = oneSource([...readings.values()]);
  shown.push(`Its readings are of the bridge ${one.bridge} at the site ${one.site}.`);
  const used = new Set();
  const sum = verifyCounters(day.counters, { device, begin, end, noun: 'day', counter: exact }, readings, used, shown);
  for (const id of readings.keys()) {
    if (!used.has(id)) fail(`the statement does not use its input ${id}`);
  }
  if (Number(plain(sum)) !== day.energy) fail(`the energies add up to ${plain(sum)} kWh, not ${day.energy}`);
  shown.push(`So ${device} took ${plain(sum)} kWh on ${date}.`);
  return shown;
}

/** Says that these are the bounds of the local days, in ms, or fails. */
export function boundsAre(noun, date, zone, begin, end, from, to) {
  if (Date.parse(from) !== begin || Date.parse(to) !== end) {
    fail(`in ${zone} the ${noun} ${date} is not from ${from} to ${to}; this machine's time-zone table may be older or ` +
      "newer than the server's");
  }
  return `In ${zone} the ${noun} ${date} is from ${from} to ${to}.`;
}

/** A day of the calendar that a statement can be on. */
export function checkDate(date) {
  const isDay = isInstant(`${date}T00:00:00.000Z`) && date >= FIRST_DAY && date <= LAST_DAY;
  if (!isDay) fail(`the statement's date is not a day: ${date}`);
  return date;
}

function parseDay(statement) {
  onlyMembers(statement, ['counters', 'date', 'device', QUANTITY, 'from', 'schema', 'to', 'zone'], WHAT);
  const counters = parseCounters(statement, WHAT);
  if (counters.length === 0 || counters.length > MAX_COUNTERS) fail('the statement names no counter, or more than 100');
  const day = { counters, energy: member(statement, QUANTITY, 'number', WHAT) };
  for (const name of ['date', 'device', 'from', 'to', 'zone']) day[name] = member(statement, name, 'string', WHAT);
  checkDate(day.date);
  for (const name of ['from', 'to']) {
    if (!isInstant(day[name])) fail(`the statement's ${name} is not an instant: ${day[name]}`);
  }
  return day;
}

// Days in time zones, by the browser's own table.

export const nextDay = (date) => new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10);

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
