package io.blockofenergy.cloud.report;

import java.time.LocalDate;
import java.time.ZoneId;

/**
 * Consecutive quarter hours that are counted.
 *
 * @param first number of the first one
 * @param length how many
 * @param judgedFrom number of the first one whose verdicts are kept
 * @param judgedTo number of the first one after those
 * @param zone whose months are billed
 */
record Span(long first, int length, long judgedFrom, long judgedTo, ZoneId zone) {
  /** The place of a quarter hour, -1 when it is outside. */
  int place(long quarter) {
    long place = quarter - first;
    return place >= 0 && place < length ? (int) place : -1;
  }

  long end() {
    return first + length;
  }

  /** The first quarter hour of the local month that a quarter hour is in. */
  long monthFrom(long quarter) {
    LocalDate day = Quarters.instant(quarter).atZone(zone).toLocalDate();
    return Quarters.of(day.withDayOfMonth(1), zone);
  }
}
