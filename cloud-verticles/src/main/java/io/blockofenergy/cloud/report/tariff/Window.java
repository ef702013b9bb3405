package io.blockofenergy.cloud.report.tariff;

import java.time.DayOfWeek;
import java.util.Set;

/**
 * When a band holds, by the clock of the site.
 *
 * @param days on which it begins
 * @param fromQuarter quarter hour of the day in which it begins, 0 to 95
 * @param toQuarter the one before which it ends, 1 to 96; one that is not after {@code fromQuarter}
 *     is of the next day
 */
record Window(String band, Set<DayOfWeek> days, int fromQuarter, int toQuarter) {
  static final int QUARTERS_OF_DAY = 96;
  static final int QUARTERS_OF_WEEK = 7 * QUARTERS_OF_DAY;

  /** Puts a value to all quarter hours of the week, from Monday's first on, that it covers. */
  void fill(int[] week, int value) {
    int length =
        toQuarter > fromQuarter
            ? toQuarter - fromQuarter
            : toQuarter + QUARTERS_OF_DAY - fromQuarter;
    for (DayOfWeek day : days) {
      int begin = (day.getValue() - 1) * QUARTERS_OF_DAY + fromQuarter;
      for (int i = 0; i < length; i++) {
        week[(begin + i) % QUARTERS_OF_WEEK] = value;
      }
    }
  }
}
