package io.blockofenergy.cloud.ingestion;

import io.blockofenergy.cloud.ingestion.RefusedException.Reason;
import io.blockofenergy.cloud.topic.Delivery;
import io.blockofenergy.cloud.topic.Settlement;
import io.blockofenergy.cloud.topic.TopicMessage;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to each message of the hub's event stream: checked, its sequence numbers claimed,
 * published; or sent to the dead letters; and only then settled. A crash between two steps makes
 * the message come again, and every step bears repetition.
 *
 * <p>Batches are checked side by side, but those of one bridge are claimed and sent in their order
 * of arrival. Used on one event loop.
 */
public final class BatchGate {
  private static final Logger log = LoggerFactory.getLogger(BatchGate.class);
  private static final long RETRY_MS = 1_000;
  private static final int DESCRIPTION_CHARACTERS = 500;

  private enum Outcome {
    PUBLISHED,
    REPEATED,
    REFUSED,
    DEFERRED
  }

  private final BridgeRegistry bridges;
  private final BatchRegister register;
  private final Function<TopicMessage, Future<Void>> topic;
  private final Function<TopicMessage, Future<Void>> deadLetters;
  private final WorkerExecutor workers;
  private final MeterRegistry meters;
  private final Counter readings;
  private final Map<String, Future<?>> lastOfBridge = new HashMap<>();

  /**
   * @param topic sends to the telemetry topic; completes when durable
   * @param deadLetters sends to the dead letters; completes when durable
   * @param workers for the checks, which take some milliseconds of CPU time each
   */
  public BatchGate(
      BridgeRegistry bridges,
      BatchRegister register,
      Function<TopicMessage, Future<Void>> topic,
      Function<TopicMessage, Future<Void>> deadLetters,
      WorkerExecutor workers,
      MeterRegistry meters) {
    this.bridges = bridges;
    this.register = register;
    this.topic = topic;
    this.deadLetters = deadLetters;
    this.workers = workers;
    this.meters = meters;
    this.readings = meters.counter("boe.cloud.ingestion.readings");
    for (Outcome outcome : Outcome.values()) {
      count(outcome, 0);
    }
  }

  /** Never fails but by a fault of the program, which counts as a failed delivery. */
  public Future<Settlement> handle(Delivery delivery) {
    TopicMessage message = delivery.message();
    return pass(message)
        .map(
            outcome -> {
              count(outcome, 1);
              return Settlement.accept();
            })
        .recover(
            failure ->
                failure instanceof MalformedReadingException refused
                    ? bury(message, refused)
                    : Future.failedFuture(failure))
        .recover(
            failure ->
                failure instanceof UnavailableException
                    ? Future.succeededFuture(defer(failure))
                    : Future.failedFuture(failure));
  }

  private Future<Outcome> pass(TopicMessage message) {
    String bridge;
    try {
      bridge = BatchCheck.bridge(message);
    } catch (RefusedException e) {
      return Future.failedFuture(e);
    }
    Future<Batch> checked =
        check(message, bridge)
            .recover(
                failure -> {
                  if (failure instanceof RefusedException refused
                      && refused.reason() == RefusedException.Reason.BAD_SIGNATURE) {
                    bridges.forget(bridge);
                    return check(message, bridge);
                  }
                  return Future.failedFuture(failure);
                });
    Future<Boolean> claimed = inOrder(bridge, () -> checked.compose(register::claim));
    return claimed.compose(
        fresh -> {
          Batch batch = checked.result();
          return topic
              .apply(TopicMessage.of(batch))
              .map(
                  v -> {
                    if (fresh) {
                      readings.increment(batch.count());
                    }
                    return fresh ? Outcome.PUBLISHED : Outcome.REPEATED;
                  });
        });
  }

  private Future<Batch> check(TopicMessage message, String bridge) {
    return bridges
        .publicKey(bridge)
        .compose(
            key -> workers.executeBlocking(() -> BatchCheck.check(message, bridge, key), false));
  }

  /** Runs the step when the bridge's step before is over, however that ended. */
  private <T> Future<T> inOrder(String bridge, Supplier<Future<T>> step) {
    Future<?> before = lastOfBridge.getOrDefault(bridge, Future.succeededFuture());
    Future<T> mine = before.transform(ended -> step.get());
    lastOfBridge.put(bridge, mine);
    mine.onComplete(ended -> lastOfBridge.remove(bridge, mine));
    return mine;
  }

  private Future<Settlement> bury(TopicMessage original, MalformedReadingException refused) {
    Reason reason = refused instanceof RefusedException known ? known.reason() : Reason.MALFORMED;
    String device = String.valueOf(original.annotations().get(BatchCheck.DEVICE_ID));
    String description = String.valueOf(refused.getMessage());
    TopicMessage letter =
        original.with(
            Map.of(
                "deadLetterReason", reason.name(),
                "deadLetterDescription",
                    description.substring(
                        0, Math.min(DESCRIPTION_CHARACTERS, description.length())),
                "deviceId", device));
    return deadLetters
        .apply(letter)
        .map(
            v -> {
              meters.counter("boe.cloud.ingestion.dead.letters", "reason", tag(reason)).increment();
              count(Outcome.REFUSED, 1);
              // DEBUG: a device must not be able to flood the log; counter and queue tell.
              log.debug("Refused a message of {}: {} ({})", device, reason, description);
              return Settlement.accept();
            })
        .recover(
            failure ->
                failure instanceof MalformedReadingException
                    // Not even the dead letters take it: the broker's own limit ends this.
                    ? Future.failedFuture(new IllegalStateException(failure))
                    : Future.failedFuture(failure));
  }

  private Settlement defer(Throwable failure) {
    count(Outcome.DEFERRED, 1);
    long jittered = ThreadLocalRandom.current().nextLong(RETRY_MS / 2, RETRY_MS * 3 / 2);
    return Settlement.release(Duration.ofMillis(jittered), failure.getMessage());
  }

  private void count(Outcome outcome, int batches) {
    meters.counter("boe.cloud.ingestion.batches", "outcome", tag(outcome)).increment(batches);
  }

  private static String tag(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
