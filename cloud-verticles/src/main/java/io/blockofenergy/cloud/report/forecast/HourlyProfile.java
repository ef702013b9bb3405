package io.blockofenergy.cloud.report.forecast;

import java.util.Arrays;

/**
 * What is usual at each hour of the week, older weeks counting less, and the same with all workdays
 * and both days of the weekend taken together. For one thread.
 */
final class HourlyProfile {
  private static final int HOURS_OF_DAY = 24;
  private static final int FRIDAY = 4;

  private final double weekly;
  private final double daily;
  private final double[] ofWeek = new double[HourSeries.HOURS_OF_WEEK];
  private final double[] ofKind = new double[2 * HOURS_OF_DAY];
  private final long[] weeks = new long[HourSeries.HOURS_OF_WEEK];
  private final long[] days = new long[2 * HOURS_OF_DAY];
  private double mean;
  private long count;

  /**
   * @param weekly share of the newest week in an hour of the week, over 0, at most 1
   * @param daily share of the newest day in an hour of workdays or of weekends
   */
  HourlyProfile(double weekly, double daily) {
    this.weekly = weekly;
    this.daily = daily;
    Arrays.fill(ofWeek, Double.NaN);
    Arrays.fill(ofKind, Double.NaN);
  }

  void add(int hourOfWeek, double value) {
    count++;
    mean += (value - mean) / Math.min(count, 2L * HourSeries.HOURS_OF_WEEK);
    fold(ofWeek, weeks, hourOfWeek, value, weekly);
    fold(ofKind, days, kind(hourOfWeek), value, daily);
  }

  private static void fold(double[] means, long[] counts, int at, double value, double share) {
    counts[at]++;
    // A plain mean until the newest's share has come down to what it is to stay at.
    double weight = Math.max(share, 1.0 / counts[at]);
    means[at] = counts[at] == 1 ? value : means[at] + weight * (value - means[at]);
  }

  private static int kind(int hourOfWeek) {
    boolean workday = hourOfWeek / HOURS_OF_DAY <= FRIDAY;
    return (workday ? 0 : HOURS_OF_DAY) + hourOfWeek % HOURS_OF_DAY;
  }

  /** At this hour of such days; of other days when there was none. */
  double ofKind(int hourOfWeek) {
    double own = ofKind[kind(hourOfWeek)];
    if (!Double.isNaN(own)) {
      return own;
    }
    double other = ofKind[(kind(hourOfWeek) + HOURS_OF_DAY) % (2 * HOURS_OF_DAY)];
    return Double.isNaN(other) ? mean : other;
  }

  /** At this hour of the week; of such days when there was none. */
  double ofWeek(int hourOfWeek) {
    double own = ofWeek[hourOfWeek];
    return Double.isNaN(own) ? ofKind(hourOfWeek) : own;
  }

  /** With the hours before and after: events do not keep to the clock. */
  double around(int hourOfWeek) {
    int week = HourSeries.HOURS_OF_WEEK;
    return 0.25 * ofKind((hourOfWeek + week - 1) % week)
        + 0.5 * ofKind(hourOfWeek)
        + 0.25 * ofKind((hourOfWeek + 1) % week);
  }
}
