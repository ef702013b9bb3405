package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.decode.DeadLetterFile;
import io.blockofenergy.edge.decode.Decoder;
import io.blockofenergy.edge.decode.Measurement;
import io.blockofenergy.edge.journal.Journal;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one message to where it is safe: the journal, or the dead letters. Used on one event loop.
 */
final class MessageIntake {
  /** What became of a message; the tag {@code outcome} of its counter. */
  enum Outcome {
    JOURNALED,
    DUPLICATE,
    NO_READING,
    MALFORMED,
    REFUSED
  }

  private static final Logger log = LoggerFactory.getLogger(MessageIntake.class);
  private static final long MAX_WAITING_DEAD_LETTER_BYTES = 8 << 20;

  /** What a queued dead letter takes beside its texts, roughly. */
  private static final int QUEUED_BYTES = 512;

  private final Journal journal;
  private final List<Decoder> decoders;
  private final DeadLetterFile deadLetters;
  private final WorkerExecutor deadLetterWorker;
  private final Context context;
  private final Clock clock;
  private final Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);
  private long waitingDeadLetterBytes;

  MessageIntake(
      Journal journal,
      List<Decoder> decoders,
      DeadLetterFile deadLetters,
      WorkerExecutor deadLetterWorker,
      Context context,
      Clock clock,
      MeterRegistry registry) {
    this.journal = journal;
    this.decoders = decoders;
    this.deadLetters = deadLetters;
    this.deadLetterWorker = deadLetterWorker;
    this.context = context;
    this.clock = clock;
    for (Outcome outcome : Outcome.values()) {
      counters.put(
          outcome,
          Counter.builder("boe.edge.mqtt.messages")
              .description("messages taken from sensors")
              .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  /**
   * Never fails: completes on the event loop when the message may be acknowledged, with {@link
   * Outcome#REFUSED} when it may not.
   *
   * @param mayWait whether the sender keeps the message until it is acknowledged
   */
  Future<Outcome> take(String topic, Buffer payload, boolean redelivery, boolean mayWait) {
    return route(topic, payload, redelivery, mayWait).onSuccess(this::count);
  }

  void count(Outcome outcome) {
    counters.get(outcome).increment();
  }

  private Future<Outcome> route(String topic, Buffer payload, boolean redelivery, boolean mayWait) {
    if (!mayWait && journal.isFull()) {
      return Future.succeededFuture(Outcome.REFUSED);
    }
    Optional<Decoder> decoder =
        decoders.stream().filter(candidate -> candidate.accepts(topic)).findFirst();
    if (decoder.isEmpty()) {
      return Future.succeededFuture(Outcome.NO_READING);
    }
    byte[] bytes = payload.getBytes();
    Optional<Measurement> measurement;
    try {
      measurement = decoder.get().decode(topic, bytes);
    } catch (MalformedReadingException e) {
      return deadLetter(topic, bytes, e);
    }
    if (measurement.isEmpty()) {
      return Future.succeededFuture(Outcome.NO_READING);
    }
    Promise<Outcome> promise = Promise.promise();
    journal
        .append(measurement.get(), topic, new String(bytes, StandardCharsets.UTF_8), redelivery)
        .whenComplete(
            (appended, failure) ->
                context.runOnContext(
                    ignored -> {
                      if (failure == null) {
                        promise.complete(
                            appended.duplicate() ? Outcome.DUPLICATE : Outcome.JOURNALED);
                      } else {
                        failed(topic, bytes, failure).onComplete(promise);
                      }
                    }));
    return promise.future();
  }

  private Future<Outcome> failed(String topic, byte[] payload, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof MalformedReadingException malformed) {
      return deadLetter(topic, payload, malformed);
    }
    if (!(cause instanceof UnavailableException)) {
      log.error("A message could not be journaled", cause);
    }
    return Future.succeededFuture(Outcome.REFUSED);
  }

  private Future<Outcome> deadLetter(
      String topic, byte[] payload, MalformedReadingException reason) {
    log.debug("Message on {} is malformed: {}", topic, reason.getMessage());
    // An empty message occupies the queue too.
    long cost = payload.length + topic.length() + QUEUED_BYTES;
    if (waitingDeadLetterBytes + cost > MAX_WAITING_DEAD_LETTER_BYTES) {
      return Future.succeededFuture(Outcome.REFUSED);
    }
    Instant now = clock.instant();
    waitingDeadLetterBytes += cost;
    return deadLetterWorker
        .executeBlocking(
            () -> {
              deadLetters.write(now, topic, payload, reason.getMessage());
              return Outcome.MALFORMED;
            })
        .onComplete(ignored -> waitingDeadLetterBytes -= cost)
        .otherwise(
            failure -> {
              log.error("A dead letter could not be written", failure);
              return Outcome.REFUSED;
            });
  }
}
