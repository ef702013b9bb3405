package io.blockofenergy.cloud.report;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

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
}
