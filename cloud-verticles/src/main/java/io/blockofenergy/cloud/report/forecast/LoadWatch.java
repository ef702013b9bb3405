package io.blockofenergy.cloud.report.forecast;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Learns a load and tells where it was not as expected: an hour outside of the interval of the
 * forecast made a day before, and further off than any hour of the weeks before by a margin; some
 * hours together further off than ever; or a day unlike the days before. What is not as expected is
 * not learned, unless it goes on for longer than a day: then it is how things are now. For one
 * thread.
 */
final class LoadWatch {
  /** How much further off than any of the errors before an hour must be. */
  private static final double MARGIN = 1.3;

  private static final double LEAST_SCORE = 4;

  /** A meter's last digit, and what nobody would get up for. */
  private static final double LEAST_W = 25;

  private static final int DAY = 24;

  /** A heater that stays on, a door that stays open. */
  private static final int SHORT = 5;

  /** Hours before the first verdict. */
  private static final int NEEDED_HOURS = 21 * DAY;

  private final ZoneId zone;
  private final LoadModel model;
  private final DayPatterns patterns = new DayPatterns();
  private final List<SpanWatch> spans =
      List.of(
          new SpanWatch(SHORT, MARGIN, LEAST_W),
          new SpanWatch(DAY, MARGIN, LEAST_W),
          new SpanWatch(2 * DAY, MARGIN, LEAST_W));
  private final List<Anomaly> found = new ArrayList<>();
  private final List<Double> day = new ArrayList<>();
  private boolean wholeDay;
  private Anomaly open;
  private int openHours;

  LoadWatch(ZoneId zone, double confidence, long firstHour) {
    this.zone = zone;
    this.model = new LoadModel(zone, confidence, firstHour);
  }

  /** Learns a load from its hours, in their order. */
  static LoadWatch of(HourSeries series, double confidence) {
    LoadWatch watch = new LoadWatch(series.zone(), confidence, series.firstHour());
    for (double powerW : series.powerW()) {
      watch.add(powerW);
    }
    return watch;
  }

  LoadModel model() {
    return model;
  }

  /** In the order in which they were told; the last one may go on. */
  List<Anomaly> anomalies() {
    return found;
  }

  /**
   * Takes the next hour.
   *
   * @param powerW NaN when unknown
   */
  void add(double powerW) {
    long hour = model.next();
    Optional<LoadModel.Point> expected = model.dayAhead();
    Optional<Anomaly> together = spans(hour, powerW, expected);
    Optional<Anomaly> off =
        Double.isNaN(powerW)
            ? Optional.empty()
            : expected.flatMap(point -> judge(point, powerW)).or(() -> together);
    if (off.isPresent() && open != null && open.kind() == off.get().kind()) {
      open = open.goesOn(off.get());
      found.set(found.size() - 1, open);
      openHours++;
    } else if (off.isPresent()) {
      open = off.get();
      openHours = 1;
      found.add(open);
    } else if (!Double.isNaN(powerW)) {
      open = null;
    }
    model.add(off.isPresent() && openHours <= DAY ? Double.NaN : powerW);
    endOfDay(hour, powerW);
  }

  private Optional<Anomaly> judge(LoadModel.Point expected, double powerW) {
    if (model.knownHours() < NEEDED_HOURS) {
      return Optional.empty();
    }
    double error = (powerW - expected.expectedW()) / expected.scaleW();
    boolean above = error > 0;
    double usual = Math.max(LEAST_SCORE, MARGIN * model.furthest(above));
    // An event that is open goes on until the load is as expected again.
    boolean goesOn = open != null && above == (open.kind() == Anomaly.Kind.SPIKE);
    boolean outside = above ? powerW > expected.highW() : powerW < expected.lowW();
    boolean off = Math.abs(error) > usual || goesOn;
    if (!outside || !off || Math.abs(powerW - expected.expectedW()) < LEAST_W) {
      return Optional.empty();
    }
    long hour = model.next();
    return Optional.of(
        new Anomaly(
            above ? Anomaly.Kind.SPIKE : Anomaly.Kind.DIP,
            hour,
            hour + HourSeries.HOUR,
            powerW,
            expected.expectedW(),
            expected.lowW(),
            expected.highW(),
            Math.abs(error) / usual * MARGIN));
  }

  private Optional<Anomaly> spans(long hour, double powerW, Optional<LoadModel.Point> expected) {
    if (expected.isEmpty() || Double.isNaN(powerW)) {
      spans.forEach(SpanWatch::skip);
      return Optional.empty();
    }
    boolean tell = model.knownHours() >= NEEDED_HOURS;
    Optional<Anomaly> first = Optional.empty();
    for (SpanWatch span : spans) {
      Optional<Anomaly> off = span.add(hour, powerW, expected.get().expectedW(), tell);
      first = first.or(() -> off);
    }
    return first;
  }

  private void endOfDay(long hour, double powerW) {
    day.add(powerW);
    if (HourSeries.hourOfWeek(zone, hour + HourSeries.HOUR) % DAY == 0) {
      if (wholeDay) {
        double[] hours = day.stream().mapToDouble(Double::doubleValue).toArray();
        int place = open == null ? found.size() : found.size() - 1;
        patterns.add(hours, hour + HourSeries.HOUR).ifPresent(each -> found.add(place, each));
      }
      wholeDay = true;
      day.clear();
    }
  }
}
