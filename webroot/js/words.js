// Verdicts and anomalies in plain words.

import { energyText, percent, powerText } from './format.js';

const TITLES = {
  reset: 'The counter started anew',
  rollback: 'The counter went back',
  'zero-glitch': 'The counter read zero for a moment',
  'implausible-jump': 'The counter jumped',
  gap: 'Readings are missing',
};

/**
 * What a verdict on a counter means for the figures.
 *
 * @return {title, text}
 */
export function verdictWords({ kind, beforeKwh, afterKwh, energyKwh }) {
  const span = `from ${energyText(beforeKwh)} to ${energyText(afterKwh)}`;
  const counted = energyText(energyKwh);
  const texts = {
    reset: `It fell ${span}. What flowed between the two readings is not known and not counted.`,
    rollback: `It fell ${span}. The fall counts nothing; counting goes on from the lower value.`,
    'zero-glitch': `It fell ${span} and came back. The low readings are passed over; ${counted} are counted around them.`,
    'implausible-jump': `It rose by ${counted}, more than the device's highest power allows. It is counted as it was read.`,
    gap: `The ${counted} used meanwhile are counted, but not when they flowed.`,
  };
  return { title: TITLES[kind] ?? kind, text: texts[kind] ?? `Counted: ${counted}.` };
}

const ANOMALIES = { spike: 'More than expected', dip: 'Less than expected', pattern: 'Another pattern' };
export const SEVERITIES = { low: 'Low', medium: 'Medium', high: 'High' };

export function anomalyWords({ kind, actualW, expectedW, lowW, highW }) {
  const range = Number.isFinite(lowW) && Number.isFinite(highW) ? ` (${powerText(lowW)} to ${powerText(highW)})` : '';
  return {
    title: ANOMALIES[kind] ?? kind,
    text: `${powerText(actualW)} where ${powerText(expectedW)} were expected${range}`,
  };
}

/** How a figure compares with that of the period before: {text, direction: up | down | same | none}. */
export function comparison(ratio, name) {
  if (!Number.isFinite(ratio)) return { text: 'Nothing to compare with', direction: 'none' };
  if (Math.abs(ratio) < 0.005) return { text: `As much as ${name}`, direction: 'same' };
  const more = ratio > 0;
  return {
    text: `${percent(Math.abs(ratio))} ${more ? 'more' : 'less'} than ${name}`,
    direction: more ? 'up' : 'down',
  };
}
