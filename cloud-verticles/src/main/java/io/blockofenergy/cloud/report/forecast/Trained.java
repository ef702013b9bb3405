package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * What was learned of a load: the next {@link LoadModel#LEADS} hours, the last ones, what was not
 * as expected, and how well a day was forecast lately. Some kilobytes. Immutable, but for arrays
 * that nobody changes.
 */
final class Trained {
  /** Hours of the past that are shown. */
  private static final int HISTORY = 48;

  /** Of how many hours the back-test is. */
  private static final int TESTED = 14 * 24;

  private static final int DAY = 24;
  private static final double NEEDED_DAYS = LoadModel.NEEDED_HOURS / 24.0;
  private static final List<Integer> HORIZONS = List.of(12, 24, 48);

  private final HourSeries history;
  private final long knownHours;
  private final boolean ready;
  private final LoadModel.Point[] points;
  private final List<LoadModel.Energy> energies;
  private final List<Anomaly> anomalies;
  private final JsonObject backtest;

  private Trained(HourSeries series, LoadWatch watch, JsonObject backtest) {
    int shown = Math.min(HISTORY, series.powerW().length);
    int from = series.powerW().length - shown;
    this.history =
        new HourSeries(
            series.zone(),
            series.hour(from),
            Arrays.copyOfRange(series.powerW(), from, from + shown));
    LoadModel model = watch.model();
    this.knownHours = series.known();
    this.ready = model.ready();
    this.points = ready ? model.forecast(LoadModel.LEADS) : new LoadModel.Point[0];
    this.energies = ready ? HORIZONS.stream().map(model::energy).toList() : List.of();
    this.anomalies = List.copyOf(watch.anomalies());
    this.backtest = backtest;
  }

  /** Learns; some tens of milliseconds for nine weeks. */
  static Trained of(HourSeries series) {
    LoadWatch watch = new LoadWatch(series.zone(), ForecastConfig.CONFIDENCE, series.firstHour());
    double[] powerW = series.powerW();
    double[] errors = new double[3];
    int tested = 0;
    for (int hour = 0; hour < powerW.length; hour++) {
      double actual = powerW[hour];
      if (hour >= Math.max(HourSeries.HOURS_OF_WEEK, powerW.length - TESTED)) {
        double yesterday = powerW[hour - DAY];
        double lastWeek = powerW[hour - HourSeries.HOURS_OF_WEEK];
        double expected =
            watch.model().dayAhead().map(LoadModel.Point::expectedW).orElse(Double.NaN);
        if (!Double.isNaN(actual + yesterday + lastWeek + expected)) {
          tested++;
          errors[0] += Math.abs(actual - expected);
          errors[1] += Math.abs(actual - yesterday);
          errors[2] += Math.abs(actual - lastWeek);
        }
      }
      watch.add(actual);
    }
    JsonObject backtest =
        tested < DAY
            ? null
            : new JsonObject()
                .put("hours", tested)
                .put("maeW", rounded(errors[0] / tested))
                .put("seasonalNaiveMaeW", rounded(errors[1] / tested))
                .put("lastWeekMaeW", rounded(errors[2] / tested));
    return new Trained(series, watch, backtest);
  }

  boolean ready() {
    return ready;
  }

  long knownHours() {
    return knownHours;
  }

  /** End of the hours that were learned, Unix seconds. */
  long upTo() {
    return history.end();
  }

  List<Anomaly> anomalies() {
    return anomalies;
  }

  /** {@code {days, needed}} for so many hours of data. */
  static JsonObject collected(long knownHours) {
    return new JsonObject()
        .put("days", Math.floor(knownHours / 24.0 * 10) / 10)
        .put("needed", NEEDED_DAYS);
  }

  /**
   * As the API gives it.
   *
   * @param hours 12, 24 or 48
   */
  JsonObject toJson(Load load, int hours, Instant now) {
    JsonArray next = new JsonArray();
    for (int i = 0; ready && i < hours; i++) {
      long from = upTo() + (long) i * HourSeries.HOUR;
      next.add(
          hour(from, points[i].expectedW())
              .put("lowW", rounded(points[i].lowW()))
              .put("highW", rounded(points[i].highW())));
    }
    JsonArray last = new JsonArray();
    for (int i = 0; i < history.powerW().length; i++) {
      last.add(hour(history.hour(i), history.powerW()[i]));
    }
    return new JsonObject()
        .put("site", load.site())
        .put("device", load.device().orElse(null))
        .put("zone", history.zone().getId())
        .put("generatedAt", Reading.format(now))
        .put("hours", hours)
        .put("status", ready ? "ready" : "collecting")
        .put("collected", collected(knownHours))
        .put("points", next)
        .put("confidence", ready ? ForecastConfig.CONFIDENCE : null)
        .put("energyKwh", ready ? energy(energies.get(HORIZONS.indexOf(hours))) : null)
        .put("history", last)
        .put("model", ready ? model() : null);
  }

  private JsonObject model() {
    return new JsonObject()
        .put("name", "hourly profiles and online regression, conformal intervals")
        .put("backtest", backtest);
  }

  private static JsonObject hour(long from, double powerW) {
    return new JsonObject()
        .put("from", Reading.format(Instant.ofEpochSecond(from)))
        .put("to", Reading.format(Instant.ofEpochSecond(from + HourSeries.HOUR)))
        .put("powerW", Double.isNaN(powerW) ? null : rounded(powerW));
  }

  private static JsonObject energy(LoadModel.Energy energy) {
    return new JsonObject()
        .put("expected", kwh(energy.expectedWh()))
        .put("low", kwh(energy.lowWh()))
        .put("high", kwh(energy.highWh()));
  }

  private static double kwh(double wh) {
    return Math.round(wh) / 1_000.0;
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
