package io.blockofenergy.edge.journal;

import io.blockofenergy.edge.journal.BatchSource.Lane;
import io.blockofenergy.telemetry.Batch;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps cut batches until the hub has them, and hands them out. An acknowledgement renames the
 * batch and is not synced: when a crash undoes it the batch is sent again, and the cloud knows it.
 * Safe for any thread; blocks on the disk.
 */
final class Outbox {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  /** A batch that cannot be read so often is given up; it would end its lane for ever. */
  private static final int READ_ATTEMPTS = 5;

  private final String prefix;
  private final JournalDirectory directory;
  private final Lanes lanes;
  private final Space space;
  private final Runnable roomMade;
  private final Counter damaged;

  // Guarded by this.
  private boolean closed;
  private long unreadable;
  private int readFailures;

  /**
   * @param roomMade called after room was made in {@code space}
   * @param damaged counts files set aside
   */
  Outbox(
      String bridge,
      JournalDirectory directory,
      Lanes lanes,
      Space space,
      Runnable roomMade,
      Counter damaged) {
    this.prefix = bridge + '.' + directory.journalId() + '.';
    this.directory = directory;
    this.lanes = lanes;
    this.space = space;
    this.roomMade = roomMade;
    this.damaged = damaged;
  }

  /** As {@link BatchSource#next}. */
  synchronized Optional<Batch> next(Lane lane) throws IOException {
    requireOpen();
    while (true) {
      Optional<BatchFile> file = lanes.next(lane);
      if (file.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(file.get().read());
      } catch (JournalRecord.Damaged e) {
        giveUp(file.get());
      } catch (IOException e) {
        if (isToBeTriedAgain(file.get())) {
          lanes.giveBack(file.get());
          throw e;
        }
        giveUp(file.get());
      }
    }
  }

  /** As {@link BatchSource#acknowledged}. */
  synchronized void acknowledged(String batchId) throws IOException {
    requireOpen();
    String seq = batchId.startsWith(prefix) ? batchId.substring(prefix.length()) : "";
    if (!seq.matches("[1-9][0-9]{0,15}")) {
      return;
    }
    Optional<BatchFile> file = lanes.find(Long.parseLong(seq));
    if (file.isPresent()) {
      release(file.get());
    }
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

  private boolean isToBeTriedAgain(BatchFile file) {
    readFailures = unreadable == file.firstSeq() ? readFailures + 1 : 1;
    unreadable = file.firstSeq();
    return readFailures < READ_ATTEMPTS;
  }

  /**
   * Nobody can send a damaged batch. A copy is kept for whoever wants to look into it; the file
   * goes on as if acknowledged, because its name may be the journal's only place in the sequence.
   */
  private void giveUp(BatchFile file) throws IOException {
    String kept;
    try {
      Path aside = directory.copyAside(file.path());
      space.add(file.bytes());
      kept = "It is kept as " + aside.getFileName();
    } catch (IOException e) {
      kept = "It cannot be copied: " + e.getMessage();
    }
    release(file);
    damaged.increment();
    log.error(
        "Journal {}: readings {} to {} are lost, their batch is damaged. {}",
        directory.journalId(),
        file.firstSeq(),
        file.lastSeq(),
        kept);
  }

  private void release(BatchFile file) throws IOException {
    BatchFile done = file.asDone();
    Files.move(file.path(), done.path(), StandardCopyOption.ATOMIC_MOVE);
    lanes.remove(file);
    space.release(done);
    roomMade.run();
  }
}
