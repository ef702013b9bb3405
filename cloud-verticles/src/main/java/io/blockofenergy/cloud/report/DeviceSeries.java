package io.blockofenergy.cloud.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What one device took and gave in a span, and what is odd about it. Immutable.
 *
 * <p>A device that has no counter yet has energy from its power, until the quarter hour of its
 * first counter reading: what it was estimated to have taken before does not go away when it gets
 * one.
 *
 * @param verdicts by time, those of the export counter that say what the other's do left out
 * @param verdictCount how many there are, of which the list may have but the first
 * @param isEstimated whether there was no counter in all of the span, so that energy is power over
 *     time
 * @param isDamaged whether it could not be read: nothing is known of it
 */
record DeviceSeries(
    Series series,
    List<Verdict> verdicts,
    int verdictCount,
    boolean isEstimated,
    boolean isDamaged) {
  private static final String IMPORT = "energyImportKwh";
  private static final String EXPORT = "energyExportKwh";
  private static final long BRIDGED_MILLISECONDS = 3_600_000;
  private static final long[] ZEROS = {};
  private static final long[][] NOTHING = {ZEROS, ZEROS};
  private static final long HALF_HOUR_S = 1800;
  private static final long HOUR_S = 3600;

  /**
   * Counts a device's days.
   *
   * @param days those that have rollups, by date: of the span, and enough before and after it, see
   *     {@link SeriesStore}
   * @param ends takes the readings at the ends of what is counted of its import counter
   */
  static DeviceSeries of(List<DaySeries> days, double ceilingW, Span span, Optional<Ends> ends) {
    boolean imports = days.stream().anyMatch(day -> day.imported.count > 0);
    boolean exports = days.stream().anyMatch(day -> day.exported.count > 0);
    long counts = firstCounted(days);
    double[] peaks = new double[span.length()];
    Arrays.fill(peaks, Double.NaN);
    int[] covered = new int[span.length()];
    cover(days, span, peaks, covered);
    CounterWalk in = walk(IMPORT, imports, days, day -> day.imported, ceilingW, span, ends);
    CounterWalk out =
        walk(EXPORT, exports, days, day -> day.exported, ceilingW, span, Optional.empty());
    long[][] estimate = counts > span.first() ? estimate(days, span, counts) : NOTHING;
    Series series =
        new Series(
            span.first(),
            plus(in == null ? ZEROS : in.uwh, estimate[0]),
            plus(out == null ? ZEROS : out.uwh, estimate[1]),
            in == null || in.gapUwh == null ? ZEROS : in.gapUwh,
            plus(in == null ? ZEROS : in.pricedUwh, estimate[0]),
            plus(out == null ? ZEROS : out.pricedUwh, estimate[1]),
            plus(estimate[0], estimate[1]),
            peaks,
            covered,
            1);
    List<Verdict> verdicts = new ArrayList<>();
    int count = 0;
    Set<String> known = new HashSet<>();
    for (CounterWalk each : Arrays.asList(in, out)) {
      if (each == null) {
        continue;
      }
      count += each.verdictCount;
      for (Verdict verdict : each.verdicts) {
        // A meter that was off, or was exchanged, was so for both counters.
        if (known.add(verdict.kind() + " " + verdict.to())) {
          verdicts.add(verdict);
        } else {
          count--;
        }
      }
    }
    verdicts.sort(Comparator.comparingLong(Verdict::to));
    boolean sampled = days.stream().anyMatch(DaySeries::hasSamples);
    return new DeviceSeries(
        series, List.copyOf(verdicts), count, counts >= span.end() && sampled, false);
  }

  /** One that could not be read. */
  static DeviceSeries damaged(Span span) {
    DeviceSeries nothing = of(List.of(), Double.MAX_VALUE, span, Optional.empty());
    return new DeviceSeries(nothing.series, List.of(), 0, false, true);
  }

  /** The quarter hour of the first point of a counter; after all when there is none. */
  private static long firstCounted(List<DaySeries> days) {
    for (DaySeries day : days) {
      CounterPoints in = day.imported;
      CounterPoints out = day.exported;
      if (in.count > 0 || out.count > 0) {
        return day.first
            + Math.min(
                in.count > 0 ? in.quarter[0] : Quarters.OF_DAY,
                out.count > 0 ? out.quarter[0] : Quarters.OF_DAY);
      }
    }
    return Long.MAX_VALUE;
  }

  /** An array of length 0 is all zeros. */
  private static long[] plus(long[] a, long[] b) {
    if (a.length == 0 || b.length == 0) {
      return a.length == 0 ? b : a;
    }
    long[] sum = new long[a.length];
    Arrays.setAll(sum, i -> Energy.plus(a[i], b[i]));
    return sum;
  }

  private static CounterWalk walk(
      String counter,
      boolean any,
      List<DaySeries> days,
      Function<DaySeries, CounterPoints> points,
      double ceilingW,
      Span span,
      Optional<Ends> ends) {
    if (!any) {
      return null;
    }
    return new CounterWalk(
            counter,
            days.stream().map(points).toList(),
            days.stream().mapToLong(day -> day.first).toArray(),
            ceilingW,
            span,
            ends)
        .walk();
  }

  /** Quarter hours with a reading, and those between two that are an hour apart at most. */
  private static void cover(List<DaySeries> days, Span span, double[] peaks, int[] covered) {
    long lastQuarter = Long.MIN_VALUE;
    long lastAt = 0;
    for (DaySeries day : days) {
      for (int i = 0; i < Quarters.OF_DAY; i++) {
        if (!day.hasReading(i)) {
          continue;
        }
        long quarter = day.first + i;
        boolean bridged =
            lastQuarter != Long.MIN_VALUE && day.firstAt(i) - lastAt <= BRIDGED_MILLISECONDS;
        for (long each = bridged ? lastQuarter + 1 : quarter; each <= quarter; each++) {
          int place = span.place(each);
          if (place >= 0) {
            covered[place] = 1;
          }
        }
        int place = span.place(quarter);
        if (place >= 0) {
          peaks[place] = day.peakW[i];
        }
        lastQuarter = quarter;
        lastAt = day.lastAt(i);
      }
    }
  }

  /**
   * Power over time, in µWh by quarter hour.
   *
   * @param end number of the quarter hour from which on nothing is estimated
   * @return what was taken and what was given
   */
  private static long[][] estimate(List<DaySeries> days, Span span, long end) {
    if (days.stream().noneMatch(DaySeries::hasSamples)) {
      return NOTHING;
    }
    long[] taken = new long[span.length()];
    long[] given = new long[span.length()];
    DaySeries before = null;
    for (DaySeries day : days) {
      if (!day.hasSamples()) {
        continue;
      }
      for (int i = 0; i < Quarters.OF_DAY; i++) {
        int place = span.place(day.first + i);
        if (place >= 0) {
          taken[place] += day.taken[i];
          given[place] += day.given[i];
        }
      }
      if (before != null) {
        DaySeries.hold(
            before.lastSampleAt,
            day.firstSampleAt,
            before.lastSampleMw,
            span.first(),
            taken,
            given);
      }
      before = day;
    }
    if (before != null) {
      DaySeries.hold(
          before.lastSampleAt, Long.MAX_VALUE, before.lastSampleMw, span.first(), taken, given);
    }
    for (int i = 0; i < taken.length; i++) {
      boolean counts = span.first() + i >= end;
      taken[i] = counts ? 0 : microwattHours(taken[i]);
      given[i] = counts ? 0 : microwattHours(given[i]);
    }
    return new long[][] {taken, given};
  }

  /** Of milliwatt-milliseconds, rounded half up. */
  private static long microwattHours(long milliwattMilliseconds) {
    return (milliwattMilliseconds + HALF_HOUR_S) / HOUR_S;
  }
}
