package io.blockofenergy.cloud.report;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one device's raw readings come to, computed anew straight from what the documents say, with
 * decimals and instants, slowly, and with none of the code that it is compared with.
 */
final class NaiveMeter {
  private static final BigDecimal NO = BigDecimal.ZERO;

  record Step(Instant from, Instant to, BigDecimal kwh, boolean gap, boolean estimated) {}

  record Oddity(String kind, Instant to) {}

  private record Point(Reading reading, BigDecimal kwh) {
    Instant at() {
      return reading.measuredAt();
    }
  }

  final List<Step> steps = new ArrayList<>();
  final List<Oddity> oddities = new ArrayList<>();
  final List<Reading> readings;
  private final double ceilingW;
  private final Instant counts;

  NaiveMeter(List<Reading> raw, String counter, double ceilingW) {
    this.ceilingW = ceilingW;
    TreeMap<String, Reading> once = new TreeMap<>();
    for (Reading reading : raw) {
      once.put(reading.measuredAt().toEpochMilli() + 1e15 + reading.sortableId(), reading);
    }
    readings =
        once.values().stream()
            .sorted(Comparator.comparing(Reading::measuredAt).thenComparing(NaiveMeter::sortable))
            .toList();
    Map<String, List<Reading>> byQuarter = new TreeMap<>();
    for (Reading reading : readings) {
      if (reading.quantities().containsKey(counter)) {
        byQuarter
            .computeIfAbsent(
                quarter(reading.measuredAt()) + "/" + reading.counterEpoch(),
                none -> new ArrayList<>())
            .add(reading);
      }
    }
    List<Point> points = new ArrayList<>();
    for (List<Reading> quarter : byQuarter.values()) {
      points.add(point(quarter.get(0), counter));
      if (quarter.size() > 1) {
        points.add(point(quarter.get(quarter.size() - 1), counter));
      }
    }
    points.sort(Comparator.comparing(Point::at).thenComparing(point -> sortable(point.reading())));
    counts = points.isEmpty() ? Instant.MAX : points.get(0).at();
    if (counter.equals("energyImportKwh")) { // here no power is below zero
      estimate(points.isEmpty() ? Long.MAX_VALUE : quarter(points.get(0).at()));
    }
    walk(points, byQuarter, counter);
  }

  private static String sortable(Reading reading) {
    return ReadingId.parse(reading.id()).orElseThrow().sortable();
  }

  static long quarter(Instant at) {
    return Math.floorDiv(at.getEpochSecond(), 900);
  }

  private static Point point(Reading reading, String counter) {
    return new Point(
        reading,
        BigDecimal.valueOf(reading.quantities().get(counter)).setScale(9, RoundingMode.HALF_UP));
  }

  private void walk(List<Point> points, Map<String, List<Reading>> byQuarter, String counter) {
    for (int i = 0; i + 1 < points.size(); ) {
      Point before = points.get(i);
      int next = i + 1;
      Point after = points.get(next);
      if (!after.reading().counterEpoch().equals(before.reading().counterEpoch())) {
        odd("reset", after);
        step(before, after, NO, true);
      } else if (after.kwh().compareTo(before.kwh()) >= 0) {
        step(before, after, after.kwh().subtract(before.kwh()), true);
        dip(before, after, byQuarter, counter);
      } else {
        int back = back(points, before, next);
        if (back > 0) {
          BigDecimal low =
              points.subList(next, back).stream()
                  .map(Point::kwh)
                  .min(Comparator.naturalOrder())
                  .orElseThrow();
          odd(nearlyZero(low, before) ? "zero-glitch" : "rollback", points.get(back));
          step(before, points.get(back), points.get(back).kwh().subtract(before.kwh()), true);
          next = back;
        } else {
          odd(nearlyZero(after.kwh(), before) ? "reset" : "rollback", after);
          step(before, after, NO, true);
        }
      }
      i = next;
    }
  }

  private static boolean nearlyZero(BigDecimal low, Point before) {
    return low.multiply(BigDecimal.valueOf(100)).compareTo(before.kwh()) < 0;
  }

  private static int back(List<Point> points, Point before, int fall) {
    for (int i = fall; i < points.size(); i++) {
      Point each = points.get(i);
      if (each.at().isAfter(points.get(fall).at().plus(Duration.ofHours(24)))
          || !each.reading().counterEpoch().equals(before.reading().counterEpoch())) {
        return -1;
      }
      if (each.kwh().compareTo(before.kwh()) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private void dip(
      Point before, Point after, Map<String, List<Reading>> byQuarter, String counter) {
    List<Reading> quarter =
        byQuarter.get(quarter(after.at()) + "/" + after.reading().counterEpoch());
    if (quarter.get(0) != before.reading()) {
      return;
    }
    quarter.stream()
        .map(reading -> point(reading, counter).kwh())
        .min(Comparator.naturalOrder())
        .filter(low -> low.compareTo(before.kwh()) < 0)
        .ifPresent(low -> odd(nearlyZero(low, before) ? "zero-glitch" : "rollback", after));
  }

  private void odd(String kind, Point at) {
    oddities.add(new Oddity(kind, at.at()));
  }

  private void step(Point before, Point after, BigDecimal kwh, boolean counts) {
    Duration between = Duration.between(before.at(), after.at());
    boolean gap = between.compareTo(Duration.ofHours(1)) > 0;
    BigDecimal hours =
        BigDecimal.valueOf(Math.max(between.toMillis(), 900_000))
            .divide(BigDecimal.valueOf(3_600_000), 30, RoundingMode.DOWN);
    if (kwh.compareTo(BigDecimal.valueOf(ceilingW / 1000).multiply(hours)) > 0) {
      odd("implausible-jump", after);
    }
    if (gap) {
      odd("gap", after);
    }
    steps.add(new Step(before.at(), after.at(), kwh, gap, false));
  }

  /**
   * Before the quarter hour of the first counter reading each sample holds until the next, at most
   * 11 minutes; a quarter hour's sum is rounded.
   */
  private void estimate(long before) {
    SortedMap<Long, BigDecimal> sums = new TreeMap<>();
    for (int i = 0; i < readings.size(); i++) {
      long at = readings.get(i).measuredAt().toEpochMilli();
      long end = at + 660_000;
      if (i + 1 < readings.size()) {
        end = Math.min(end, readings.get(i + 1).measuredAt().toEpochMilli());
      }
      BigDecimal watts = BigDecimal.valueOf(readings.get(i).quantities().get("powerW"));
      while (at < end) {
        long quarter = Math.floorDiv(at, 900_000);
        long to = Math.min(end, (quarter + 1) * 900_000);
        sums.merge(quarter, watts.multiply(BigDecimal.valueOf(to - at)), BigDecimal::add);
        at = to;
      }
    }
    sums.headMap(before)
        .forEach(
            (quarter, sum) -> {
              Instant at = Instant.ofEpochSecond(quarter * 900);
              BigDecimal kwh =
                  sum.divide(BigDecimal.valueOf(3_600_000_000L), 9, RoundingMode.HALF_UP);
              steps.add(new Step(at, at, kwh, false, true));
            });
  }

  BigDecimal energy(Instant from, Instant to) {
    return steps.stream()
        .filter(step -> !step.to().isBefore(from) && step.to().isBefore(to))
        .map(Step::kwh)
        .reduce(NO, BigDecimal::add);
  }

  /** Whether it has no counter until the end, or some energy from before it had one. */
  boolean isEstimated(Instant from, Instant to) {
    return !counts.isBefore(to)
        || steps.stream()
            .anyMatch(
                step ->
                    step.estimated()
                        && step.kwh().signum() > 0
                        && !step.to().isBefore(from)
                        && step.to().isBefore(to));
  }

  BigDecimal overGaps(Instant from, Instant to) {
    return steps.stream()
        .filter(step -> step.gap() && !step.to().isBefore(from) && step.to().isBefore(to))
        .map(Step::kwh)
        .reduce(NO, BigDecimal::add);
  }

  /** Where its energy is priced, µWh by quarter hour: of a gap, where it is in its end's month. */
  SortedMap<Long, BigDecimal> priced(ZoneId zone) {
    SortedMap<Long, BigDecimal> priced = new TreeMap<>();
    for (Step step : steps) {
      long to = quarter(step.to());
      ZonedDateTime month =
          step.to().atZone(zone).toLocalDate().withDayOfMonth(1).atStartOfDay(zone);
      long begin = Math.max(quarter(step.from()) + 1, quarter(month.toInstant()));
      long quarters = step.gap() ? to - begin + 1 : 1;
      BigDecimal[] each =
          step.kwh().movePointRight(9).divideAndRemainder(BigDecimal.valueOf(quarters));
      for (long quarter = to - quarters + 1; quarter <= to; quarter++) {
        // What cannot be divided goes to the last ones, a µWh each.
        boolean oneMore = to - quarter < each[1].longValue();
        priced.merge(quarter, oneMore ? each[0].add(BigDecimal.ONE) : each[0], BigDecimal::add);
      }
    }
    return priced;
  }

  double coverage(Instant from, Instant to) {
    boolean[] covered = new boolean[(int) (quarter(to) - quarter(from))];
    Reading before = null;
    for (Reading reading : readings) {
      long end = quarter(reading.measuredAt());
      long begin = end;
      if (before != null
          && Duration.between(before.measuredAt(), reading.measuredAt())
                  .compareTo(Duration.ofHours(1))
              <= 0) {
        begin = quarter(before.measuredAt());
      }
      for (long each = begin; each <= end; each++) {
        long place = each - quarter(from);
        if (place >= 0 && place < covered.length) {
          covered[(int) place] = true;
        }
      }
      before = reading;
    }
    int count = 0;
    for (boolean each : covered) {
      count += each ? 1 : 0;
    }
    return (double) count / covered.length;
  }
}
