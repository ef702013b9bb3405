package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.cloud.storage.CounterPoint;
import io.blockofenergy.cloud.storage.CounterRange;
import io.blockofenergy.cloud.storage.QuarterRollup;
import io.blockofenergy.cloud.storage.Rollup;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a device's rollups say of its power: the energy between two points of a counter was taken
 * evenly between them. Where they lie more than an hour apart, where the counter has changed or
 * fallen, or where it cannot have been, nothing is known. Used by one thread.
 */
final class PowerCurve {
  private static final double LONGEST_MS = 3_600_000;

  /** How long a power holds that no other follows. */
  private static final double LONGEST_POWER_MS = 660_000;

  private static final double LONGEST_FALL_MS = 24 * 3_600_000.0;

  /** Share of an hour that must be known for it to be. */
  private static final double COMPLETE = 0.95;

  private static final double HOUR_MS = 3_600_000;
  private static final int QUARTER_MS = 900_000;

  private record Point(String epoch, CounterPoint counter) {
    long at() {
      return counter.at().toEpochMilli();
    }

    double kwh() {
      return counter.kwh();
    }
  }

  private final long firstMs;
  private final double ceilingW;
  private final double[] energyWms;
  private final double[] knownMs;

  private PowerCurve(long firstHour, int hours, double ceilingW) {
    this.firstMs = firstHour * 1_000;
    this.ceilingW = ceilingW;
    this.energyWms = new double[hours];
    this.knownMs = new double[hours];
  }

  /**
   * @param rollups of one device, of at least the hours and those around them
   * @param firstHour Unix seconds
   * @param ceilingW more than a device can draw or feed in: steps beyond are no energy
   */
  static HourSeries of(
      List<Rollup> rollups, ZoneId zone, long firstHour, int hours, double ceilingW) {
    Optional<double[]> imported =
        counted(rollups, QuarterRollup::imported, firstHour, hours, ceilingW);
    Optional<double[]> exported =
        counted(rollups, QuarterRollup::exported, firstHour, hours, ceilingW);
    double[] powerW;
    if (imported.isEmpty() && exported.isEmpty()) {
      powerW = measured(rollups, firstHour, hours, ceilingW);
    } else {
      powerW = imported.orElseGet(() -> new double[hours]);
      // A meter that has fed in before but not lately may not name its counter for that.
      exported.ifPresent(
          out -> Arrays.setAll(powerW, i -> powerW[i] - (Double.isNaN(out[i]) ? 0 : out[i])));
    }
    return new HourSeries(zone, firstHour, powerW);
  }

  private static Optional<double[]> counted(
      List<Rollup> rollups,
      Function<QuarterRollup, Optional<CounterRange>> counter,
      long firstHour,
      int hours,
      double ceilingW) {
    List<Point> points = new ArrayList<>();
    for (Rollup rollup : rollups) {
      for (QuarterRollup quarter : rollup.quarters().values()) {
        counter
            .apply(quarter)
            .ifPresent(
                range -> {
                  points.add(new Point(rollup.counterEpoch(), range.first()));
                  if (!range.last().equals(range.first())) {
                    points.add(new Point(rollup.counterEpoch(), range.last()));
                  }
                });
      }
    }
    if (points.isEmpty()) {
      return Optional.empty();
    }
    points.sort(Comparator.comparingLong(Point::at));
    PowerCurve curve = new PowerCurve(firstHour, hours, ceilingW);
    Point before = points.get(0);
    for (int i = 1; i < points.size(); i++) {
      Point point = points.get(i);
      boolean sameCounter = point.epoch().equals(before.epoch());
      if (sameCounter && point.kwh() < before.kwh() && returns(points, i, before)) {
        continue;
      }
      double ms = point.at() - before.at();
      if (sameCounter && ms > 0 && ms <= LONGEST_MS && point.kwh() >= before.kwh()) {
        curve.span(before.at(), point.at(), (point.kwh() - before.kwh()) * 1_000 * HOUR_MS / ms);
      }
      before = point;
    }
    return Optional.of(curve.means());
  }

  /** Whether the counter is back where it was within a day: it had shown a wrong value. */
  private static boolean returns(List<Point> points, int fallen, Point before) {
    for (int i = fallen + 1; i < points.size(); i++) {
      Point later = points.get(i);
      if (later.at() - before.at() > LONGEST_FALL_MS || !later.epoch().equals(before.epoch())) {
        return false;
      }
      if (later.kwh() >= before.kwh()) {
        return true;
      }
    }
    return false;
  }

  private static double[] measured(
      List<Rollup> rollups, long firstHour, int hours, double ceilingW) {
    record Sample(long at, double powerW) {}
    List<Sample> samples = new ArrayList<>();
    for (Rollup rollup : rollups) {
      long day = rollup.day().atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
      rollup
          .quarters()
          .forEach(
              (quarter, of) ->
                  of.powerW()
                      .forEach(
                          (ms, powerW) ->
                              samples.add(
                                  new Sample(day + (long) quarter * QUARTER_MS + ms, powerW))));
    }
    samples.sort(Comparator.comparingLong(Sample::at));
    PowerCurve curve = new PowerCurve(firstHour, hours, ceilingW);
    for (int i = 0; i + 1 < samples.size(); i++) {
      Sample sample = samples.get(i);
      long end = samples.get(i + 1).at();
      curve.span(
          sample.at(), Math.min(end, sample.at() + (long) LONGEST_POWER_MS), sample.powerW());
    }
    return curve.means();
  }

  private void span(long fromMs, long toMs, double powerW) {
    if (Math.abs(powerW) > ceilingW) {
      return;
    }
    int last = (int) Math.min(knownMs.length - 1L, Math.floorDiv(toMs - firstMs, (long) HOUR_MS));
    for (int hour = (int) Math.max(0, Math.floorDiv(fromMs - firstMs, (long) HOUR_MS));
        hour <= last;
        hour++) {
      double begin = firstMs + hour * HOUR_MS;
      double ms = Math.min(toMs, begin + HOUR_MS) - Math.max(fromMs, begin);
      if (ms > 0) {
        knownMs[hour] += ms;
        energyWms[hour] += ms * powerW;
      }
    }
  }

  private double[] means() {
    double[] means = new double[knownMs.length];
    Arrays.setAll(
        means,
        hour -> knownMs[hour] < COMPLETE * HOUR_MS ? Double.NaN : energyWms[hour] / knownMs[hour]);
    return means;
  }

  /** The UTC day that holds an instant. */
  static LocalDate day(long seconds) {
    return Instant.ofEpochSecond(seconds).atZone(ZoneOffset.UTC).toLocalDate();
  }
}
