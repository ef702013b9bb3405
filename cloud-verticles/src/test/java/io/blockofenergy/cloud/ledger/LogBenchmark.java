package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.MongoClient;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Entries a second that the log takes, durably, at several sizes of the log, beside plain inserts
 * of the same bytes into the same store: {@code mvn -Pbench -DskipTests verify}.
 */
public final class LogBenchmark {
  private static final int BATCH = Integer.getInteger("bench.logBatch", 256);
  private static final int MEASURED = Integer.getInteger("bench.logEntries", 100_000);
  private static final int WINDOW = TransparencyLog.ROUND_BATCHES;
  private static final long[] SIZES = {0, 100_000, 1_000_000};

  private final MongoClient mongo;
  private final TransparencyLog log;
  private long next;

  private LogBenchmark(MongoClient mongo, TransparencyLog log) {
    this.mongo = mongo;
    this.log = log;
  }

  /**
   * {@code bench.logEntries} measured at each size (100000), in batches of {@code bench.logBatch}
   * (256).
   */
  public static void main(String[] arguments) throws Exception {
    Path data = Files.createTempDirectory("boe-log-benchmark");
    // The first is for the compiler only.
    measure(data.resolve("warm-up"), 0, 300_000);
    measure(data.resolve("measured"), SIZES);
  }

  private static void measure(Path data, long... sizes) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (LocalMongo server = LocalMongo.start(data, 0)) {
      MongoClient mongo =
          MongoClient.create(
              vertx,
              new JsonObject()
                  .put("connection_string", server.connectionString())
                  .put("db_name", "energy"));
      TransparencyLog log =
          new TransparencyLog(
              vertx,
              new MongoLogStore(mongo),
              new LedgerConfig(
                  "bench.example/log",
                  data,
                  Duration.ofMillis(10),
                  Duration.ofSeconds(1),
                  100_000,
                  1 << 20,
                  Duration.ofSeconds(5)),
              SigningKey.generate(),
              Clock.systemUTC(),
              new SimpleMeterRegistry());
      await(log.start());
      new LogBenchmark(mongo, log).run(sizes);
      await(log.close());
      await(mongo.close());
    }
    await(vertx.close());
  }

  private void run(long... sizes) throws Exception {
    for (long size : sizes) {
      while (next < size) {
        append((int) Math.min(100_000, size - next));
      }
      long from = next;
      double inserts = insert(MEASURED, "before" + size, 1);
      double whole = insert(MEASURED, "whole-before" + size, BATCH);
      double appended = append(MEASURED);
      inserts = (inserts + insert(MEASURED, "after" + size, 1)) / 2;
      whole = (whole + insert(MEASURED, "whole-after" + size, BATCH)) / 2;
      System.out.printf(
          Locale.ROOT,
          "log of %,d entries: %,.0f entries/s appended; plain inserts: %,.0f/s as a document each,"
              + " ratio %.2f, %,.0f/s as a document a batch, ratio %.2f%n",
          from,
          appended,
          inserts,
          appended / inserts,
          whole,
          appended / whole);
    }
  }

  private double append(int entries) throws Exception {
    long start = System.nanoTime();
    Deque<Future<Long>> flying = new ArrayDeque<>();
    int done = 0;
    while (done < entries) {
      int count = Math.min(BATCH, entries - done);
      List<byte[]> hashes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        hashes.add(hash(next + i));
      }
      if (flying.size() == WINDOW) {
        await(flying.remove());
      }
      flying.add(log.append(String.format("bench.0a0b0c0d.%016d", next + 1), hashes));
      next += count;
      done += count;
    }
    while (!flying.isEmpty()) {
      await(flying.remove());
    }
    return entries / ((System.nanoTime() - start) / 1e9);
  }

  /**
   * As many entries a command, and as many commands under way, as the log is given.
   *
   * @param each entries in a document
   */
  private double insert(int entries, String name, int each) throws Exception {
    long start = System.nanoTime();
    Deque<Future<?>> flying = new ArrayDeque<>();
    for (int done = 0; done < entries; done += BATCH) {
      List<BulkOperation> inserts = new ArrayList<>();
      int end = Math.min(entries, done + BATCH);
      for (int from = done; from < end; from += each) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (int i = from; i < Math.min(end, from + each); i++) {
          data.writeBytes(hash(i));
        }
        inserts.add(
            BulkOperation.createInsert(
                new JsonObject()
                    .put("_id", name + String.format(".%016d", from))
                    .put("data", new JsonObject().put("$binary", data.toByteArray()))));
      }
      if (flying.size() == WINDOW) {
        await(flying.remove());
      }
      flying.add(mongo.bulkWriteWithOptions("plain", inserts, new BulkWriteOptions(false)));
    }
    while (!flying.isEmpty()) {
      await(flying.remove());
    }
    return entries / ((System.nanoTime() - start) / 1e9);
  }

  private static byte[] hash(long n) {
    return Sha256.hash(Long.toString(n).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
  }
}
