// Numbers, money and ages in the browser's own locale; times.js has dates and times of day.

export const NONE = '–';
const KILO_FROM_W = 10_000;

const digits = (min, max = min) =>
  new Intl.NumberFormat(undefined, { minimumFractionDigits: min, maximumFractionDigits: max });

const whole = digits(0);
const one = digits(1);
const two = digits(2);
const three = digits(3);
const tick = digits(0, 1);
const axisNumber = digits(0, 3);
const share = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const signedShare = new Intl.NumberFormat(undefined, {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});
const relative = new Intl.RelativeTimeFormat(undefined, { style: 'narrow', numeric: 'auto' });

export const count = (n) => (Number.isFinite(n) ? whole.format(n) : NONE);
export const percent = (ratio) => (Number.isFinite(ratio) ? share.format(ratio) : NONE);
export const signedPercent = (ratio) => (Number.isFinite(ratio) ? signedShare.format(ratio) : NONE);
export const days = (n) => tick.format(n);

/** Power for reading at a glance: watts, or kilowatts from 10 kW on. */
export function power(watts) {
  if (!Number.isFinite(watts)) return { text: NONE, unit: 'W' };
  if (Math.abs(watts) >= KILO_FROM_W) return { text: two.format(watts / 1000), unit: 'kW' };
  const small = Math.abs(watts) < 100 && !Number.isInteger(watts);
  return { text: (small ? one : whole).format(watts), unit: 'W' };
}

export function powerText(watts) {
  if (!Number.isFinite(watts)) return NONE;
  const { text, unit } = power(watts);
  return `${text} ${unit}`;
}

const quantityFormats = {
  voltageV: [one, 'V'],
  currentA: [three, 'A'],
  powerFactor: [two, ''],
  energyImportKwh: [three, 'kWh'],
  energyExportKwh: [three, 'kWh'],
  apparentPowerVa: [whole, 'VA'],
  reactivePowerVar: [whole, 'var'],
  frequencyHz: [two, 'Hz'],
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
  const [format, unit] = quantityFormats[name] ?? [three, ''];
  return unit ? `${format.format(value)} ${unit}` : format.format(value);
}

/** Energy with as many digits as are of use; a tariff's figures have two to six. */
export function energy(kwh) {
  if (!Number.isFinite(kwh)) return { text: NONE, unit: 'kWh' };
  const size = Math.abs(kwh);
  if (size >= 100_000) return { text: one.format(kwh / 1000), unit: 'MWh' };
  return { text: (size < 10 ? two : size < 1000 ? one : whole).format(kwh), unit: 'kWh' };
}

export function energyText(kwh) {
  if (!Number.isFinite(kwh)) return NONE;
  const { text, unit } = energy(kwh);
  return `${text} ${unit}`;
}

/** The ticks of an axis of energy. */
export const axisEnergy = (ticks) => ticks.map((kwh) => `${axisNumber.format(kwh)} kWh`);

/**
 * An amount as the server gives it, a decimal text, which is never made a binary fraction here.
 *
 * @param currency ISO 4217; without one there is nothing to say
 */
export function money(amount, currency) {
  if (amount === null || amount === undefined || !currency) return NONE;
  return moneyFormat(currency, {}).format(amount);
}

/** The same in parts, for a large figure: {text, unit}, the currency being the unit. */
export function moneyParts(amount, currency) {
  if (amount === null || amount === undefined || !currency) return { text: NONE, unit: '' };
  const parts = moneyFormat(currency, {}).formatToParts(amount);
  const text = parts
    .filter(({ type }) => type !== 'currency')
    .map(({ value }) => value)
    .join('')
    .trim();
  return { text, unit: parts.find(({ type }) => type === 'currency').value };
}

/** The price of a kilowatt-hour, with all its digits. */
export const unitPrice = (amount, currency) => moneyFormat(currency, { maximumFractionDigits: 6 }).format(amount);

export const axisMoney = (currency) => (ticks) =>
  ticks.map((amount) => moneyFormat(currency, { minimumFractionDigits: 0, maximumFractionDigits: 2 }).format(amount));

const moneyFormats = new Map();
function moneyFormat(currency, digits) {
  const key = currency + JSON.stringify(digits);
  if (!moneyFormats.has(key)) {
    moneyFormats.set(key, new Intl.NumberFormat(undefined, { style: 'currency', currency, ...digits }));
  }
  return moneyFormats.get(key);
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
