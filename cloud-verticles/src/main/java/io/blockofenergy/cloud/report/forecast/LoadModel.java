package io.blockofenergy.cloud.report.forecast;

import java.time.ZoneId;
import java.util.Arrays;
import java.util.Optional;

/**
 * Learns a load hour by hour and forecasts the next {@value #LEADS} hours. What is usual at the
 * hour comes from {@link HourlyProfile}s; how much of it, of the same hour of the days before, and
 * of the level of late to believe is learned by one {@link OnlineRegression} a group of leads from
 * the outcomes of the forecasts that were made every hour; intervals come from their {@link
 * RecentErrors}. A few hundred kilobytes. For one thread.
 */
final class LoadModel {
  /** Hours ahead at most. */
  static final int LEADS = 48;

  /** Hours of data from which on it forecasts. */
  static final int NEEDED_HOURS = 7 * 24;

  private static final int[] GROUP_ENDS = {1, 3, 6, 12, 24, LEADS};

  /** One an hour: of eight weeks. */
  private static final int KEPT_ERRORS = 1_344;

  private static final int DAY = 24;
  private static final long DAY_SECONDS = 86_400;
  private static final double STEP = 0.005;
  private static final int FEATURES = 8;
  private static final double FLOOR = 0.03;

  /** Sums of how many hours have intervals of their own. */
  private static final int[] SUMS = {12, 24, LEADS};

  /** The next hours as they were forecast at one time. */
  private static final class Made {
    final double[][] features = new double[LEADS + 1][];
    final double[] expected = new double[LEADS + 1];
    final double[] scale = new double[LEADS + 1];
    double outcomes;
    int outcomesKnown;

    double expectedSum(int hours) {
      return Arrays.stream(expected, 1, hours + 1).sum();
    }

    double scaleSum(int hours) {
      return Arrays.stream(scale, 1, hours + 1).sum();
    }
  }

  /**
   * An hour's forecast.
   *
   * @param scaleW what errors at this hour usually are
   */
  record Point(double expectedW, double lowW, double highW, double scaleW) {}

  /** What the next hours come to. */
  record Energy(double expectedWh, double lowWh, double highWh) {}

  private final ZoneId zone;
  private final double[] history = new double[2 * HourSeries.HOURS_OF_WEEK];
  private final HourlyProfile profile = new HourlyProfile(0.12, 0.05);
  private final HourlyProfile spread = new HourlyProfile(0.2, 0.08);
  private final OnlineRegression[] regressions = new OnlineRegression[GROUP_ENDS.length];
  private final RecentErrors[] errors = new RecentErrors[GROUP_ENDS.length];
  private final RecentErrors[] sumErrors = new RecentErrors[SUMS.length];
  private final Made[] made = new Made[LEADS];
  private long next;
  private long known;
  private double least = Double.POSITIVE_INFINITY;
  private double size;
  private double lastResidual;
  private double dayLevel;
  private double weekLevel;

  /**
   * @param confidence share of outcomes that intervals are to hold
   * @param firstHour the first hour that will be added, Unix seconds
   */
  LoadModel(ZoneId zone, double confidence, long firstHour) {
    this.zone = zone;
    this.next = firstHour;
    Arrays.fill(history, Double.NaN);
    for (int i = 0; i < GROUP_ENDS.length; i++) {
      regressions[i] =
          new OnlineRegression(new double[] {0.4, 0.4, 0.2, 0, 0, 0, 0, 0}, 20, 0.9997);
      errors[i] = new RecentErrors(KEPT_ERRORS, confidence, STEP);
    }
    for (int i = 0; i < SUMS.length; i++) {
      // Sums of one hour and of the next are nearly the same: eight weeks hold few that are
      // independent, and their outermost are not far enough out.
      sumErrors[i] = new RecentErrors(KEPT_ERRORS, 1 - 0.7 * (1 - confidence), 0);
    }
  }

  /** The hour to come, Unix seconds. */
  long next() {
    return next;
  }

  long knownHours() {
    return known;
  }

  boolean ready() {
    return known >= NEEDED_HOURS;
  }

  /**
   * Learns the next hour.
   *
   * @param powerW its mean power; NaN when unknown
   */
  void add(double powerW) {
    int hourOfWeek = HourSeries.hourOfWeek(zone, next);
    if (!Double.isNaN(powerW)) {
      known++;
      least = Math.min(least, powerW);
      size += (Math.abs(powerW) - size) / Math.min(known, 672);
      settle(powerW);
      double residual = powerW - profile.around(hourOfWeek);
      lastResidual = known == 1 ? 0 : residual;
      dayLevel += (lastResidual - dayLevel) / 16;
      weekLevel += (lastResidual - weekLevel) / 96;
      if (known > 24) {
        Made then = madeAt(DAY);
        double expected = then == null ? profile.ofKind(hourOfWeek) : then.expected[DAY];
        spread.add(hourOfWeek, Math.abs(powerW - expected));
      }
      profile.add(hourOfWeek, powerW);
    } else {
      lastResidual *= 0.5;
    }
    history[index(next)] = powerW;
    next += HourSeries.HOUR;
    if (known > 24) {
      made[(int) Math.floorMod(next / HourSeries.HOUR, (long) LEADS)] = make();
    }
  }

  /** What became of the forecasts of this hour. */
  private void settle(double powerW) {
    for (int lead = 1; lead <= LEADS; lead++) {
      Made then = madeAt(lead);
      if (then == null || then.features[lead] == null) {
        continue;
      }
      int group = group(lead);
      // Scaled, so that a kettle and a clock weigh the same beside the prior.
      double unit = Math.max(size, 1);
      double[] features = then.features[lead];
      double[] scaled = new double[FEATURES];
      Arrays.setAll(scaled, i -> features[i] / unit);
      regressions[group].learn(scaled, powerW / unit);
      if (lead == sampled(group)) {
        errors[group].add((powerW - then.expected[lead]) / then.scale[lead]);
      }
      settleSum(then, lead, powerW);
    }
  }

  private void settleSum(Made then, int lead, double powerW) {
    then.outcomes += powerW;
    then.outcomesKnown++;
    for (int i = 0; i < SUMS.length; i++) {
      if (lead == SUMS[i] && then.outcomesKnown == lead) {
        sumErrors[i].add((then.outcomes - then.expectedSum(lead)) / then.scaleSum(lead));
      }
    }
  }

  /** Of a group's leads one an hour in turn, so that what is kept goes back for weeks. */
  private int sampled(int group) {
    int first = group == 0 ? 1 : GROUP_ENDS[group - 1] + 1;
    long hour = next / HourSeries.HOUR;
    return first + (int) Math.floorMod(hour * 7 + hour / 24, (long) GROUP_ENDS[group] - first + 1);
  }

  /** The forecast whose so many-eth hour is the one to come. */
  private Made madeAt(int lead) {
    long origin = next / HourSeries.HOUR - (lead - 1);
    return made[(int) Math.floorMod(origin, (long) LEADS)];
  }

  private Made make() {
    Made now = new Made();
    for (int lead = 1; lead <= LEADS; lead++) {
      long hour = next + (long) (lead - 1) * HourSeries.HOUR;
      int hourOfWeek = HourSeries.hourOfWeek(zone, hour);
      double kind = profile.ofKind(hourOfWeek);
      double fade = Math.exp(-lead / 6.0);
      double day = lastSuch(hour);
      double week = history[index(hour - (long) HourSeries.HOURS_OF_WEEK * HourSeries.HOUR)];
      now.features[lead] =
          new double[] {
            kind,
            profile.ofWeek(hourOfWeek),
            profile.around(hourOfWeek),
            (Double.isNaN(day) ? kind : day) - kind,
            (Double.isNaN(week) ? kind : week) - kind,
            lastResidual * fade,
            dayLevel,
            weekLevel
          };
      now.expected[lead] = Math.max(least, regressions[group(lead)].predict(now.features[lead]));
      now.scale[lead] = scale(hourOfWeek, now.expected[lead]);
    }
    return now;
  }

  /** The same hour of the newest known workday, or day of a weekend, as the hour's own day is. */
  private double lastSuch(long hour) {
    boolean workday = workday(hour);
    for (long before = hour - DAY_SECONDS;
        before > hour - 14 * DAY_SECONDS;
        before -= DAY_SECONDS) {
      double powerW = before < next ? history[index(before)] : Double.NaN;
      if (!Double.isNaN(powerW) && workday(before) == workday) {
        return powerW;
      }
    }
    return Double.NaN;
  }

  private boolean workday(long hour) {
    return HourSeries.hourOfWeek(zone, hour) < 5 * DAY;
  }

  private double scale(int hourOfWeek, double expected) {
    double usual =
        0.5 * spread.ofKind(hourOfWeek)
            + 0.25 * spread.ofWeek(hourOfWeek)
            + 0.25 * spread.around(hourOfWeek);
    return Math.max(Math.max(usual, floor()), 0.15 * Math.abs(expected));
  }

  private double floor() {
    return Math.max(0.5, FLOOR * size);
  }

  private int index(long hour) {
    return (int) Math.floorMod(hour / HourSeries.HOUR, (long) history.length);
  }

  private static int group(int lead) {
    int group = 0;
    while (lead > GROUP_ENDS[group]) {
      group++;
    }
    return group;
  }

  /**
   * The hours to come.
   *
   * @param hours from 1 to {@value #LEADS}
   */
  Point[] forecast(int hours) {
    Made now = make();
    Point[] points = new Point[hours];
    for (int lead = 1; lead <= hours; lead++) {
      points[lead - 1] = point(now, lead);
    }
    return points;
  }

  private Point point(Made made, int lead) {
    RecentErrors past = errors[group(lead)];
    double expected = made.expected[lead];
    double scale = made.scale[lead];
    return new Point(
        expected,
        Math.max(least, Math.min(expected, expected + past.low() * scale)),
        Math.max(expected, expected + past.high() * scale),
        scale);
  }

  /** What was forecast a day ago of the hour to come; empty in the first days. */
  Optional<Point> dayAhead() {
    Made then = madeAt(DAY);
    if (!ready() || then == null) {
      return Optional.empty();
    }
    return Optional.of(point(then, DAY));
  }

  /** How far off, in units of the scale, an hour of the weeks before was at most; not negative. */
  double furthest(boolean above) {
    RecentErrors past = errors[group(DAY)];
    return Math.max(0, above ? past.highest() : -past.lowest());
  }

  /**
   * The energy of the next 12, 24 or 48 hours.
   *
   * @throws IllegalArgumentException for other numbers of hours
   */
  Energy energy(int hours) {
    int sum = Arrays.binarySearch(SUMS, hours);
    if (sum < 0) {
      throw new IllegalArgumentException("hours must be one of " + Arrays.toString(SUMS));
    }
    Made now = make();
    double expected = now.expectedSum(hours);
    double scale = now.scaleSum(hours);
    double least = this.least * hours;
    return new Energy(
        expected,
        Math.max(least, Math.min(expected, expected + sumErrors[sum].low() * scale)),
        Math.max(expected, expected + sumErrors[sum].high() * scale));
  }
}
