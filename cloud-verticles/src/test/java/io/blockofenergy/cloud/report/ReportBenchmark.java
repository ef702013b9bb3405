package io.blockofenergy.cloud.report;

import static io.blockofenergy.cloud.report.ReportStore.await;

import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A yearly report of ten devices on the embedded store: readings every 15 minutes and every minute;
 * in the same run and store what it costs to aggregate the raw readings by device and month
 * instead. {@code mvn -Pbench -DskipTests verify}; {@code -Dbench.minutes=false} leaves the 5
 * million readings of the second part out.
 */
public final class ReportBenchmark {
  private static final int DEVICES = 10;
  private static final int DAYS = 365;
  private static final int RUNS = 30;
  private static final Instant START = Instant.parse("2025-12-31T23:00:00Z");
  private static final Instant NOW = Instant.parse("2027-03-01T00:00:00Z");

  private ReportBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    double quarters = measure(15, true);
    if (!"false".equals(System.getProperty("bench.minutes"))) {
      double minutes = measure(1, false);
      print("a reading a minute, of one in 15 minutes", minutes / quarters, "times");
    }
  }

  private static double measure(int everyMinutes, boolean raw) throws Exception {
    Path directory = Files.createTempDirectory("boe-report-bench");
    try (ReportStore store = new ReportStore(directory, Optional.of(ReportStore.TARIFF))) {
      ReadingStore readings = new ReadingStore(store.mongo);
      await(readings.createIndexes());
      long seq = 0;
      for (int day = 0; day < DAYS; day++) {
        List<Reading> batch = new ArrayList<>();
        for (int minute = 0; minute < 1440; minute += everyMinutes) {
          Instant at = START.plus(Duration.ofMinutes(day * 1440L + minute));
          for (int device = 0; device < DEVICES; device++) {
            batch.add(reading(++seq, device, at));
          }
        }
        store.fold(batch);
        if (raw) {
          await(readings.insert(batch));
        }
      }
      System.out.printf(Locale.ROOT, "%n%,d readings, one in %d minutes%n", seq, everyMinutes);
      double warm = reports(store);
      if (raw) {
        double aggregated = aggregate(store);
        print("raw readings aggregated by device and month", aggregated, "ms");
        print("of the report, warm", aggregated / warm, "times");
      }
      return warm;
    }
  }

  private static double reports(ReportStore store) {
    double[] cold = new double[3];
    Reports reports = null;
    for (int i = 0; i < cold.length; i++) {
      reports = store.reports(NOW);
      cold[i] = report(reports);
    }
    double[] warm = new double[RUNS];
    for (int i = 0; i < RUNS; i++) {
      warm[i] = report(reports);
    }
    Arrays.sort(warm);
    print("first report of a process", cold[0], "ms");
    print("cold again, code compiled", cold[cold.length - 1], "ms");
    print("warm, median", warm[RUNS / 2], "ms");
    print("warm, slowest of " + RUNS, warm[RUNS - 1], "ms");
    print("kept in memory", reports.cachedBytes() / 1048576.0, "MiB");
    return warm[RUNS / 2];
  }

  private static double report(Reports reports) {
    long start = System.nanoTime();
    JsonObject report = ReportStore.report(reports, ReportKind.YEARLY, "2026", "home", null);
    byte[] body = report.toBuffer().getBytes();
    double took = (System.nanoTime() - start) / 1e6;
    if (report.getJsonObject("summary").getDouble("energyKwh") < 1000 || body.length < 1000) {
      throw new IllegalStateException(report.encode());
    }
    return took;
  }

  /** The way of those who keep no rollups. */
  private static double aggregate(ReportStore store) {
    JsonObject group =
        new JsonObject()
            .put(
                "_id",
                new JsonObject()
                    .put("device", "$device")
                    .put("month", new JsonObject().put("$substr", List.of("$measuredAt", 0, 7))))
            .put("first", new JsonObject().put("$min", "$quantities.energyImportKwh"))
            .put("last", new JsonObject().put("$max", "$quantities.energyImportKwh"))
            .put("peak", new JsonObject().put("$max", "$quantities.powerW"));
    JsonObject match =
        new JsonObject()
            .put("site", "home")
            .put(
                "measuredAt",
                new JsonObject()
                    .put("$gte", "2025-12-31T23:00:00.000Z")
                    .put("$lt", "2026-12-31T23:00:00.000Z"));
    JsonArray pipeline =
        new JsonArray()
            .add(new JsonObject().put("$match", match))
            .add(new JsonObject().put("$group", group));
    double best = Double.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      long start = System.nanoTime();
      List<JsonObject> rows = new ArrayList<>();
      Promise<Void> ended = Promise.promise();
      store
          .mongo
          .aggregate("readings", pipeline)
          .exceptionHandler(ended::tryFail)
          .endHandler(v -> ended.tryComplete())
          .handler(rows::add);
      await(ended.future());
      if (rows.size() < 12 * DEVICES) {
        throw new IllegalStateException(rows.toString());
      }
      best = Math.min(best, (System.nanoTime() - start) / 1e6);
    }
    return best;
  }

  private static Reading reading(long seq, int device, Instant at) {
    double hours = Duration.between(START, at).toMinutes() / 60.0;
    return ReportStore.reading(
        "plug" + device,
        "home",
        seq,
        at,
        "2025-01-01T00:00:00",
        "energyImportKwh",
        Math.round(hours * (100 + 20 * device)) / 1000.0,
        "powerW",
        100 + seq * 7919 % 2000);
  }

  private static void print(String what, double value, String unit) {
    System.out.printf(Locale.ROOT, "  %-50s %,10.1f %s%n", what, value, unit);
  }
}
