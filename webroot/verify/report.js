// The statement boe.report.v1: a report, and the readings that its energy follows from. What the energy costs is not
// computed here, and the check says so.

import { canonical, fail, hex, member, onlyMembers, sha256, utf8 } from './canonical.js';
import { QUANTITY, decimal, oneSource, parseCounters, plain, plus, rounded, sinceOf, toReport, verifyCounters } from './counter.js';
import { boundsAre, checkDate, nextDay, startOfDay } from './day.js';
import { isInstant } from './record.js';

const REPORT = 'the report';
const STATEMENT = 'the statement';
const WHY_NOT_SHOWN = {
  estimated: 'some of it is estimated from its power, which no counter shows',
  erased: 'a reading at an end of its counter was erased',
  'mixed-bridges': 'its readings are of more than one bridge or site',
  differs: 'the readings at the ends of its counter do not give this figure',
  'too-many': 'it takes more readings than a bundle can hold',
};
const DAYS_MS = 86_400_000;

/** Computes the report's energy anew from the readings, by id, all of which it must need. */
export async function verifyReport(statement, readings, steps, notChecked) {
  onlyMembers(statement, ['report', 'schema', 'sources', 'tariff'], STATEMENT);
  const report = member(statement, 'report', 'object', STATEMENT);
  if (member(report, 'schema', 'string', REPORT) !== 'boe.report.v1') fail("the report's schema is not boe.report.v1");
  const { noun, first, next } = daysOf(member(report, 'kind', 'string', REPORT), member(report, 'date', 'string', REPORT));
  const zone = member(report, 'zone', 'string', REPORT);
  const begin = startOfDay(first, zone);
  const end = startOfDay(next, zone);
  for (const name of ['from', 'to']) {
    if (!isInstant(member(report, name, 'string', REPORT))) fail(`the statement's ${name} is not an instant: ${report[name]}`);
  }
  steps.push(boundsAre(noun, report.date, zone, begin, end, report.from, report.to));
  const sums = sumSources(statement, report, { begin, end }, readings, steps, notChecked);
  const summary = member(report, 'summary', 'object', REPORT);
  const stated = member(summary, 'energyKwh', 'number', "the report's summary");
  const sum = plain(plus(sums.shown, sums.notShown));
  if (Number(sum) !== stated) fail(`the devices' energies add up to ${sum} kWh, the report says ${stated}`);
  await checkCosts(statement, report, summary, steps, notChecked);
  notChecked.push("The report's other figures: peak power, export, single hours, days and months, and the comparison " +
    "with the period before. Only the period's energy is computed anew.");
  const energy = `${plain(sums.shown)} kWh`;
  const since = sinceOf(begin, sums.counted);
  if (sums.notShown.digits !== 0n) {
    steps.push(`So ${energy} of the report's energy follow from these readings.`);
    return {
      verdict: 'unshown',
      headline: `Of ${sum} kWh, ${energy}${since && `${since},`} are shown by logged readings and ${plain(sums.notShown)} kWh are not`,
    };
  }
  const subject = subjectOf(report);
  steps.push(`So ${subject} took ${energy} in the ${noun}, as stated.`);
  const limit = Object.hasOwn(summary, 'cost') ? '. The cost is not checked' : '';
  return { verdict: 'valid', headline: `${subject} took ${energy} in the ${noun} ${report.date}${since}${limit}` };
}

/** The local days of a report: the first, and the one after the last. */
function daysOf(kind, date) {
  const year = Number(date.slice(0, 4));
  switch (kind) {
    case 'daily':
      return { noun: 'day', first: checkDate(date), next: nextDay(date) };
    case 'weekly': {
      const first = mondayOf(date);
      return { noun: 'week', first, next: daysAfter(first, 7) };
    }
    case 'monthly': {
      const first = checkDate(/^\d{4}-\d\d$/.test(date) ? `${date}-01` : `${date}?`);
      const month = Number(date.slice(5));
      return { noun: 'month', first, next: month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, '0')}-01` };
    }
    case 'yearly':
      return { noun: 'year', first: checkDate(/^\d{4}$/.test(date) ? `${date}-01-01` : `${date}?`), next: `${year + 1}-01-01` };
    default:
      return fail(`no report is of the kind ${kind}`);
  }
}

const daysAfter = (date, days) => new Date(Date.parse(date) + days * DAYS_MS).toISOString().slice(0, 10);

/** The Monday of a week of ISO 8601. */
function mondayOf(text) {
  const isWeek = /^\d{4}-W\d\d$/.test(text);
  // The week that has the fourth of January is the year's first.
  const fourth = `${text.slice(0, 4)}-01-04`;
  if (isWeek && isInstant(`${fourth}T00:00:00.000Z`)) {
    const week = Number(text.slice(6));
    const monday = daysAfter(fourth, (week - 1) * 7 - ((new Date(fourth).getUTCDay() + 6) % 7));
    // A week belongs to the year of its Thursday.
    const isOfYear = week >= 1 && daysAfter(monday, 3).slice(0, 4) === text.slice(0, 4);
    if (isOfYear && monday >= '1970-01-01' && monday <= '9998-12-31') return monday;
  }
  return fail(`the statement's date is not a week: ${text}`);
}

function subjectOf(report) {
  if (Object.hasOwn(report, 'device')) return report.device;
  return Object.hasOwn(report, 'site') ? `the site ${report.site}` : 'all sites together';
}

/**
 * Each device of the report, in its order, with its counters or why it has none. None comes twice: as a reading is of
 * one device, none counts twice either.
 */
function sumSources(statement, report, { begin, end }, readings, steps, notChecked) {
  const objectsOf = (holder, name, what) =>
    member(holder, name, 'array', what).map((each) =>
      typeof each === 'object' && !Array.isArray(each) ? each : fail(`${what} has something else than objects in ${name}`));
  for (const name of ['device', 'site']) if (Object.hasOwn(report, name)) member(report, name, 'string', REPORT);
  const devices = objectsOf(report, 'devices', REPORT);
  const sources = objectsOf(statement, 'sources', STATEMENT);
  if (devices.length !== sources.length) fail('the statement does not have a source for each device');
  const names = new Set();
  const used = new Set();
  // `counted`: the first readings of the counters that the sum is of.
  const sums = { shown: decimal(0), notShown: decimal(0), counted: [] };
  sources.forEach((source, i) => {
    const what = `source ${i} of the statement`;
    onlyMembers(source, ['device', QUANTITY, 'counters', 'notShown'], what);
    const name = member(source, 'device', 'string', what);
    if (name !== member(devices[i], 'device', 'string', REPORT)) fail(`${what} is not of the report's device ${i}`);
    if (names.has(name)) fail(`the report has the device ${name} twice`);
    names.add(name);
    const stated = member(devices[i], 'energyKwh', 'number', REPORT);
    const counted = Object.hasOwn(report, 'device') ? name === report.device : member(devices[i], 'counted', 'boolean', REPORT);
    if (Object.hasOwn(source, 'notShown')) {
      if (Object.keys(source).length !== 2) fail(`${what} has counters that show nothing`);
      const why = member(source, 'notShown', 'string', what);
      if (!Object.hasOwn(WHY_NOT_SHOWN, why)) fail(`there is no reason "${why}"`);
      notChecked.push(`The ${stated} kWh of ${name}: ${WHY_NOT_SHOWN[why]}.`);
      if (counted) sums.notShown = plus(sums.notShown, toReport(decimal(stated)));
      return;
    }
    const its = new Set();
    const rules = { device: name, begin, end, noun: 'period', counter: rounded };
    const counters = parseCounters(source, what);
    const energy = verifyCounters(counters, rules, readings, its, steps);
    const ends = [...its].sort().map((id) => readings.get(id));
    if (ends.length) oneSource(ends);
    const elsewhere = ends.find((reading) => Object.hasOwn(report, 'site') && reading.site !== report.site);
    if (elsewhere) fail(`${elsewhere.id} is of the site ${elsewhere.site}`);
    const figure = Number(plain(energy));
    if (figure !== member(source, QUANTITY, 'number', what) || figure !== stated) {
      fail(`the counter of ${name} went by ${plain(energy)} kWh, the report says ${stated}`);
    }
    for (const id of its) {
      if (used.has(id)) fail(`two sources of the statement use ${id}`);
      used.add(id);
    }
    if (counted) sums.shown = plus(sums.shown, energy);
    if (counted && energy.digits !== 0n) sums.counted.push(...counters.map((each) => readings.get(each.first)));
    steps.push(`${name} took ${plain(energy)} kWh${counted ? '.' : ', which is not part of the sum.'}`);
  });
  for (const id of readings.keys()) {
    if (!used.has(id)) fail(`the statement does not use its input ${id}`);
  }
  return sums;
}

async function checkCosts(statement, report, summary, steps, notChecked) {
  const priced = Object.hasOwn(report, 'tariff');
  if (priced !== Object.hasOwn(statement, 'tariff')) {
    fail(priced ? 'the statement lacks the tariff that the report names' : 'the statement has a tariff that the report does not name');
  }
  if (!priced) return;
  const named = member(report, 'tariff', 'object', REPORT);
  const terms = member(statement, 'tariff', 'object', STATEMENT);
  const sum = hex(await sha256(utf8(canonical(terms, STATEMENT))));
  if (sum !== member(named, 'sha256', 'string', "the report's tariff")) fail('the tariff is not the one that the report names');
  steps.push(`The file has the tariff that the report names, SHA-256 ${sum}.`);
  if (Object.hasOwn(summary, 'cost')) {
    const cost = member(summary, 'cost', 'object', "the report's summary");
    notChecked.push(`THE COST, ${member(cost, 'total', 'string', "the report's cost")} ` +
      `${member(report, 'currency', 'string', REPORT)}: what was taken at which hour and price is not shown by the ` +
      "counter's ends. To check it, compute it from the readings and the tariff in the file.");
  }
  notChecked.push('Whether the tariff is the one that you agreed to: compare its SHA-256.');
}
