package io.blockofenergy.edge.journal;

import io.blockofenergy.edge.decode.Measurement;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives readings their sequence number and makes them durable, then hands them out in signed
 * batches until the hub has them. Safe for any thread.
 *
 * <p>{@link JournalWriter} brings readings into segments, {@link BatchCutter} segments into
 * batches, {@link Outbox} batches to their end; {@link Backlog} is where the first two meet, {@link
 * Lanes} the last two, {@link Space} keeps all within the bound, {@link Recovery} makes all of it
 * from what the last process left. In memory are only the positions of segments and batches, the
 * waiting payloads, and the window by which redeliveries are recognised.
 *
 * <p>What survives a crash: every reading whose append has completed, every batch that was handed
 * out, in the very same bytes, and the place in the chain of batches. An append that had not
 * completed may survive or not.
 */
public final class Journal implements BatchSource, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  private final Clock clock;
  private final JournalDirectory directory;
  private final Space space;
  private final Backlog backlog;
  private final Lanes lanes;
  private final JournalWriter writer;
  private final BatchCutter cutter;
  private final Outbox outbox;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private Journal(
      JournalConfig config,
      BridgeIdentity identity,
      SigningKey key,
      Clock clock,
      MeterRegistry registry,
      JournalDirectory directory)
      throws IOException {
    this.clock = clock;
    this.directory = directory;
    Counter damaged =
        Counter.builder("boe.edge.journal.damaged")
            .description("damaged files set aside since start")
            .register(registry);
    Recovery recovered = new Recovery(directory, config, clock, damaged);
    space = recovered.space();
    backlog = recovered.backlog();
    writer =
        new JournalWriter(
            journalId(),
            config.maxWaitingBytes(),
            clock,
            registry,
            space,
            new ReadingFactory(identity, journalId()),
            new SegmentAppender(directory, backlog, config.maxBytes()),
            recovered.nextSeq(),
            recovered.window());
    lanes = new Lanes(recovered.waiting());
    cutter =
        new BatchCutter(
            identity.bridge(),
            key,
            directory,
            backlog,
            lanes,
            space,
            recovered.prev(),
            writer::roomMade,
            this::notifyListeners);
    outbox = new Outbox(identity.bridge(), directory, lanes, space, this::roomForBatches, damaged);
    Gauge.builder("boe.edge.journal.bytes", space::usedBytes)
        .description("everything in the journal's directory")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("boe.edge.journal.fullness", space::fullness)
        .description("part of the room for readings that is taken; at 1 sensors wait")
        .register(registry);
    Gauge.builder("boe.edge.journal.batches", lanes::size)
        .description("batches that the hub has not acknowledged")
        .register(registry);
    Gauge.builder("boe.edge.journal.waiting.bytes", writer::waitingBytes)
        .description("payloads waiting to be written")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("boe.edge.journal.oldest.unacknowledged.seconds", this::oldestSeconds)
        .description("age of the oldest reading that the hub has not acknowledged")
        .baseUnit("seconds")
        .register(registry);
  }

  /**
   * Opens the journal, makes it if absent, and recovers what the last process left. Blocks.
   *
   * @throws IOException when the directory cannot be used: held by another process, another
   *     bridge's, not writable
   */
  public static Journal open(
      JournalConfig config,
      BridgeIdentity identity,
      SigningKey key,
      Clock clock,
      MeterRegistry registry)
      throws IOException {
    JournalDirectory directory = JournalDirectory.open(config.directory(), identity.bridge());
    try {
      Journal journal = new Journal(config, identity, key, clock, registry, directory);
      journal.writer.start();
      journal.cutter.start();
      return journal;
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /** The 8 hex digits that were drawn when the directory was made. */
  public String journalId() {
    return directory.journalId();
  }

  /** What {@code /status} shows. */
  public Map<String, Object> status() {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("id", journalId());
    status.put("bytes", space.usedBytes());
    status.put("fullPercent", Math.round(100 * space.fullness()));
    status.put("batches", lanes.size());
    status.put("oldestUnacknowledged", oldestUnacknowledged().map(Instant::toString).orElse(null));
    return status;
  }

  /** Whether appends wait for room on the disk. */
  public boolean isFull() {
    return space.isFull();
  }

  /** Why readings are not journaled now; empty while all is well. For readiness. */
  public Optional<String> problem() {
    if (writer.hasFailed()) {
      return Optional.of("cannot write: see the log, then restart the bridge");
    }
    return cutter
        .problem()
        .map(fault -> "cannot make a batch: " + fault)
        .or(() -> isFull() ? Optional.of("full: waiting for the hub") : Optional.empty());
  }

  /**
   * Appends a message. Never blocks.
   *
   * @param redelivery whether MQTT marks it as possibly sent before: if its topic, device and
   *     payload are those of a recent message it is not appended again
   * @return completes in the order of appends (a redelivery that comes while the journal is full
   *     perhaps not), on the writer's thread, after the fsync; fails with {@link
   *     UnavailableException} when the journal takes no more or cannot write, with {@link
   *     MalformedReadingException} when no valid reading can be made of it
   */
  public CompletableFuture<Appended> append(
      Measurement measurement, String topic, String payload, boolean redelivery) {
    return writer.append(measurement, topic, payload, redelivery);
  }

  @Override
  public Optional<Batch> next(Lane lane) throws IOException {
    Optional<Batch> batch = outbox.next(lane);
    if (batch.isEmpty() && lane == Lane.LIVE) {
      backlog.want();
    }
    return batch;
  }

  @Override
  public void acknowledged(String batchId) throws IOException {
    outbox.acknowledged(batchId);
  }

  @Override
  public void rewind() {
    backlog.wantNone();
    lanes.rewind();
    backlog.requestNotice();
  }

  @Override
  public void onAvailable(Runnable listener) {
    listeners.add(listener);
    backlog.requestNotice();
  }

  @Override
  public Optional<Instant> oldestUnacknowledged() {
    long oldest = Math.min(backlog.oldestMillis(), lanes.oldestMillis());
    return oldest == Long.MAX_VALUE ? Optional.empty() : Optional.of(Instant.ofEpochMilli(oldest));
  }

  /** Ends the writer; what waits for room fails. Blocks until the disk has the rest. */
  @Override
  public void close() throws IOException {
    backlog.close();
    cutter.close();
    writer.close();
    outbox.close();
    directory.close();
  }

  private void roomForBatches() {
    backlog.resume();
    writer.roomMade();
  }

  private void notifyListeners() {
    for (Runnable listener : listeners) {
      try {
        listener.run();
      } catch (RuntimeException e) {
        log.error("A listener of the journal failed", e);
      }
    }
  }

  private long oldestSeconds() {
    return oldestUnacknowledged()
        .map(oldest -> Math.max(0, (clock.millis() - oldest.toEpochMilli()) / 1000))
        .orElse(0L);
  }
}
