package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Storage without its topic: what stores readings and what erases them. */
public final class ErasureFixture {
  public static final Instant START = Instant.parse("2026-11-23T00:00:00Z");

  private final Vertx vertx = Vertx.vertx();
  private final SigningKey key = SigningKey.generate();
  private final ErasureGate gate = new ErasureGate();
  private final BatchStorer storer;
  private final Eraser eraser;

  public ErasureFixture(MongoClient mongo) {
    new ReadingStore(mongo)
        .createIndexes()
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
    storer =
        new BatchStorer(
            vertx.createSharedWorkerExecutor("storage", 2),
            mongo,
            gate,
            new LiveReadings(vertx, Clock.systemUTC()),
            new SimpleMeterRegistry(),
            Clock.systemUTC());
    eraser =
        new Eraser(
            mongo,
            new ErasureStore(mongo, Clock.systemUTC()),
            new RollupStore(mongo),
            new DeviceStore(mongo),
            gate);
  }

  /** Readings of {@code plug0}, a second apart. */
  public List<Reading> store(long firstSeq, int count) {
    List<Reading> readings = TestReadings.readings(firstSeq, count, 1, START);
    storing(readings)
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
    return readings;
  }

  Future<Void> storing(List<Reading> readings) {
    return storer.store(TestReadings.batch(key, readings));
  }

  public Future<Void> erase() {
    return eraser.run();
  }

  /** As the process that erases does when it ends. */
  void stop() {
    eraser.stop();
  }
}
