// Numbers, dates and ages in the browser's own locale.

export const NONE = '–';
const KILO_FROM_W = 10_000;

const digits = (min, max = min) =>
  new Intl.NumberFormat(undefined, { minimumFractionDigits: min, maximumFractionDigits: max });

const whole = digits(0);
const one = digits(1);
const two = digits(2);
const three = digits(3);
const tick = digits(0, 1);
const share = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const clockMinute = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { style: 'narrow', numeric: 'auto' });

export const count = (n) => (Number.isFinite(n) ? whole.format(n) : NONE);
export const percent = (ratio) => (Number.isFinite(ratio) ? share.format(ratio) : NONE);
export const minute = (ms) => clockMinute.format(ms);
export const fullTime = (ms) => dateTime.format(ms);

/** Power for reading at a glance: watts, or kilowatts from 10 kW on. */
export function power(watts) {
  if (!Number.isFinite(watts)) return { text: NONE, unit: 'W' };
  if (Math.abs(watts) >= KILO_FROM_W) return { text: two.format(watts / 1000), unit: 'kW' };
  const small = Math.abs(watts) < 100 && !Number.isInteger(watts);
  return { text: (small ? one : whole).format(watts), unit: 'W' };
}

export function powerText(watts) {
  const { text, unit } = power(watts);
  return `${text} ${unit}`;
}

const quantityFormats = {
  voltageV: [one, 'V'],
  currentA: [three, 'A'],
  powerFactor: [two, ''],
  energyImportKwh: [three, 'kWh'],
};

/** The ticks of an axis, all in the unit that suits the largest. */
export function axisPower(ticks) {
  const kilo = Math.max(...ticks.map(Math.abs)) >= KILO_FROM_W;
  return ticks.map((watts) => (kilo ? `${tick.format(watts / 1000)} kW` : `${tick.format(watts)} W`));
}

/** A quantity of a reading with its unit, by the name it has in the reading. */
export function quantity(name, value) {
  if (!Number.isFinite(value)) return NONE;
  if (name === 'powerW') return powerText(value);
  const [format, unit] = quantityFormats[name];
  return unit ? `${format.format(value)} ${unit}` : format.format(value);
}

/** The time of day for today, date and time for any other day. */
export function when(ms, now) {
  if (!Number.isFinite(ms)) return NONE;
  const sameDay = new Date(ms).toDateString() === new Date(now).toDateString();
  return (sameDay ? clockTime : dateTime).format(ms);
}

export function age(ms, now) {
  if (!Number.isFinite(ms)) return NONE;
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 60) return relative.format(-seconds, 'second');
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return relative.format(-Math.floor(seconds / 3600), 'hour');
  return relative.format(-Math.floor(seconds / 86_400), 'day');
}

export function shortHash(hex) {
  return hex ? `${hex.replace(/^0x/, '').slice(0, 12)}…` : NONE;
}
