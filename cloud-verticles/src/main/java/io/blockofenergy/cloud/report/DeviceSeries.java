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
 * @param verdicts by time, those of the export counter that say what the other's do left out
 * @param verdictCount how many there are, of which the list may have but the first
 * @param isEstimated whether there was no counter, so that energy is power over time
 */
record DeviceSeries(Series series, List<Verdict> verdicts, int verdictCount, boolean isEstimated) {
  private static final String IMPORT = "energyImportKwh";
  private static final String EXPORT = "energyExportKwh";
  private static final long BRIDGED_MILLISECONDS = 3_600_000;
  private static final long[] ZEROS = {};
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
    double[] peaks = new double[span.length()];
    Arrays.fill(peaks, Double.NaN);
    int[] covered = new int[span.length()];
    cover(days, span, peaks, covered);
    if (!imports && !exports && days.stream().anyMatch(DaySeries::hasSamples)) {
      return new DeviceSeries(estimate(days, span, peaks, covered), List.of(), 0, true);
    }
    CounterWalk in = walk(IMPORT, imports, days, day -> day.imported, ceilingW, span, ends);
    CounterWalk out =
        walk(EXPORT, exports, days, day -> day.exported, ceilingW, span, Optional.empty());
    Series series =
        new Series(
            span.first(),
            in == null ? ZEROS : in.uwh,
            out == null ? ZEROS : out.uwh,
            in == null || in.gapUwh == null ? ZEROS : in.gapUwh,
            in == null ? ZEROS : in.pricedUwh,
            out == null ? ZEROS : out.pricedUwh,
            ZEROS,
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
    return new DeviceSeries(series, List.copyOf(verdicts), count, false);
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

  private static Series estimate(List<DaySeries> days, Span span, double[] peaks, int[] covered) {
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
    long[] both = new long[span.length()];
    for (int i = 0; i < both.length; i++) {
      taken[i] = microwattHours(taken[i]);
      given[i] = microwattHours(given[i]);
      both[i] = taken[i] + given[i];
    }
    return new Series(span.first(), taken, given, ZEROS, taken, given, both, peaks, covered, 1);
  }

  /** Of milliwatt-milliseconds, rounded half up. */
  private static long microwattHours(long milliwattMilliseconds) {
    return (milliwattMilliseconds + HALF_HOUR_S) / HOUR_S;
  }
}
