package io.blockofenergy.edge.journal;

import io.blockofenergy.edge.journal.BatchSource.Lane;
import io.blockofenergy.telemetry.Batch;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps cut batches until the hub has them, and hands them out. An acknowledgement renames the
 * batch and is not synced: when a crash undoes it the batch is sent again, and the cloud knows it.
 * Safe for any thread; blocks on the disk.
 */
final class Outbox {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  /** A batch that cannot be read so often is passed over for a while: others wait behind it. */
  private static final int READ_ATTEMPTS = 5;

  private static final long PASS_OVER_NANOS = TimeUnit.MINUTES.toNanos(1);

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

  /** Batches that the disk does not give now, and when they were last asked for. */
  private final List<BatchFile> passedOver = new ArrayList<>();

  private long passedOverNanos;

  /** Batches that the hub has, and that the disk did not let go of yet. */
  private final Map<Long, BatchFile> unreleased = new TreeMap<>();

  /** Damaged ones of which a copy is kept. */
  private final Set<Long> copied = new HashSet<>();

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
    releaseAgain();
    askAgain();
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
        passOver(file.get(), e);
      }
    }
  }

  /** It stays handed out, so that its lane goes on; what is on the disk is left alone. */
  private void passOver(BatchFile file, IOException e) {
    passedOver.add(file);
    passedOverNanos = System.nanoTime();
    log.error(
        "Journal {}: {} cannot be read and waits: {}",
        directory.journalId(),
        file.path().getFileName(),
        e.getMessage());
  }

  private void askAgain() {
    if (!passedOver.isEmpty() && System.nanoTime() - passedOverNanos > PASS_OVER_NANOS) {
      passedOver.forEach(lanes::giveBack);
      passedOver.clear();
    }
  }

  /** What the disk would not rename before; as long as it does not, nothing else is tried. */
  private void releaseAgain() {
    try {
      for (BatchFile file : List.copyOf(unreleased.values())) {
        release(file);
      }
    } catch (IOException e) {
      log.debug("A batch that the hub has still cannot be let go", e);
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
    if (!copied.contains(file.firstSeq())) {
      Path aside;
      try {
        aside = directory.copyAside(file.path());
      } catch (IOException e) {
        passOver(file, e); // nobody could look into it any more
        return;
      }
      copied.add(file.firstSeq());
      space.add(file.bytes());
      damaged.increment();
      log.error(
          "Journal {}: readings {} to {} are lost, their batch is damaged. It is kept as {}",
          directory.journalId(),
          file.firstSeq(),
          file.lastSeq(),
          aside.getFileName());
    }
    release(file);
  }

  private void release(BatchFile file) throws IOException {
    BatchFile done = file.asDone();
    unreleased.put(file.firstSeq(), file);
    Files.move(file.path(), done.path(), StandardCopyOption.ATOMIC_MOVE);
    unreleased.remove(file.firstSeq());
    lanes.remove(file);
    space.release(done);
    roomMade.run();
  }
}
