package io.blockofenergy.cloud.report;

/**
 * A part of a period.
 *
 * @param label {@code 00:00}, {@code 2026-11-23} or {@code 2026-11}, local; an hour that the clocks
 *     repeat has the same one again
 * @param from number of its first quarter hour
 * @param to of the first one after it
 */
record PeriodRow(String label, long from, long to) {}
