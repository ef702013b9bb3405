package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.edge.simulator.HouseholdHours;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Forecasts of simulated households against two baselines, from an origin that rolls on by the
 * hour: each forecast knows what was before its origin only, and so do the baselines. {@code
 * ForecastBacktest [seeds] [days]}; {@code docs/benchmarks.md} has what it printed.
 */
public final class ForecastBacktest {
  private static final ZoneId ZONE = ZoneId.of("Europe/Skopje");
  private static final Instant FIRST = Instant.parse("2025-09-01T00:00:00Z");
  private static final int[] HORIZONS = {12, 24, 48};
  private static final int WARM_UP_HOURS = 28 * 24;
  private static final double CONFIDENCE = 0.9;

  /** Sums over the outcomes of one load and horizon. */
  static final class Result {
    long count;
    double model;
    double yesterday;
    double lastWeek;
    double modelSquares;
    double yesterdaySquares;
    double lastWeekSquares;
    long held;
    double width;
    long sums;
    long sumsHeld;

    void add(Result other) {
      count += other.count;
      model += other.model;
      yesterday += other.yesterday;
      lastWeek += other.lastWeek;
      modelSquares += other.modelSquares;
      yesterdaySquares += other.yesterdaySquares;
      lastWeekSquares += other.lastWeekSquares;
      held += other.held;
      width += other.width;
      sums += other.sums;
      sumsHeld += other.sumsHeld;
    }

    double maeW() {
      return model / count;
    }

    double yesterdayMaeW() {
      return yesterday / count;
    }

    double lastWeekMaeW() {
      return lastWeek / count;
    }

    double coverage() {
      return (double) held / count;
    }

    double sumCoverage() {
      return (double) sumsHeld / sums;
    }
  }

  private ForecastBacktest() {}

  public static void main(String[] args) {
    int seeds = args.length > 0 ? Integer.parseInt(args[0]) : 10;
    int days = args.length > 1 ? Integer.parseInt(args[1]) : 180;
    long begun = System.nanoTime();
    Map<String, Result> results = run(1, seeds, days, 1);
    System.out.printf(
        "%d households, %d days, of which %d to learn; an origin every hour%n",
        seeds, days, WARM_UP_HOURS / 24);
    System.out.println(
        "| load | hours | MAE, W | yesterday | last week | RMSE, W | yesterday | last week | in interval"
            + " | width, W | sum in interval |");
    System.out.println(
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    results.forEach(
        (name, r) ->
            System.out.printf(
                "| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f %% | %.0f | %.1f %% |%n",
                name,
                r.maeW(),
                r.yesterdayMaeW(),
                r.lastWeekMaeW(),
                Math.sqrt(r.modelSquares / r.count),
                Math.sqrt(r.yesterdaySquares / r.count),
                Math.sqrt(r.lastWeekSquares / r.count),
                100 * r.coverage(),
                r.width / r.count,
                100 * r.sumCoverage()));
    System.out.printf("%.1f s%n", (System.nanoTime() - begun) / 1e9);
  }

  /**
   * @param every how many hours lie between two origins
   * @return by load and horizon
   */
  static Map<String, Result> run(int firstSeed, int seeds, int days, int every) {
    Map<String, Result> results = new LinkedHashMap<>();
    for (int seed = firstSeed; seed < firstSeed + seeds; seed++) {
      Map<String, double[]> loads =
          new LinkedHashMap<>(HouseholdHours.of(seed, ZONE, FIRST, days * 24));
      double[] site = new double[days * 24];
      loads.values().forEach(load -> Arrays.setAll(site, hour -> site[hour] + load[hour]));
      loads.put("site", site);
      loads.forEach(
          (name, load) ->
              run(load, every)
                  .forEach(
                      (horizon, result) ->
                          results
                              .computeIfAbsent(name + " | " + horizon, any -> new Result())
                              .add(result)));
    }
    return results;
  }

  private static Map<Integer, Result> run(double[] load, int every) {
    Map<Integer, Result> results = new TreeMap<>();
    LoadModel model = new LoadModel(ZONE, CONFIDENCE, FIRST.getEpochSecond());
    for (int origin = 0; origin + LoadModel.LEADS <= load.length; origin++) {
      if (origin >= WARM_UP_HOURS && origin % every == 0) {
        for (int horizon : HORIZONS) {
          Result result = results.computeIfAbsent(horizon, any -> new Result());
          score(model.forecast(horizon), load, origin, result);
          LoadModel.Energy energy = model.energy(horizon);
          double sum = Arrays.stream(load, origin, origin + horizon).sum();
          result.sums++;
          result.sumsHeld += sum >= energy.lowWh() && sum <= energy.highWh() ? 1 : 0;
        }
      }
      model.add(load[origin]);
    }
    return results;
  }

  private static void score(LoadModel.Point[] points, double[] load, int origin, Result result) {
    for (int lead = 0; lead < points.length; lead++) {
      int hour = origin + lead;
      double actual = load[hour];
      // The newest day that is known at the origin.
      double yesterday = load[hour - (lead < 24 ? 24 : 48)];
      double lastWeek = load[hour - 168];
      LoadModel.Point point = points[lead];
      result.count++;
      result.model += Math.abs(actual - point.expectedW());
      result.modelSquares += Math.pow(actual - point.expectedW(), 2);
      result.yesterday += Math.abs(actual - yesterday);
      result.yesterdaySquares += Math.pow(actual - yesterday, 2);
      result.lastWeek += Math.abs(actual - lastWeek);
      result.lastWeekSquares += Math.pow(actual - lastWeek, 2);
      result.held += actual >= point.lowW() && actual <= point.highW() ? 1 : 0;
      result.width += point.highW() - point.lowW();
    }
  }
}
