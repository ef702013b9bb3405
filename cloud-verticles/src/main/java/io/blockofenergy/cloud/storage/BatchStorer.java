package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores batches: readings, then rollups and devices, then the batch's {@code storedAt}, then the
 * event bus. A crash between any two is mended by the repeat, which finds the readings and does the
 * rest. Safe for any thread.
 */
public final class BatchStorer {
  private static final Logger log = LoggerFactory.getLogger(BatchStorer.class);

  private final WorkerExecutor workers;
  private final MongoClient mongo;
  private final ReadingStore readings;
  private final RollupStore rollups;
  private final DeviceStore devices;
  private final ErasureGate gate;
  private final LiveReadings live;
  private final Clock clock;
  private final MeterRegistry meters;
  private final Counter inserted;
  private final Counter repeated;
  private final Counter conflicts;
  private final Timer latency;

  /**
   * @param workers where batches are unfolded and parsed
   * @param gate shared with whoever erases readings
   */
  public BatchStorer(
      WorkerExecutor workers,
      MongoClient mongo,
      ErasureGate gate,
      LiveReadings live,
      MeterRegistry meters,
      Clock clock) {
    this.workers = workers;
    this.mongo = mongo;
    this.readings = new ReadingStore(mongo);
    this.rollups = new RollupStore(mongo);
    this.devices = new DeviceStore(mongo);
    this.gate = gate;
    this.live = live;
    this.clock = clock;
    this.meters = meters;
    this.inserted = readings("inserted");
    this.repeated = readings("repeated");
    this.conflicts = readings("conflict");
    this.latency =
        Timer.builder("boe.cloud.storage.latency")
            .description("From a batch's arrival to its commit")
            .register(meters);
  }

  private Counter readings(String outcome) {
    return Counter.builder("boe.cloud.storage.readings")
        .description("Readings by what became of them")
        .tag("outcome", outcome)
        .register(meters);
  }

  /**
   * Completes when everything is durable. Fails with {@link MalformedReadingException} when the
   * batch is none, {@link ReadingConflictException} included, and with {@link UnavailableException}
   * when the store does not answer.
   */
  public Future<Void> store(Batch batch) {
    Timer.Sample sample = Timer.start(meters);
    return workers
        .executeBlocking(batch::readings, false)
        .compose(all -> gate.storing(() -> insert(batch, all)))
        .compose(v -> markStored(batch))
        .onComplete(
            done -> {
              sample.stop(latency);
              meters
                  .counter("boe.cloud.storage.batches", "outcome", outcome(done.cause()))
                  .increment();
            });
  }

  private Future<Void> insert(Batch batch, List<Reading> all) {
    return readings.insert(all).compose(result -> finish(batch, all, result));
  }

  private Future<Void> finish(Batch batch, List<Reading> all, InsertResult result) {
    inserted.increment(result.inserted().size());
    repeated.increment(result.repeated());
    conflicts.increment(result.conflicts().size());
    live.offer(result.inserted());
    // What was erased must not come back into what is folded from readings.
    Set<String> out = new HashSet<>(result.erased());
    out.addAll(result.conflicts());
    List<Reading> good = new ArrayList<>(all);
    good.removeIf(reading -> out.contains(reading.id()));
    if (result.conflicts().isEmpty()) {
      return fold(good);
    }
    log.error(
        "Batch {}: {} of its readings differ from what the store holds under their ids",
        batch.id(),
        result.conflicts().size());
    return fold(good)
        .compose(v -> Future.failedFuture(new ReadingConflictException(result.conflicts())));
  }

  /** All that readings are folded into; only what is stored may be. */
  private Future<Void> fold(List<Reading> stored) {
    return Future.all(rollups.fold(stored), devices.fold(stored)).mapEmpty();
  }

  /** Keeps the first time; ingestion has made the document, and if not there is none to mark. */
  private Future<Void> markStored(Batch batch) {
    return mongo
        .updateCollection(
            "batches",
            new JsonObject()
                .put("_id", batch.sortableId())
                .put("storedAt", new JsonObject().put("$exists", false)),
            new JsonObject()
                .put("$set", new JsonObject().put("storedAt", Reading.format(clock.instant()))))
        .<Void>mapEmpty()
        .recover(MongoFailures::unavailable);
  }

  private static String outcome(Throwable failure) {
    if (failure == null) {
      return "stored";
    }
    if (failure instanceof ReadingConflictException) {
      return "conflict";
    }
    if (failure instanceof MalformedReadingException) {
      return "malformed";
    }
    return failure instanceof UnavailableException ? "unavailable" : "failed";
  }
}
