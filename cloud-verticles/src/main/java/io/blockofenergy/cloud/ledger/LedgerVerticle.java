package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.Delivery;
import io.blockofenergy.cloud.topic.Settlement;
import io.blockofenergy.cloud.topic.TopicReceiver;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.ext.mongo.MongoClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledger's stage: takes batches from its subscription of the topic, appends their hashes, and
 * settles each when a signed checkpoint includes it. Publishes on {@code live.checkpoints}. Of
 * several instances one writes the log; the others stand by without taking deliveries.
 */
public final class LedgerVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerVerticle.class);
  private static final String LIVE = "live.checkpoints";

  private final LedgerConfig config;
  private final AmqpConfig amqp;
  private final MongoClient mongo;
  private final SigningKey key;
  private final Chain chain;
  private final List<WitnessConfig> witnessed;
  private final Clock clock;
  private final MeterRegistry metrics;
  private volatile TransparencyLog log;
  private volatile Anchoring anchoring;
  private volatile Witnesses witnesses;
  private volatile TopicReceiver receiver;
  private final AtomicLong damagedActs = new AtomicLong();
  private ActAppender acts;

  /** Of what took entries in the turn before. */
  private Future<Void> closing = Future.succeededFuture();

  /**
   * @param key of {@link #signingKey}
   * @param chain null to run without anchors
   * @param witnessed who is asked to cosign checkpoints
   */
  public LedgerVerticle(
      LedgerConfig config,
      AmqpConfig amqp,
      MongoClient mongo,
      SigningKey key,
      Chain chain,
      List<WitnessConfig> witnessed,
      Clock clock,
      MeterRegistry metrics) {
    this.config = config;
    this.amqp = amqp;
    this.mongo = mongo;
    this.key = key;
    this.chain = chain;
    this.witnessed = witnessed;
    this.clock = clock;
    this.metrics = metrics;
  }

  /**
   * Loads or creates the log's key, {@code log.key}, and writes its verifier key beside it as
   * {@code log.pub}, for those who check receipts on this machine. Blocks.
   */
  public static SigningKey signingKey(LedgerConfig config) throws IOException {
    SigningKey key = SigningKey.loadOrCreate(config.directory().resolve("log.key"));
    Path file = config.directory().resolve("log.pub");
    Path temporary = config.directory().resolve("log.pub.new");
    Files.writeString(temporary, new VerifierKey(config.origin(), key.publicKey()) + "\n");
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    return key;
  }

  @Override
  public Future<?> start() {
    LogStore store = new MongoLogStore(mongo);
    SignedHead signed =
        new SignedHead(config.directory(), new VerifierKey(config.origin(), key.publicKey()));
    log = new TransparencyLog(vertx, store, config, key, signed, clock, metrics);
    if (chain != null) {
      anchoring =
          new Anchoring(
              vertx,
              mongo,
              store,
              log.verifierKey(),
              log::newest,
              chain,
              config.anchorInterval(),
              config.anchorEntries(),
              clock,
              metrics);
      anchoring.onRollBack(log::stop);
      anchoring.onAnchor(event -> vertx.eventBus().publish(LIVE, event));
    }
    witnesses =
        new Witnesses(
            vertx, witnessed, new LogReader(store), new Cosignatures(mongo), clock, metrics);
    if (anchoring != null) {
      anchoring.onIntent(witnesses::anchoring);
    }
    log.onCheckpoint(
        checkpoint -> {
          witnesses.observe(checkpoint);
          if (anchoring != null) {
            anchoring.observe(checkpoint);
          }
          vertx.eventBus().publish(LIVE, checkpoint.live());
        });
    Gauge.builder("boe.cloud.ledger.acts.damaged", damagedActs, AtomicLong::get)
        .description("Acts that cannot be logged: somebody has damaged their documents")
        .register(metrics);
    log.onTurn(this::turn);
    return log.start()
        .recover(
            failure -> {
              // The other roles must live, the audit above all: it is what names the damage.
              LOG.error("The log has stopped: {}", failure.getMessage());
              return Future.succeededFuture();
            });
  }

  /** Deliveries, acts and anchors are the business of the process that writes the log. */
  private void turn(boolean writes) {
    if (!writes) {
      closing = receiver.close().eventually(acts::close);
      receiver = null;
      if (anchoring != null) {
        anchoring.pause();
      }
      return;
    }
    LOG.info(
        "log {} has {} entries, verifier key {}",
        config.origin(),
        log.newest().treeSize(),
        log.verifierKey());
    witnesses.observe(log.newest());
    if (anchoring != null) {
      anchoring.observe(log.newest());
      anchoring.start();
    }
    receiver =
        new TopicReceiver(
            vertx, amqp, Addresses.LEDGER, TransparencyLog.ROUND_BATCHES, this::append);
    receiver.start();
    acts = new ActAppender(vertx, new ActStore(mongo), log, damagedActs);
    acts.start();
  }

  /** What keeps readings from being logged or anchored, or empty. Safe for any thread. */
  public Optional<String> problem() {
    TopicReceiver current = receiver;
    if (log == null) {
      return Optional.of("not started");
    }
    return log.problem()
        .or(() -> anchoring == null ? Optional.empty() : anchoring.fault())
        .or(() -> current == null ? Optional.of("not started") : current.problem());
  }

  private Future<Settlement> append(Delivery delivery) {
    // Hashing takes about 2 ms for a hub message of 256 KB, but unfolding one of 8 MB takes longer.
    return vertx
        .executeBlocking(
            () -> {
              Batch batch = delivery.batch();
              return new Hashed(
                  batch.sortableId(), batch.readings().stream().map(Reading::recordHash).toList());
            })
        .compose(hashed -> log.append(hashed.batchId(), hashed.hashes()))
        .map(leaf -> Settlement.accept());
  }

  private record Hashed(String batchId, List<byte[]> hashes) {}

  @Override
  public Future<?> stop() {
    if (log != null) {
      // The receiver and the acts wait for what they have appended.
      log.refuse();
    }
    Future<Void> closed = receiver == null ? Future.succeededFuture() : receiver.close();
    return closed
        .eventually(() -> closing)
        .eventually(() -> acts == null ? Future.succeededFuture() : acts.close())
        .eventually(() -> log == null ? Future.succeededFuture() : log.close())
        .eventually(() -> witnesses == null ? Future.succeededFuture() : witnesses.close())
        .eventually(() -> anchoring == null ? Future.succeededFuture() : anchoring.close());
  }
}
