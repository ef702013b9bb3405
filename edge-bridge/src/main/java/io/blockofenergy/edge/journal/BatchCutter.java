package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts the backlog into signed, chained batches and keeps each until the hub has it. A batch is on
 * the disk, under its final name and synced, before it is handed out; only then the segments go
 * whose readings are all in batches. So a crash at any point leaves every reading in a segment or
 * in a batch, and a batch that was handed out never changes.
 *
 * <p>An acknowledgement renames the batch and is not synced: when a crash undoes it the batch is
 * sent again, and the cloud knows it. Safe for any thread; blocks on the disk.
 */
final class BatchCutter {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  static final int MAX_COUNT = 4_000;

  /** The hub's event stream and the broker are quick below 100 KB. */
  private static final int TARGET_BODY_BYTES = 90_000;

  private final String bridge;
  private final SigningKey key;
  private final JournalDirectory directory;
  private final Backlog backlog;
  private final Space space;
  private final Runnable roomMade;
  private final Counter damaged;
  private final SegmentReader reader;

  /** Not acknowledged, by their first sequence number; changed only under this. */
  private final ConcurrentSkipListMap<Long, BatchFile> waiting;

  // Guarded by this.
  private long cursor;
  private String prev;
  private boolean closed;

  /** Why no batch can be cut now, or null. */
  private volatile String fault;

  /** Compressed by uncompressed bytes, as the last batches came out. */
  private double ratio = 0.25;

  /**
   * @param waiting batches that are to be sent, by their first sequence number
   * @param prev hash of the newest batch's body, acknowledged or not
   * @param roomMade called after room was made in {@code space}
   * @param damaged counts files set aside
   */
  BatchCutter(
      String bridge,
      SigningKey key,
      JournalDirectory directory,
      Backlog backlog,
      Space space,
      SortedMap<Long, BatchFile> waiting,
      String prev,
      Runnable roomMade,
      Counter damaged) {
    this.bridge = bridge;
    this.key = key;
    this.directory = directory;
    this.backlog = backlog;
    this.space = space;
    this.waiting = new ConcurrentSkipListMap<>(waiting);
    this.prev = prev;
    this.roomMade = roomMade;
    this.damaged = damaged;
    this.reader = new SegmentReader(backlog);
    backlog.target(targetBytes());
  }

  /** As {@link BatchSource#next()}. */
  synchronized Optional<Batch> next() throws IOException {
    requireOpen();
    while (true) {
      Map.Entry<Long, BatchFile> entry = waiting.ceilingEntry(cursor);
      if (entry == null) {
        return cutIfDue();
      }
      BatchFile file = entry.getValue();
      try {
        Batch batch = file.read();
        cursor = file.lastSeq() + 1;
        return Optional.of(batch);
      } catch (JournalRecord.Damaged e) {
        giveUp(file);
      }
    }
  }

  /** As {@link BatchSource#acknowledged}. */
  synchronized void acknowledged(String batchId) throws IOException {
    requireOpen();
    String prefix = bridge + '.' + directory.journalId() + '.';
    String seq = batchId.startsWith(prefix) ? batchId.substring(prefix.length()) : "";
    if (!seq.matches("[1-9][0-9]{0,15}")) {
      return;
    }
    BatchFile file = waiting.get(Long.parseLong(seq));
    if (file != null) {
      release(file);
    }
  }

  /** As {@link BatchSource#rewind}. */
  synchronized void rewind() {
    cursor = 0;
  }

  /** When the oldest reading in a waiting batch was received; {@code Long.MAX_VALUE} for none. */
  long oldestMillis() {
    Map.Entry<Long, BatchFile> oldest = waiting.firstEntry();
    return oldest == null ? Long.MAX_VALUE : oldest.getValue().firstMillis();
  }

  /** Why readings do not come into batches now, or empty. */
  Optional<String> problem() {
    return Optional.ofNullable(fault);
  }

  /** Waits for what is under way; nothing is handed out or acknowledged any more. */
  synchronized void close() {
    closed = true;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the journal is closed"); // its files may be another process's now
    }
  }

  /**
   * Nobody can send a damaged batch. A copy is kept for whoever wants to look into it; the file
   * goes on as if acknowledged, because its name may be the journal's only place in the sequence.
   */
  private void giveUp(BatchFile file) throws IOException {
    Path aside = directory.copyAside(file.path());
    space.add(file.bytes());
    release(file);
    damaged.increment();
    log.error(
        "Journal {}: readings {} to {} are lost, their batch is damaged. It is kept as {}",
        directory.journalId(),
        file.firstSeq(),
        file.lastSeq(),
        aside.getFileName());
  }

  private void release(BatchFile file) throws IOException {
    BatchFile done = file.asDone();
    Files.move(file.path(), done.path(), StandardCopyOption.ATOMIC_MOVE);
    waiting.remove(file.firstSeq());
    space.release(done);
    tellRoom();
  }

  private Optional<Batch> cutIfDue() throws IOException {
    if (!backlog.isDue()) {
      backlog.arm();
      return Optional.empty();
    }
    // With nothing to acknowledge nothing could ever make room: then one batch may exceed the
    // bound.
    if (!space.hasRoomForBatch() && !waiting.isEmpty()) {
      backlog.stall(); // until an acknowledgement makes room
      backlog.arm();
      return Optional.empty();
    }
    try {
      Batch batch = cut();
      fault = null;
      return Optional.of(batch);
    } catch (IOException e) {
      fault = e.getMessage();
      space.evict();
      backlog.pause();
      backlog.arm();
      throw e;
    }
  }

  private Batch cut() throws IOException {
    List<SegmentReader.Located> records = reader.read(targetBytes(), MAX_COUNT);
    Batch batch = sign(records);
    while (batch.body().length > Batch.MAX_BODY_BYTES && records.size() > 1) {
      records = records.subList(0, records.size() / 2);
      batch = sign(records);
    }
    BatchFile file = write(batch, records.get(0).record().receivedMillis());
    space.addBatch(file);
    waiting.put(file.firstSeq(), file);
    prev = batch.bodySha256();
    cursor = batch.lastSeq() + 1;
    reader.advance(records.get(records.size() - 1));
    long bytes = records.stream().mapToLong(located -> located.record().bytes()).sum();
    backlog.cut(batch.lastSeq(), bytes).forEach(this::delete);
    tellRoom();
    return batch;
  }

  private Batch sign(List<SegmentReader.Located> records) {
    List<byte[]> lines = records.stream().map(located -> located.record().canonical()).toList();
    long firstSeq = records.get(0).record().seq();
    Batch batch = Batch.sign(bridge, directory.journalId(), firstSeq, lines, prev, key);
    long plain = lines.stream().mapToLong(line -> line.length).sum();
    // Rises at once, falls slowly: a batch that is too small costs less than one too large.
    ratio = Math.max((double) batch.body().length / plain, ratio * 0.9);
    backlog.target(targetBytes());
    return batch;
  }

  /** Uncompressed bytes that should come out as {@link #TARGET_BODY_BYTES}. */
  private long targetBytes() {
    return (long) Math.min(Batch.MAX_UNCOMPRESSED_BYTES / 2, TARGET_BODY_BYTES / ratio);
  }

  private BatchFile write(Batch batch, long firstMillis) throws IOException {
    Path path = directory.resolve(BatchFile.name(batch, firstMillis));
    try {
      directory.writeAtomically(path, BatchFile.encode(batch));
      return BatchFile.of(path);
    } catch (IOException e) {
      Files.deleteIfExists(path); // was not handed out; the next try may cut it longer
      throw e;
    }
  }

  private void delete(Segment segment) {
    try {
      Files.deleteIfExists(segment.path);
      space.free(segment.bytes);
    } catch (IOException e) {
      log.warn("{} cannot be deleted; the next start will", segment.path, e);
    }
  }

  private void tellRoom() {
    backlog.resume();
    roomMade.run();
  }
}
