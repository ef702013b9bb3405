package io.blockofenergy.cloud.report.forecast;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;

/**
 * Mean power of consecutive hours that begin at full hours of a zone's standard time. Do not change
 * the array.
 *
 * @param zone whose weekdays and hours of the day count
 * @param firstHour begin of the first hour, Unix seconds
 * @param powerW mean of each hour in W, negative when more was fed in than taken; NaN when unknown
 */
record HourSeries(ZoneId zone, long firstHour, double[] powerW) {
  static final int HOUR = 3_600;
  static final int HOURS_OF_WEEK = 168;

  /** The begin of the hour that holds an instant. */
  static long hourOf(ZoneId zone, Instant at) {
    long shift = zone.getRules().getStandardOffset(at).getTotalSeconds();
    return Math.floorDiv(at.getEpochSecond() + shift, HOUR) * HOUR - shift;
  }

  /** From 0, Monday's first hour, to 167, by the clock on the wall. */
  static int hourOfWeek(ZoneId zone, long hour) {
    ZonedDateTime local = Instant.ofEpochSecond(hour).atZone(zone);
    return (local.getDayOfWeek().getValue() - 1) * 24 + local.getHour();
  }

  /** The hour after the last. */
  long end() {
    return firstHour + (long) powerW.length * HOUR;
  }

  long hour(int index) {
    return firstHour + (long) index * HOUR;
  }

  /** How many hours are known. */
  int known() {
    return (int) Arrays.stream(powerW).filter(value -> !Double.isNaN(value)).count();
  }
}
