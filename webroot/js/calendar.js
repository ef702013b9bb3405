// Periods as texts: a day 2026-11-23, an ISO week 2026-W48, a month 2026-11, a year 2026. All
// arithmetic is on dates of the calendar, without a time zone, so no change of clocks disturbs it.

export const KINDS = ['daily', 'weekly', 'monthly', 'yearly'];

const FORMS = {
  daily: /^\d{4}-\d{2}-\d{2}$/,
  weekly: /^\d{4}-W\d{2}$/,
  monthly: /^\d{4}-\d{2}$/,
  yearly: /^\d{4}$/,
};
const DAY_MS = 86_400_000;

/** The kind of a period, by its form alone; undefined when it has none of these forms. */
export const kindOf = (text) => KINDS.find((kind) => FORMS[kind].test(text));

/** Whether the text names a period of the kind that is in the calendar, from 1970 to 9998. */
export function isPeriod(kind, text) {
  if (!FORMS[kind]?.test(text ?? '')) return false;
  const year = Number(text.slice(0, 4));
  if (year < 1970 || year > 9998) return false;
  return periodOf(kind, firstDay(kind, text)) === text;
}

/** The first day of a period, at midnight UTC, as a stand-in for the date. */
export function firstDay(kind, text) {
  if (kind === 'weekly') {
    // The week that has the 4th of January is the first, and weeks begin on Mondays.
    const fourth = new Date(Date.UTC(Number(text.slice(0, 4)), 0, 4));
    const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * DAY_MS;
    return new Date(monday + (Number(text.slice(6)) - 1) * 7 * DAY_MS);
  }
  const [year, month = 1, day = 1] = text.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day));
}

/** The last day of a period, as {@link firstDay}. */
export function lastDay(kind, text) {
  return new Date(firstDay(kind, step(kind, text, 1)).getTime() - DAY_MS);
}

/** The period of the kind that has the date. */
export function periodOf(kind, date) {
  if (Number.isNaN(date.getTime())) return '';
  if (kind === 'weekly') {
    const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY_MS);
    const year = thursday.getUTCFullYear();
    const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS));
    return `${pad(year, 4)}-W${pad(week, 2)}`;
  }
  return date.toISOString().slice(0, { daily: 10, monthly: 7, yearly: 4 }[kind]);
}

/** The period n later, or earlier. */
export function step(kind, text, n) {
  const date = firstDay(kind, text);
  if (kind === 'yearly') date.setUTCFullYear(date.getUTCFullYear() + n);
  else if (kind === 'monthly') date.setUTCMonth(date.getUTCMonth() + n);
  else date.setTime(date.getTime() + n * (kind === 'weekly' ? 7 : 1) * DAY_MS);
  return periodOf(kind, date);
}

/** The local date of an instant, as {@link firstDay}. */
export function localDate(ms, zone) {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric' })
    .formatToParts(ms)
    .reduce((all, { type, value }) => ({ ...all, [type]: Number(value) }), {});
  return new Date(Date.UTC(parts.year, parts.month - 1, parts.day));
}

export const current = (kind, ms, zone) => periodOf(kind, localDate(ms, zone));

/** The period of another kind to show next: the one with today where it can be, else the first. */
export function convert(from, text, to, today) {
  const first = firstDay(from, text);
  const within = today >= first && today <= lastDay(from, text);
  // Most of a week's days are in the month of its Thursday.
  const nearby = from === 'weekly' ? new Date(first.getTime() + 3 * DAY_MS) : first;
  return periodOf(to, within ? today : to === 'daily' ? first : nearby);
}

const pad = (n, length) => String(n).padStart(length, '0');
