// What an entry of the log commits to: a reading, boe.reading.v1, or an act of administration, boe.act.v1.

import { canonical, fail, member, onlyMembers, sha256, utf8 } from './canonical.js';

const QUANTITIES = ['energyImportKwh', 'energyExportKwh', 'powerW', 'apparentPowerVa', 'reactivePowerVar',
  'powerFactor', 'voltageV', 'currentA', 'frequencyHz'];
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
// A text that is not only white space, as Java's String.isBlank has it; \s is another set.
const NAME = /^(?=[^]*[^\t-\r\x1c-\x20\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000])[^]{1,128}$/;
const TEXTS = {
  bridge: /^[A-Za-z0-9_-]{1,64}$/,
  journal: /^[0-9a-f]{8}$/,
  device: NAME,
  site: NAME,
  measuredAt: INSTANT,
  receivedAt: INSTANT,
  topic: /^[^]+$/,
  format: NAME,
  counterEpoch: /^[^]*$/,
  salt: /^[0-9a-f]{32}$/,
  payload: /^[^]*$/,
};

/** An instant as the formats write it: UTC, three decimals. */
export function isInstant(text) {
  const time = INSTANT.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString() === text;
}

/** The record that an object in canonical form carries as member `reading` or `act`. */
export async function carriedBy(holder, what) {
  const isReading = Object.hasOwn(holder, 'reading');
  if (isReading === Object.hasOwn(holder, 'act')) fail(`${what} carries neither just a reading nor just an act`);
  const kind = isReading ? 'reading' : 'act';
  const value = member(holder, kind, 'object', what);
  (isReading ? checkReading : checkAct)(value);
  return { kind, value, id: value.id, words: words(kind, value), hash: await sha256(utf8(canonical(value, what))) };
}

const words = (kind, value) =>
  kind === 'reading'
    ? `reading ${value.id} of ${value.device}, measured at ${value.measuredAt}`
    : `act ${value.id} (${value.kind})`;

function checkReading(reading) {
  const what = 'the reading';
  onlyMembers(reading, ['id', 'seq', 'quantities', ...Object.keys(TEXTS)], what);
  for (const [name, form] of Object.entries(TEXTS)) {
    const text = member(reading, name, 'string', what);
    if (!form.test(text) || (form === INSTANT && !isInstant(text))) fail(`the reading's ${name} is not valid: ${text}`);
  }
  const seq = member(reading, 'seq', 'number', what);
  if (!Number.isInteger(seq) || seq < 1 || seq > 2 ** 53) fail(`the reading's seq is not valid: ${seq}`);
  const id = member(reading, 'id', 'string', what);
  if (id !== `${reading.bridge}.${reading.journal}.${seq}`) fail(`the reading's id is not valid: ${id}`);
  const quantities = member(reading, 'quantities', 'object', what);
  onlyMembers(quantities, QUANTITIES, 'the reading, in its quantities,');
  for (const name of Object.keys(quantities)) member(quantities, name, 'number', what);
}

function checkAct(act) {
  const what = 'the act';
  if (member(act, 'schema', 'string', what) !== 'boe.act.v1') fail("the act's schema is not boe.act.v1");
  if (!/^@act\.00000000\.[1-9][0-9]{0,15}$/.test(member(act, 'id', 'string', what))) {
    fail("the act's id is not of its form");
  }
  member(act, 'at', 'string', what);
  if (!/^[a-z-]{1,64}$/.test(member(act, 'kind', 'string', what))) fail("the act's kind is not 1 to 64 of a to z and -");
}
