// Dates and times of day in the browser's locale and in the time zone of a site.

import { NONE } from './format.js';
import { firstDay, lastDay } from './calendar.js';

const cache = new Map();

/** The formats of a zone; those of the browser's own without one or with one that it does not know. */
export function times(zone) {
  const key = zone ?? '';
  if (!cache.has(key)) cache.set(key, new Times(zone));
  return cache.get(key);
}

class Times {
  #formats = new Map();

  constructor(zone) {
    this.zone = known(zone) ? zone : Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  minute = (ms) => this.#format({ timeStyle: 'short' }, ms);
  full = (ms) => this.#format({ dateStyle: 'medium', timeStyle: 'medium' }, ms);
  dayMinute = (ms) =>
    this.#format({ weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' }, ms);
  date = (ms) => this.#format({ dateStyle: 'medium' }, ms);
  weekday = (ms) => this.#format({ weekday: 'short', day: 'numeric' }, ms);

  /** The time of day for today, date and time for any other day. */
  when(ms, now) {
    if (!Number.isFinite(ms)) return NONE;
    return this.date(ms) === this.date(now) ? this.#format({ timeStyle: 'medium' }, ms) : this.full(ms);
  }

  /** From when to when, what both have in common said once. */
  range(from, to) {
    if (!Number.isFinite(from) || !Number.isFinite(to)) return NONE;
    const options = { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' };
    return this.#of(options).formatRange(from, Math.max(from, to));
  }

  #format(options, ms) {
    return Number.isFinite(ms) ? this.#of(options).format(ms) : NONE;
  }

  #of(options) {
    const key = JSON.stringify(options);
    if (!this.#formats.has(key)) {
      this.#formats.set(key, new Intl.DateTimeFormat(undefined, { ...options, timeZone: this.zone }));
    }
    return this.#formats.get(key);
  }
}

function known(zone) {
  try {
    return Boolean(zone && Intl.DateTimeFormat(undefined, { timeZone: zone }));
  } catch {
    return false;
  }
}

const utc = (options) => new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' });
const fullDay = utc({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const mediumDay = utc({ weekday: 'short', day: 'numeric', month: 'short' });
const dayRange = utc({ day: 'numeric', month: 'long', year: 'numeric' });
const month = utc({ month: 'long', year: 'numeric' });
const shortMonth = utc({ month: 'short' });
const dayOfMonth = utc({ day: 'numeric' });
const weekdayOf = utc({ weekday: 'short', day: 'numeric' });
const hour = utc({ timeStyle: 'short' });
const shortHour = utc({ hour: 'numeric' });

/** What people call a period. */
export function periodName(kind, text) {
  if (kind === 'daily') return fullDay.format(firstDay(kind, text));
  if (kind === 'weekly') {
    return `Week ${Number(text.slice(6))}, ${dayRange.formatRange(firstDay(kind, text), lastDay(kind, text))}`;
  }
  return kind === 'monthly' ? month.format(firstDay(kind, text)) : text;
}

/** The label of a report's row, as 00:00, 2026-11-23 or 2026-11, for a table. */
export function rowName(label) {
  if (label.includes(':')) return hour.format(new Date(`1970-01-01T${label}:00Z`));
  return label.length === 7 ? month.format(firstDay('monthly', label)) : mediumDay.format(firstDay('daily', label));
}

/** The same as short as it can be, for an axis. */
export function rowTick(kind, label) {
  if (kind === 'daily') return shortHour.format(new Date(`1970-01-01T${label}:00Z`));
  if (kind === 'yearly') return shortMonth.format(firstDay('monthly', label));
  return (kind === 'weekly' ? weekdayOf : dayOfMonth).format(firstDay('daily', label));
}
