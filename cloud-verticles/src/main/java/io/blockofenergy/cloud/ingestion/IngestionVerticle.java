package io.blockofenergy.cloud.ingestion;

import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.TopicReceiver;
import io.blockofenergy.cloud.topic.TopicSender;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Wires ingestion: hub events in, telemetry topic and dead letters out, enrolment on the event bus.
 * It starts without its peers and waits for them; {@link #problem()} tells.
 */
public final class IngestionVerticle extends VerticleBase {
  /**
   * Requests {@code {"bridge", "publicKey"}}; an empty reply, or a failure with one of the codes.
   */
  public static final String ENROL = "ingestion.enrol";

  /** The key is refused; asking again will not help. */
  public static final int REFUSED = 403;

  /** The store does not answer now. */
  public static final int UNAVAILABLE = 503;

  private final IngestionConfig config;
  private final AmqpConfig amqp;
  private final MongoClient mongo;
  private final MeterRegistry meters;
  private final Clock clock;
  private volatile TopicReceiver receiver;
  private volatile TopicSender topic;
  private volatile TopicSender deadLetters;
  private WorkerExecutor workers;
  private Gauge unsettled;

  public IngestionVerticle(
      IngestionConfig config,
      AmqpConfig amqp,
      MongoClient mongo,
      MeterRegistry meters,
      Clock clock) {
    this.config = config;
    this.amqp = amqp;
    this.mongo = mongo;
    this.meters = meters;
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    workers = vertx.createSharedWorkerExecutor("ingestion", config.workers());
    topic = new TopicSender(vertx, amqp, Addresses.TELEMETRY_TOPIC);
    deadLetters = new TopicSender(vertx, amqp, Addresses.INGESTION_DEAD_LETTERS);
    BridgeRegistry bridges =
        new BridgeRegistry(
            mongo, clock, () -> vertx.eventBus().publish(ActStore.RECORDED, new JsonObject()));
    DeadLetterRegister refused = new DeadLetterRegister(mongo, clock);
    BatchGate gate =
        new BatchGate(
            bridges,
            new BatchRegister(mongo, clock),
            topic::send,
            letter -> refused.record(letter).compose(recorded -> deadLetters.send(letter)),
            workers,
            meters);
    receiver =
        new TopicReceiver(vertx, amqp, config.source(), config.unsettledBatches(), gate::handle);
    unsettled =
        Gauge.builder("boe.cloud.ingestion.unsettled", receiver, TopicReceiver::unsettled)
            .register(meters);
    topic.start();
    deadLetters.start();
    receiver.start();
    return vertx
        .eventBus()
        .<JsonObject>consumer(ENROL, request -> enrol(bridges, request))
        .completion();
  }

  @Override
  public Future<?> stop() {
    meters.remove(unsettled);
    // The receiver first: what it had handed out and is not settled then comes again.
    return receiver
        .close()
        .compose(v -> Future.join(topic.close(), deadLetters.close()))
        .compose(v -> workers.close());
  }

  /** What keeps batches from flowing, or empty. Safe for any thread. */
  public Optional<String> problem() {
    if (receiver == null || topic == null || deadLetters == null) {
      return Optional.of("not started");
    }
    return Stream.of(receiver.problem(), topic.problem(), deadLetters.problem())
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static void enrol(BridgeRegistry bridges, Message<JsonObject> request) {
    bridges
        .enrol(request.body().getString("bridge"), request.body().getString("publicKey"))
        .onSuccess(v -> request.reply(null))
        .onFailure(
            failure ->
                request.fail(
                    failure instanceof MalformedReadingException ? REFUSED : UNAVAILABLE,
                    failure.getMessage()));
  }
}
