package io.blockofenergy.cloud.report;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/** Quarter hours by number: {@code floor(Unix seconds / 900)}. */
final class Quarters {
  static final long MILLISECONDS = 900_000;
  static final int OF_DAY = 96;
  private static final long SECONDS = 900;

  private Quarters() {}

  static long of(Instant instant) {
    return Math.floorDiv(instant.getEpochSecond(), SECONDS);
  }

  static Instant instant(long quarter) {
    return Instant.ofEpochSecond(quarter * SECONDS);
  }

  /**
   * The first quarter hour of a local day: where the day's first moment is in. That it is its begin
   * is so in all zones but Africa/Monrovia's until 1972.
   */
  static long of(LocalDate day, ZoneId zone) {
    return of(day.atStartOfDay(zone).toInstant());
  }
}
