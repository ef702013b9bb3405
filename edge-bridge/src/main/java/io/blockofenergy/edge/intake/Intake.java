package io.blockofenergy.edge.intake;

import io.blockofenergy.edge.decode.Decoder;
import io.blockofenergy.edge.decode.Measurement;
import io.blockofenergy.edge.journal.Appended;
import io.blockofenergy.edge.journal.Journal;
import io.blockofenergy.telemetry.EnumCounters;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one message to where it is safe: the journal, or the dead letters. Safe for any event loop;
 * futures complete on the caller's.
 */
public final class Intake implements AutoCloseable {
  /** What became of a message; the tag {@code outcome} of its counter. */
  public enum Outcome {
    JOURNALED,
    DUPLICATE,
    NO_READING,
    /** An old value that a broker repeats to whoever subscribes; not taken. */
    RETAINED,
    MALFORMED,
    REFUSED
  }

  private static final Logger log = LoggerFactory.getLogger(Intake.class);
  private static final long MAX_WAITING_DEAD_LETTER_BYTES = 8 << 20;

  /** What a queued dead letter takes beside its texts, roughly. */
  private static final int QUEUED_BYTES = 512;

  private final Vertx vertx;
  private final Journal journal;
  private final List<Decoder> decoders;
  private final DeadLetterFile deadLetters;
  private final WorkerExecutor deadLetterWorker;
  private final Clock clock;
  private final MeterRegistry registry;
  private final Map<String, EnumCounters<Outcome>> counters = new ConcurrentHashMap<>();
  private final AtomicLong waitingDeadLetterBytes = new AtomicLong();
  private final List<BiConsumer<String, List<Measurement>>> listeners =
      new CopyOnWriteArrayList<>();

  /**
   * Opens the dead letters' file. Blocks.
   *
   * @param decoders the first that accepts a topic decodes its messages
   * @throws IOException when the dead letters cannot be written
   */
  public Intake(
      Vertx vertx,
      IntakeConfig config,
      Journal journal,
      List<Decoder> decoders,
      Clock clock,
      MeterRegistry registry)
      throws IOException {
    this.vertx = vertx;
    this.journal = journal;
    this.decoders = List.copyOf(decoders);
    this.deadLetters =
        new DeadLetterFile(
            config.deadLetterFile(),
            config.deadLetterMaxBytes(),
            Counter.builder("boe.edge.deadletters.discarded")
                .description("dead letters that made way for newer ones")
                .baseUnit("bytes")
                .register(registry));
    this.deadLetterWorker = vertx.createSharedWorkerExecutor("dead-letters", 1);
    this.clock = clock;
    this.registry = registry;
  }

  /**
   * Never fails: completes when the message may be acknowledged, with {@link Outcome#REFUSED} when
   * it may not.
   *
   * @param source who brought it: the tag {@code source} of its counter
   * @param redelivery whether MQTT marks it as possibly sent before
   * @param mayWait whether the sender keeps the message until it is acknowledged
   */
  public Future<Outcome> take(
      String source, String topic, Buffer payload, boolean redelivery, boolean mayWait) {
    return route(topic, payload, redelivery, mayWait).onSuccess(outcome -> count(source, outcome));
  }

  /** Whether readings have to wait for room; those that may not wait are refused. */
  public boolean isFull() {
    return journal.isFull();
  }

  /** Whether a message on that topic can be a reading. */
  public boolean accepts(String topic) {
    return decoder(topic).isPresent();
  }

  /**
   * Adds who wants to know what is taken: of every message that a decoder knows and can read its
   * topic and what it says, which may be nothing; a redelivery's, too.
   *
   * @param listener called on an event loop, after the journal's sync
   */
  public void onTaken(BiConsumer<String, List<Measurement>> listener) {
    listeners.add(listener);
  }

  /** Shows the counters of a source before its first message. */
  public void addSource(String source) {
    counters.computeIfAbsent(source, this::counters);
  }

  /** Counts a message that its receiver has judged itself. */
  public void count(String source, Outcome outcome) {
    counters.computeIfAbsent(source, this::counters).increment(outcome);
  }

  private EnumCounters<Outcome> counters(String source) {
    return new EnumCounters<>(
        registry,
        Outcome.class,
        "boe.edge.messages",
        "messages taken from sensors",
        "outcome",
        Tags.of("source", source));
  }

  /** Closes the dead letters' file; to be called when nothing comes in any more. */
  @Override
  public void close() throws IOException {
    deadLetters.close();
  }

  private Future<Outcome> route(String topic, Buffer payload, boolean redelivery, boolean mayWait) {
    if (!mayWait && journal.isFull()) {
      return Future.succeededFuture(Outcome.REFUSED);
    }
    Optional<Decoder> decoder = decoder(topic);
    if (decoder.isEmpty()) {
      return Future.succeededFuture(Outcome.NO_READING);
    }
    byte[] bytes = payload.getBytes();
    List<Measurement> measurements;
    try {
      measurements = decoder.get().decode(topic, bytes);
    } catch (MalformedReadingException e) {
      return deadLetter(topic, bytes, e);
    }
    if (measurements.isEmpty()) {
      taken(topic, measurements);
      return Future.succeededFuture(Outcome.NO_READING);
    }
    return append(measurements, topic, bytes, redelivery || decoder.get().mayRepeat());
  }

  private Optional<Decoder> decoder(String topic) {
    return decoders.stream().filter(candidate -> candidate.accepts(topic)).findFirst();
  }

  private Future<Outcome> append(
      List<Measurement> measurements, String topic, byte[] bytes, boolean redelivery) {
    String payload = new String(bytes, StandardCharsets.UTF_8);
    // Appends complete in their order, so the last one tells of all; a part of them that a crash
    // leaves behind is completed by the redelivery.
    List<CompletableFuture<Appended>> appends =
        measurements.stream()
            .map(measurement -> journal.append(measurement, topic, payload, redelivery))
            .toList();
    Context context = vertx.getOrCreateContext();
    Promise<Outcome> promise = Promise.promise();
    CompletableFuture.allOf(appends.toArray(CompletableFuture[]::new))
        .whenComplete(
            (done, failure) ->
                context.runOnContext(
                    ignored -> {
                      if (failure != null) {
                        failed(topic, bytes, failure).onComplete(promise);
                      } else {
                        boolean known =
                            appends.stream().allMatch(append -> append.join().duplicate());
                        promise.complete(known ? Outcome.DUPLICATE : Outcome.JOURNALED);
                        taken(topic, measurements);
                      }
                    }));
    return promise.future();
  }

  private void taken(String topic, List<Measurement> measurements) {
    listeners.forEach(listener -> listener.accept(topic, measurements));
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
    if (waitingDeadLetterBytes.addAndGet(cost) > MAX_WAITING_DEAD_LETTER_BYTES) {
      waitingDeadLetterBytes.addAndGet(-cost);
      return Future.succeededFuture(Outcome.REFUSED);
    }
    Instant now = clock.instant();
    return deadLetterWorker
        .executeBlocking(
            () -> {
              deadLetters.write(now, topic, payload, reason.getMessage());
              return Outcome.MALFORMED;
            })
        .onComplete(ignored -> waitingDeadLetterBytes.addAndGet(-cost))
        .otherwise(
            failure -> {
              log.error("A dead letter could not be written", failure);
              return Outcome.REFUSED;
            });
  }
}
