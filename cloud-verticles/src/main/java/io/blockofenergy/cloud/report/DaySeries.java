package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.storage.CounterPoint;
import io.blockofenergy.cloud.storage.CounterRange;
import io.blockofenergy.cloud.storage.QuarterRollup;
import io.blockofenergy.cloud.storage.Rollup;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What reports need of one device's rollups of one UTC day, in arrays. Immutable once read.
 *
 * <p>Power over time is for devices without a counter: each sample holds until the next one, at
 * most 11 minutes. The day's last one is kept apart, for the next is of another day. Powers are
 * rounded to whole milliwatts, so that sums of milliwatt-milliseconds are exact.
 */
final class DaySeries {
  static final long HOLD_MILLISECONDS = 11 * 60_000L;

  private static final int BYTES = 300;
  private static final int ABSENT = -1;
  private static final long MOST_MW = 1_000_000_000_000L;

  private static final double MW = 1000;
  private static final double MOST_PLAIN_W = 1e9;
  private static final long NO_PEAK = Long.MIN_VALUE;

  /** Number of the day's first quarter hour. */
  final long first;

  final CounterPoints imported;
  final CounterPoints exported;

  /** Greatest power in watts; NaN without any. */
  final double[] peakW = new double[Quarters.OF_DAY];

  /** Of readings, milliseconds in the quarter hour; -1 without any. */
  private final int[] firstAt = new int[Quarters.OF_DAY];

  private final int[] lastAt = new int[Quarters.OF_DAY];

  /** Taken and given, in milliwatt-milliseconds; null without samples. */
  final long[] taken;

  final long[] given;

  /** Of power samples, Unix milliseconds; meaningless without samples. */
  final long firstSampleAt;

  final long lastSampleAt;
  final long lastSampleMw;

  /**
   * @param rollups of the day, one a counter epoch
   * @throws IllegalArgumentException when a quarter hour is not of a day
   */
  DaySeries(LocalDate day, List<Rollup> rollups) {
    first = day.toEpochDay() * Quarters.OF_DAY;
    Arrays.fill(peakW, Double.NaN);
    Arrays.fill(firstAt, ABSENT);
    Arrays.fill(lastAt, ABSENT);
    CounterPoints.Builder imports = new CounterPoints.Builder();
    CounterPoints.Builder exports = new CounterPoints.Builder();
    TreeMap<Long, Long> samples = new TreeMap<>();
    for (Rollup rollup : rollups) {
      for (Map.Entry<Integer, QuarterRollup> entry : rollup.quarters().entrySet()) {
        int quarter = entry.getKey();
        if (quarter < 0 || quarter >= Quarters.OF_DAY) {
          throw new IllegalArgumentException("a day has no quarter hour " + quarter);
        }
        QuarterRollup its = entry.getValue();
        its.imported().ifPresent(range -> imports.add(quarter, rollup.counterEpoch(), range));
        its.exported().ifPresent(range -> exports.add(quarter, rollup.counterEpoch(), range));
        read(quarter, its, samples);
      }
    }
    imported = imports.build();
    exported = exports.build();
    taken = samples.isEmpty() ? null : new long[Quarters.OF_DAY];
    given = samples.isEmpty() ? null : new long[Quarters.OF_DAY];
    firstSampleAt = samples.isEmpty() ? 0 : samples.firstKey();
    lastSampleAt = samples.isEmpty() ? 0 : samples.lastKey();
    lastSampleMw = samples.isEmpty() ? 0 : samples.get(lastSampleAt);
    long at = 0;
    long mw = 0;
    for (Map.Entry<Long, Long> sample : samples.entrySet()) {
      if (at != 0) {
        hold(at, sample.getKey(), mw, first, taken, given);
      }
      at = sample.getKey();
      mw = sample.getValue();
    }
  }

  /** See {@link #write}. */
  private DaySeries(LocalDate day, PackedInput in) {
    first = day.toEpochDay() * Quarters.OF_DAY;
    long begin = first * Quarters.MILLISECONDS;
    imported = CounterPoints.read(in, begin);
    exported = CounterPoints.read(in, begin);
    for (int quarter = 0; quarter < Quarters.OF_DAY; quarter++) {
      firstAt[quarter] = in.number(Integer.MIN_VALUE, Integer.MAX_VALUE);
      lastAt[quarter] = in.number(Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    boolean plain = in.number(0, 1) == 1;
    for (int quarter = 0; quarter < Quarters.OF_DAY; quarter++) {
      if (plain) {
        long mw = in.number();
        peakW[quarter] = mw == NO_PEAK ? Double.NaN : mw / MW;
      } else {
        peakW[quarter] = in.real();
      }
    }
    boolean sampled = in.number(0, 1) == 1;
    taken = sampled ? numbers(in) : null;
    given = sampled ? numbers(in) : null;
    firstSampleAt = sampled ? begin + in.number() : 0;
    lastSampleAt = sampled ? begin + in.number() : 0;
    lastSampleMw = sampled ? in.number() : 0;
  }

  /**
   * @throws IllegalArgumentException when it is damaged
   */
  static DaySeries read(LocalDate day, PackedInput in) {
    return new DaySeries(day, in);
  }

  /** All but the day. */
  void write(PackedOutput out) {
    long begin = first * Quarters.MILLISECONDS;
    imported.write(out, begin);
    exported.write(out, begin);
    for (int quarter = 0; quarter < Quarters.OF_DAY; quarter++) {
      out.number(firstAt[quarter]);
      out.number(lastAt[quarter]);
    }
    boolean plain = Arrays.stream(peakW).allMatch(DaySeries::isWholeMilliwatts);
    out.number(plain ? 1 : 0);
    for (double watts : peakW) {
      if (plain) {
        out.number(Double.isNaN(watts) ? NO_PEAK : Math.round(watts * MW));
      } else {
        out.real(watts);
      }
    }
    out.number(taken == null ? 0 : 1);
    if (taken != null) {
      Arrays.stream(taken).forEach(out::number);
      Arrays.stream(given).forEach(out::number);
      out.number(firstSampleAt - begin);
      out.number(lastSampleAt - begin);
      out.number(lastSampleMw);
    }
  }

  /** Whether it is the same again after it was written as such. Minus zero is not. */
  private static boolean isWholeMilliwatts(double watts) {
    return Double.isNaN(watts)
        || Math.abs(watts) < MOST_PLAIN_W
            && Double.compare(Math.round(watts * MW) / MW, watts) == 0;
  }

  private static long[] numbers(PackedInput in) {
    long[] numbers = new long[Quarters.OF_DAY];
    Arrays.setAll(numbers, i -> in.number());
    return numbers;
  }

  private void read(int quarter, QuarterRollup its, TreeMap<Long, Long> samples) {
    its.peakW()
        .ifPresent(
            watts ->
                peakW[quarter] =
                    Double.isNaN(peakW[quarter]) ? watts : Math.max(peakW[quarter], watts));
    its.imported().ifPresent(range -> seen(quarter, range));
    its.exported().ifPresent(range -> seen(quarter, range));
    long begin = (first + quarter) * Quarters.MILLISECONDS;
    its.powerW()
        .forEach(
            (millisecond, watts) -> {
              seen(quarter, millisecond, millisecond);
              samples.merge(begin + millisecond, milliwatts(watts), Math::max);
            });
    if (firstAt[quarter] == ABSENT && its.peakW().isPresent()) {
      // There was one, but nobody knows when: it bridges nothing.
      firstAt[quarter] = (int) Quarters.MILLISECONDS - 1;
      lastAt[quarter] = 0;
    }
  }

  private static long milliwatts(double watts) {
    if (Math.abs(watts) > 1e9) {
      return watts < 0 ? -MOST_MW : MOST_MW;
    }
    return BigDecimal.valueOf(watts)
        .movePointRight(3)
        .setScale(0, RoundingMode.HALF_UP)
        .longValueExact();
  }

  private void seen(int quarter, CounterRange range) {
    seen(quarter, millisecond(quarter, range.first()), millisecond(quarter, range.last()));
  }

  private int millisecond(int quarter, CounterPoint point) {
    return (int) (point.at().toEpochMilli() - (first + quarter) * Quarters.MILLISECONDS);
  }

  private void seen(int quarter, int from, int to) {
    firstAt[quarter] = firstAt[quarter] == ABSENT ? from : Math.min(firstAt[quarter], from);
    lastAt[quarter] = Math.max(lastAt[quarter], to);
  }

  /**
   * Spreads a sample's energy.
   *
   * @param at when the sample was taken, Unix milliseconds
   * @param next when the next one was
   * @param mw the sample
   * @param first number of the quarter hour that the arrays begin with; what is outside of them is
   *     left out
   * @param taken gets what is above zero
   * @param given gets what is below
   */
  static void hold(long at, long next, long mw, long first, long[] taken, long[] given) {
    long end = Math.min(next, at + HOLD_MILLISECONDS);
    long[] target = mw < 0 ? given : taken;
    for (long from = at; from < end; ) {
      long quarter = Math.floorDiv(from, Quarters.MILLISECONDS);
      long to = Math.min(end, (quarter + 1) * Quarters.MILLISECONDS);
      int place = (int) Math.max(Math.min(quarter - first, Integer.MAX_VALUE), -1);
      if (place >= 0 && place < target.length) {
        target[place] += Math.abs(mw) * (to - from);
      }
      from = to;
    }
  }

  boolean hasReading(int quarter) {
    return firstAt[quarter] != ABSENT;
  }

  /** Unix milliseconds of the quarter hour's first reading that is known. */
  long firstAt(int quarter) {
    return (first + quarter) * Quarters.MILLISECONDS + firstAt[quarter];
  }

  /** Of its last. */
  long lastAt(int quarter) {
    return (first + quarter) * Quarters.MILLISECONDS + lastAt[quarter];
  }

  boolean hasSamples() {
    return taken != null;
  }

  int bytes() {
    return BYTES
        + Quarters.OF_DAY * (8 + 4 + 4 + (taken == null ? 0 : 16))
        + imported.bytes()
        + exported.bytes();
  }
}
