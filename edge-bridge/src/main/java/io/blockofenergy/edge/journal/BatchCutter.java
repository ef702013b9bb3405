package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.DurableDirectory;
import io.blockofenergy.telemetry.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts the backlog into signed, chained batches, on one thread of its own and whether or not
 * anybody takes them: cut is compressed, so an outage fits into a tenth of the room. A batch is on
 * the disk, under its final name and synced, before it is shown to the {@link Lanes}; only then the
 * segments go whose readings are all in batches. So a crash at any point leaves every reading in a
 * segment or in a batch, and a batch that was handed out never changes.
 */
final class BatchCutter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  static final int MAX_COUNT = 4_000;

  /** IoT Hub counts a message in units of so many bytes. */
  private static final int UNIT_BYTES = 4096;

  private static final int PROPERTIES_BYTES = 512;

  /** The broker of the cloud is quick below 100 KB: so 22 units, less the message's properties. */
  static final int TARGET_BODY_BYTES = 22 * UNIT_BYTES - PROPERTIES_BYTES;

  /** Part of the target that a cut aims at, for it can only guess how well the readings shrink. */
  private static final double AIM = 0.985;

  private final String bridge;
  private final SigningKey key;
  private final JournalDirectory directory;
  private final Backlog backlog;
  private final Lanes lanes;
  private final Space space;
  private final Runnable roomMade;
  private final Runnable available;
  private final SegmentReader reader;
  private final Thread thread = new Thread(this::run, "journal-cutter");

  /** Why no batch can be cut now, or null. */
  private volatile String fault;

  // The thread's own.
  private String prev;

  /** Compressed by uncompressed bytes, as the last batches came out. */
  private double ratio = 0.25;

  /**
   * @param prev hash of the newest batch's body, acknowledged or not
   * @param roomMade called after room was made in {@code space}
   * @param available called when there may be a batch to hand out; on the cutter's thread
   */
  BatchCutter(
      String bridge,
      SigningKey key,
      JournalDirectory directory,
      Backlog backlog,
      Lanes lanes,
      Space space,
      String prev,
      Runnable roomMade,
      Runnable available) {
    this.bridge = bridge;
    this.key = key;
    this.directory = directory;
    this.backlog = backlog;
    this.lanes = lanes;
    this.space = space;
    this.prev = prev;
    this.roomMade = roomMade;
    this.available = available;
    this.reader = new SegmentReader(backlog);
    backlog.target(targetBytes());
  }

  void start() {
    thread.start();
  }

  /** Why readings do not come into batches now, or empty. Safe for any thread. */
  Optional<String> problem() {
    return Optional.ofNullable(fault);
  }

  /** Waits until the batch under way is cut; the backlog must have been closed. */
  @Override
  public void close() {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (backlog.awaitNotice()) {
        try {
          cutIfDue();
          available.run();
        } catch (RuntimeException | Error e) {
          // A dead thread would look like an idle one.
          log.error("Journal {}: the cutter goes on after", directory.journalId(), e);
          backlog.pause();
        }
      }
    } catch (InterruptedException e) {
      log.debug("The cutter was interrupted: nobody needs it any more");
    }
  }

  private void cutIfDue() {
    if (!backlog.isDue()) {
      return;
    }
    // With nothing to acknowledge nothing could ever make room: then one batch may exceed the
    // bound.
    if (!space.hasRoomForBatch() && !lanes.isEmpty()) {
      backlog.stall(); // until an acknowledgement makes room
      if (!space.hasRoomForBatch() && !lanes.isEmpty()) {
        return;
      }
      backlog.resume(); // the last ones came just before, and nobody else would say so
    }
    try {
      cut();
      if (fault != null) {
        log.info("Journal {} makes batches again", directory.journalId());
        fault = null;
      }
    } catch (IOException | RuntimeException | Error e) {
      // An Error too: a dead thread would look like an idle one.
      if (fault == null) {
        log.error("Journal {} cannot make a batch, and keeps trying", directory.journalId(), e);
      }
      fault = String.valueOf(e.getMessage());
      space.evict(); // in case it is room that the disk lacks
      backlog.pause();
    }
  }

  private void cut() throws IOException {
    List<SegmentReader.Located> records = reader.read(targetBytes(), MAX_COUNT);
    boolean hurried = backlog.isEnough(2); // so many that they are coming in faster than they go
    Batch batch = sign(records, hurried);
    while (batch.body().length > Batch.MAX_BODY_BYTES && records.size() > 1) {
      records = records.subList(0, records.size() / 2);
      batch = sign(records, hurried);
    }
    BatchFile file = write(batch, records.get(0).record().receivedMillis());
    space.addBatch(file);
    lanes.add(file);
    prev = batch.bodySha256();
    reader.advance(records.get(records.size() - 1));
    long bytes = records.stream().mapToLong(located -> located.record().bytes()).sum();
    backlog.cut(batch.lastSeq(), bytes, units(batch)).forEach(this::delete);
    roomMade.run();
  }

  private Batch sign(List<SegmentReader.Located> records, boolean hurried) {
    List<byte[]> lines = records.stream().map(located -> located.record().canonical()).toList();
    long firstSeq = records.get(0).record().seq();
    Batch batch = Batch.sign(bridge, directory.journalId(), firstSeq, lines, prev, key, hurried);
    long plain = lines.stream().mapToLong(line -> line.length).sum();
    // Rises at once, falls slowly: a batch that is too small costs less than one too large.
    double actual = (double) batch.body().length / plain;
    ratio = Math.max(actual, (ratio + actual) / 2);
    backlog.target(targetBytes());
    return batch;
  }

  /** Uncompressed bytes that should come out as {@link #TARGET_BODY_BYTES}. */
  private long targetBytes() {
    return (long) Math.min(Batch.MAX_UNCOMPRESSED_BYTES / 2, TARGET_BODY_BYTES * AIM / ratio);
  }

  private static int units(Batch batch) {
    return (batch.body().length + PROPERTIES_BYTES + UNIT_BYTES - 1) / UNIT_BYTES;
  }

  private BatchFile write(Batch batch, long firstMillis) throws IOException {
    Path path = directory.resolve(BatchFile.name(batch, firstMillis));
    try {
      DurableDirectory.replace(path, BatchFile.encode(batch));
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
}
