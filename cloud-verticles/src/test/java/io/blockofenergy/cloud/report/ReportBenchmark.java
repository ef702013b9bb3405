package io.blockofenergy.cloud.report;

import static io.blockofenergy.cloud.report.ReportStore.await;

import com.sun.management.OperatingSystemMXBean;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/**
 * A yearly report of ten devices on the embedded store, cold with and without stored months, and
 * warm: readings every 15 minutes and every minute, in turn; beside it what it costs to aggregate
 * the raw readings by device and month instead. {@code mvn -Pbench -DskipTests verify}; {@code
 * -Dbench.minutes=false} leaves the 5 million readings of the second store out, {@code
 * -Dbench.raw=false} the raw readings. Processor time is the whole process's, with the store.
 */
public final class ReportBenchmark {
  private static final int DEVICES = 10;
  private static final int DAYS = 365;
  private static final int UNSTORED = 3;
  private static final int STORED = 9;
  private static final int WARM_UP = 100;
  private static final int RUNS = 101;
  private static final String MONTHS = "report_months";
  private static final Instant START = Instant.parse("2025-12-31T23:00:00Z");
  private static final Instant NOW = Instant.parse("2027-03-01T00:00:00Z");
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private ReportBenchmark() {}

  /** Elapsed and processor time of reports, in milliseconds. */
  private static final class Times {
    private final List<Double> elapsed = new ArrayList<>();
    private final List<Double> processor = new ArrayList<>();

    void add(Reports reports) {
      long cpu = SYSTEM.getProcessCpuTime();
      elapsed.add(report(reports));
      processor.add((SYSTEM.getProcessCpuTime() - cpu) / 1e6);
    }

    double median() {
      return elapsed.stream().sorted().toList().get(elapsed.size() / 2);
    }

    /** The mean, because the system counts in ticks of 10 ms. */
    double processor() {
      return processor.stream().mapToDouble(each -> each).average().orElseThrow();
    }

    void print(String what) {
      List<Double> took = elapsed.stream().sorted().toList();
      List<Double> cpu = processor.stream().sorted().toList();
      System.out.printf(
          Locale.ROOT,
          "  %-40s median %,10.1f ms, best %,10.1f, worst %,10.1f; processor: mean %,10.1f, best"
              + " %,10.1f%n",
          what,
          took.get(took.size() / 2),
          took.get(0),
          took.get(took.size() - 1),
          processor(),
          cpu.get(0));
    }
  }

  public static void main(String[] arguments) throws Exception {
    boolean raw = !"false".equals(System.getProperty("bench.raw"));
    List<Integer> every =
        "false".equals(System.getProperty("bench.minutes")) ? List.of(15) : List.of(15, 1);
    List<ReportStore> stores = new ArrayList<>();
    try {
      List<Reports> warm = new ArrayList<>();
      List<Times> times = new ArrayList<>();
      for (int minutes : every) {
        Path directory = Files.createTempDirectory("boe-report-bench");
        ReportStore store = new ReportStore(directory, Optional.of(ReportStore.TARIFF));
        stores.add(store);
        fill(store, minutes, raw && minutes == 15);
        warm.add(cold(store));
        times.add(new Times());
      }
      for (int i = 0; i < WARM_UP + RUNS; i++) {
        for (int each = 0; each < warm.size(); each++) {
          if (i < WARM_UP) {
            report(warm.get(each));
          } else {
            times.get(each).add(warm.get(each));
          }
        }
      }
      System.out.printf("%nwarm%n");
      for (int each = 0; each < warm.size(); each++) {
        times.get(each).print("one in " + every.get(each) + " minutes");
        print("kept in memory", warm.get(each).cachedBytes() / 1048576.0, "MiB");
      }
      if (warm.size() == 2) {
        print("a minute, of 15 minutes", times.get(1).median() / times.get(0).median(), "times");
        print("of processor time", times.get(1).processor() / times.get(0).processor(), "times");
      }
      if (raw) {
        double aggregated = aggregate(stores.get(0));
        print("raw readings aggregated by device and month", aggregated, "ms");
        print("of the report, warm", aggregated / times.get(0).median(), "times");
      }
    } finally {
      stores.forEach(ReportStore::close);
    }
  }

  private static void fill(ReportStore store, int everyMinutes, boolean raw) {
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
  }

  /** Gives what has everything in memory. */
  private static Reports cold(ReportStore store) {
    Times first = new Times();
    Times unstored = new Times();
    Times stored = new Times();
    for (int i = 0; i < UNSTORED; i++) {
      await(store.mongo.removeDocuments(MONTHS, new JsonObject()));
      (i == 0 ? first : unstored).add(store.reports(NOW));
      Await.until("the months are stored", () -> count(store, MONTHS) == months(store));
    }
    first.print("cold, the first of this store");
    unstored.print("cold, without stored months");
    Reports reports = store.reports(NOW);
    for (int i = 0; i < STORED; i++) {
      reports = store.reports(NOW);
      stored.add(reports);
    }
    stored.print("cold, with stored months");
    print(
        "stored months, packed",
        await(store.mongo.find(MONTHS, new JsonObject())).stream()
                .mapToInt(each -> each.getJsonObject("bytes").getBinary("$binary").length)
                .sum()
            / 1048576.0,
        "MiB");
    return reports;
  }

  private static long months(ReportStore store) {
    return count(store, "rollup_versions");
  }

  private static long count(ReportStore store, String collection) {
    return await(store.mongo.count(collection, new JsonObject()));
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
    Random noise = new Random(seq); // what is regular would pack too well
    return ReportStore.reading(
        "plug" + device,
        "home",
        seq,
        at.plusMillis(noise.nextInt(30_000)),
        "2025-01-01T00:00:00",
        "energyImportKwh",
        Math.round(hours * (100 + 20 * device) + noise.nextDouble()) / 1000.0,
        "powerW",
        noise.nextInt(20_000) / 10.0);
  }

  private static void print(String what, double value, String unit) {
    System.out.printf(Locale.ROOT, "  %-50s %,10.2f %s%n", what, value, unit);
  }
}
