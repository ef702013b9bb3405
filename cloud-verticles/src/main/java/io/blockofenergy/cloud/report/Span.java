package io.blockofenergy.cloud.report;

/**
 * Consecutive quarter hours that are counted.
 *
 * @param first number of the first one
 * @param length how many
 * @param judgedFrom number of the first one whose verdicts are kept
 * @param judgedTo number of the first one after those
 */
record Span(long first, int length, long judgedFrom, long judgedTo) {
  /** The place of a quarter hour, -1 when it is outside. */
  int place(long quarter) {
    long place = quarter - first;
    return place >= 0 && place < length ? (int) place : -1;
  }

  long end() {
    return first + length;
  }
}
