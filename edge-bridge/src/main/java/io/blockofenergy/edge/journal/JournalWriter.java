package io.blockofenergy.edge.journal;

import io.blockofenergy.edge.decode.Measurement;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbers readings and makes them durable, in the order in which they were appended. One thread
 * does it, and whatever was appended while the disk was busy shares the next fsync. An append that
 * does not fit waits at the head of the queue until {@link #roomMade()}; what is too much even for
 * waiting is refused at once. Redeliveries that come while there is no room are looked at before
 * it.
 *
 * <p>When the disk refuses a write, most likely because it is full, that group of appends fails and
 * its numbers are used again. After a failed fsync nothing is known of the disk, and the writer
 * stops for good. Safe for any thread; appending never waits for the disk.
 */
final class JournalWriter {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  private static final int GROUP_BYTES = 1 << 20;

  /** What a waiting append costs beside its payload. */
  private static final int OVERHEAD_BYTES = 256;

  private record Entry(
      Measurement measurement,
      String topic,
      String payload,
      boolean redelivery,
      Instant receivedAt,
      CompletableFuture<Appended> result) {
    long cost() {
      return payload.length() + topic.length() + OVERHEAD_BYTES;
    }
  }

  /**
   * An append of the group that is being written; seq 0 for a duplicate, which writes nothing.
   *
   * @param newKey whether the window did not hold the key before
   */
  private record Written(Entry entry, long seq, DuplicateWindow.Key key, boolean newKey) {
    boolean duplicate() {
      return seq == 0;
    }
  }

  private final String journalId;
  private final long maxWaitingBytes;
  private final Clock clock;
  private final Space space;
  private final Counter appended;
  private final Counter fsyncs;
  private final Thread thread = new Thread(this::run, "journal-writer");

  // Guarded by this.
  private final ArrayDeque<Entry> queue = new ArrayDeque<>();

  /** Redeliveries that came while the journal was full. */
  private final ArrayDeque<Entry> redelivered = new ArrayDeque<>();

  private long queuedBytes;
  private boolean closed;
  private Throwable failure;

  // The thread's own.
  private final ReadingFactory readings;
  private final SegmentAppender segments;
  private final DuplicateWindow window;
  private final List<Written> group = new ArrayList<>();
  private ByteBuffer buffer = ByteBuffer.allocateDirect(2 * GROUP_BYTES);
  private long nextSeq;
  private boolean refusing;

  /**
   * @param nextSeq the number of the next reading
   * @param window the messages journaled last; the writer's from now on
   */
  JournalWriter(
      String journalId,
      long maxWaitingBytes,
      Clock clock,
      MeterRegistry registry,
      Space space,
      ReadingFactory readings,
      SegmentAppender segments,
      long nextSeq,
      DuplicateWindow window) {
    this.journalId = journalId;
    this.maxWaitingBytes = maxWaitingBytes;
    this.clock = clock;
    this.space = space;
    this.readings = readings;
    this.segments = segments;
    this.nextSeq = nextSeq;
    this.window = window;
    this.appended =
        Counter.builder("boe.edge.journal.readings.appended")
            .description("readings made durable")
            .register(registry);
    this.fsyncs =
        Counter.builder("boe.edge.journal.fsyncs")
            .description("groups of readings written")
            .register(registry);
  }

  void start() {
    thread.start();
  }

  /** As {@link Journal#append}. */
  CompletableFuture<Appended> append(
      Measurement measurement, String topic, String payload, boolean redelivery) {
    Entry entry =
        new Entry(
            measurement, topic, payload, redelivery, clock.instant(), new CompletableFuture<>());
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(new UnavailableException("the journal is closed"));
      }
      if (failure != null) {
        return CompletableFuture.failedFuture(
            new UnavailableException("the journal cannot write", failure));
      }
      if (queuedBytes + entry.cost() > maxWaitingBytes) {
        return CompletableFuture.failedFuture(
            new UnavailableException(
                space.isFull() ? "the journal is full" : "too many readings wait for the disk"));
      }
      queuedBytes += entry.cost();
      (redelivery && space.isFull() ? redelivered : queue).add(entry);
      notifyAll();
    }
    return entry.result();
  }

  /** To be called after {@link Space} got room: what waits for it is tried again. */
  synchronized void roomMade() {
    notifyAll();
  }

  synchronized long waitingBytes() {
    return queuedBytes;
  }

  /** Whether the writer has stopped for good. */
  synchronized boolean hasFailed() {
    return failure != null;
  }

  /** Waits until the disk has what it has room for; the rest fails. */
  void close() throws IOException {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    segments.close();
  }

  private void run() {
    while (awaitWork()) {
      buffer.clear();
      group.clear();
      try {
        recognise();
        while (buffer.position() < GROUP_BYTES && take()) {
          // take() has put one more record into the buffer
        }
        if (buffer.flip().hasRemaining()) {
          writeGroup();
        }
        complete();
      } catch (IOException | RuntimeException | Error e) {
        fail(e);
      }
    }
    failQueue(new UnavailableException("the journal is closed"));
  }

  /** Waits for appends that can be tried; false when it is time to end. */
  private synchronized boolean awaitWork() {
    try {
      // Room is made first and told after, so that it cannot be missed here.
      while (failure != null || (redelivered.isEmpty() && (queue.isEmpty() || space.isFull()))) {
        if (closed) {
          return false;
        }
        wait();
      }
      return true;
    } catch (InterruptedException e) {
      closed = true;
      return false;
    }
  }

  /** Those that are known need no room, so they do not wait for it behind others. */
  private synchronized void recognise() {
    while (!redelivered.isEmpty()) {
      Entry entry = redelivered.remove();
      DuplicateWindow.Key key = key(entry);
      if (window.contains(key)) {
        queuedBytes -= entry.cost();
        group.add(new Written(entry, 0, key, false));
      } else {
        queue.add(entry);
      }
    }
  }

  private static DuplicateWindow.Key key(Entry entry) {
    return DuplicateWindow.Key.of(entry.topic(), entry.measurement().device(), entry.payload());
  }

  /** Moves the queue's head into the group; false when there is none or it does not fit. */
  private boolean take() {
    Entry entry;
    synchronized (this) {
      entry = queue.peek(); // only this thread takes it away
    }
    if (entry == null) {
      return false;
    }
    DuplicateWindow.Key key = key(entry);
    if (entry.redelivery() && window.contains(key)) {
      poll();
      group.add(new Written(entry, 0, key, false));
      return true;
    }
    JournalRecord record;
    try {
      record = record(entry, key);
    } catch (MalformedReadingException e) {
      poll();
      entry.result().completeExceptionally(e);
      return true;
    }
    if (!space.takeForReading(record.bytes())) {
      return false;
    }
    poll();
    if (buffer.remaining() < record.bytes()) {
      ByteBuffer larger = ByteBuffer.allocateDirect(buffer.position() + record.bytes());
      buffer = larger.put(buffer.flip());
    }
    record.writeTo(buffer);
    group.add(new Written(entry, nextSeq++, key, window.add(key)));
    return true;
  }

  private synchronized void poll() {
    queuedBytes -= queue.remove().cost();
  }

  private JournalRecord record(Entry entry, DuplicateWindow.Key key) {
    Instant receivedAt = entry.receivedAt();
    byte[] canonical =
        readings
            .reading(nextSeq, entry.measurement(), entry.topic(), entry.payload(), receivedAt)
            .canonicalJson();
    if (canonical.length > JournalRecord.MAX_CANONICAL_BYTES || !Batch.hasRoomFor(canonical)) {
      throw new MalformedReadingException("the reading is too large for a hub message");
    }
    return new JournalRecord(nextSeq, receivedAt.toEpochMilli(), key, canonical);
  }

  private void writeGroup() throws IOException {
    int bytes = buffer.remaining();
    List<Written> records = group.stream().filter(written -> !written.duplicate()).toList();
    Written first = records.get(0);
    try {
      segments.write(buffer, first.seq());
    } catch (IOException e) {
      segments.rollBack();
      refuse(records, bytes, e);
      return;
    }
    if (refusing) {
      refusing = false;
      log.info("Journal {} writes again", journalId);
    }
    segments.commit(nextSeq - 1, bytes, first.entry().receivedAt().toEpochMilli());
    fsyncs.increment();
    appended.increment(records.size());
  }

  private void refuse(List<Written> records, int bytes, IOException e) {
    if (!refusing) {
      refusing = true;
      log.error("Journal {} cannot write: its readings are refused", journalId, e);
    }
    nextSeq = records.get(0).seq();
    space.free(bytes);
    // What was known before was journaled before, and stays known.
    records.stream().filter(Written::newKey).forEach(written -> window.remove(written.key()));
    failGroup(new UnavailableException("the disk takes no more", e));
    group.clear();
  }

  private void complete() {
    for (Written written : group) {
      written.entry().result().complete(new Appended(written.seq(), written.duplicate()));
    }
  }

  /**
   * After a failed write or fsync nobody knows what the disk holds, and a second fsync may lie: the
   * journal stops for good; a restart reads what is really there.
   */
  private void fail(Throwable e) {
    log.error("Journal {} cannot write any more; restart the bridge", journalId, e);
    synchronized (this) {
      failure = e;
    }
    UnavailableException unavailable = new UnavailableException("the journal cannot write", e);
    failGroup(unavailable);
    failQueue(unavailable);
  }

  private void failGroup(UnavailableException e) {
    group.forEach(written -> written.entry().result().completeExceptionally(e));
  }

  private void failQueue(UnavailableException e) {
    List<Entry> rest;
    synchronized (this) {
      rest = new ArrayList<>(redelivered);
      rest.addAll(queue);
      redelivered.clear();
      queue.clear();
      queuedBytes = 0;
    }
    rest.forEach(entry -> entry.result().completeExceptionally(e));
  }
}
