package io.blockofenergy.cloud.storage;

import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.Settlement;
import io.blockofenergy.cloud.topic.TopicReceiver;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wires storage: batches from its subscription of the telemetry topic into the document store. It
 * starts without its peers and waits for them; {@link #problem()} tells.
 */
public final class StorageVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(StorageVerticle.class);
  private static final long RETRY_MILLISECONDS = 1_000;
  private static final long ERASE_MILLISECONDS = 1_000;

  private final StorageConfig config;
  private final AmqpConfig amqp;
  private final MongoClient mongo;
  private final MeterRegistry meters;
  private final Clock clock;
  private WorkerExecutor workers;
  private volatile TopicReceiver receiver;
  private Eraser eraser;
  private RollupRebuild rebuild;
  private Future<Void> erasing;
  private Gauge unsettled;
  private boolean stopped;
  private volatile String waiting = "not started";

  public StorageVerticle(
      StorageConfig config, AmqpConfig amqp, MongoClient mongo, MeterRegistry meters, Clock clock) {
    this.config = config;
    this.amqp = amqp;
    this.mongo = mongo;
    this.meters = meters;
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    workers = vertx.createSharedWorkerExecutor("storage", config.workers());
    ErasureGate gate = new ErasureGate();
    BatchStorer storer =
        new BatchStorer(workers, mongo, gate, new LiveReadings(vertx, clock), meters, clock);
    RollupStore rollups = new RollupStore(mongo);
    rebuild = new RollupRebuild(mongo, rollups, clock);
    eraser =
        new Eraser(mongo, new ErasureStore(mongo, clock), rollups, new DeviceStore(mongo), gate);
    vertx.setPeriodic(ERASE_MILLISECONDS, tick -> erase());
    vertx.eventBus().consumer(ActStore.RECORDED, nudge -> erase());
    receiver =
        new TopicReceiver(
            vertx,
            amqp,
            Addresses.STORAGE,
            config.unsettledBatches(),
            delivery -> storer.store(delivery.batch()).map(v -> Settlement.accept()));
    unsettled =
        Gauge.builder("boe.cloud.storage.unsettled", receiver, TopicReceiver::unsettled)
            .description("Batches taken from the topic and not settled")
            .register(meters);
    receive();
    return Future.succeededFuture();
  }

  /** Without its indexes a query would look at every reading: they come first. */
  private void receive() {
    new ReadingStore(mongo)
        .createIndexes()
        .compose(v -> rebuild.orderWhenFormIsOlder())
        .onSuccess(
            v -> {
              waiting = null;
              erase();
              if (!stopped) {
                receiver.start();
              }
            })
        .onFailure(
            failure -> {
              if (waiting == null || !waiting.equals(failure.getMessage())) {
                log.warn("Cannot prepare the store yet: {}", failure.getMessage());
              }
              waiting = failure.getMessage();
              if (!stopped) {
                vertx.setTimer(RETRY_MILLISECONDS, timer -> receive());
              }
            });
  }

  /**
   * Finishes what was begun, before a crash or since, one erasure at a time, and between them
   * rollups that are to be made anew: of what is erased meanwhile nothing may come back.
   */
  private void erase() {
    if (erasing != null || stopped || waiting != null) {
      return;
    }
    Future<Boolean> step = eraser.run().compose(v -> rebuild.step());
    erasing = step.mapEmpty();
    step.onComplete(
        done -> {
          erasing = null;
          if (done.succeeded() && done.result()) {
            vertx.runOnContext(v -> erase());
          }
          if (done.failed() && stopped) {
            log.info("An erasure goes on at the next start: {}", done.cause().getMessage());
          } else if (done.failed()) {
            log.warn("An erasure or rebuilding rollups has to wait: {}", done.cause().getMessage());
          }
        });
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    eraser.stop();
    meters.remove(unsettled);
    Future<Void> erased =
        erasing == null ? Future.succeededFuture() : erasing.otherwiseEmpty().mapEmpty();
    return receiver.close().compose(v -> erased).compose(v -> workers.close());
  }

  /** What keeps batches from being stored, or empty. Safe for any thread. */
  public Optional<String> problem() {
    return waiting != null ? Optional.of(waiting) : receiver.problem();
  }
}
