package io.blockofenergy.cloud.report;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A device's days of a UTC month. Immutable.
 *
 * @param versions by day of the month
 * @param days by day, from the first one; null without rollups
 * @param stored the versions of the days that the store is thought to keep in this form
 */
record MonthSeries(Map<Integer, Long> versions, DaySeries[] days, Map<Integer, Long> stored) {
  private static final int BYTES = 1000;

  /** Bytes of memory, about. */
  long bytes() {
    return BYTES + Arrays.stream(days).filter(Objects::nonNull).mapToLong(DaySeries::bytes).sum();
  }

  /** When its first and last points of a counter are; empty without any. */
  Optional<long[]> points() {
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    for (DaySeries day : days) {
      for (CounterPoints points :
          day == null ? List.<CounterPoints>of() : List.of(day.imported, day.exported)) {
        if (points.count > 0) {
          first = Math.min(first, points.at[0]);
          last = Math.max(last, points.at[points.count - 1]);
        }
      }
    }
    return last == Long.MIN_VALUE ? Optional.empty() : Optional.of(new long[] {first, last});
  }
}
