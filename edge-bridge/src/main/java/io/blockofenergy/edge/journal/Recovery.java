package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.DurableDirectory;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Reading;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.List;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what the last process left in the directory, and makes it durable where that process may
 * not have come to it. The names of batches tell what has been cut; segments hold the rest. An
 * unfinished record at the very end was never acknowledged and is cut off; anything else unreadable
 * was durable once: a copy is kept, the sound records around it go on, and its numbers are not used
 * again. (After a power cut in the middle of a write that may also befall readings that were never
 * acknowledged: nothing tells them from others.) May itself be cut short by a crash at any point
 * and run again. Used once, by one thread, before the journal's other parts.
 */
final class Recovery {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  private final JournalDirectory directory;
  private final Counter damaged;
  private final TreeMap<Long, BatchFile> waiting = new TreeMap<>();
  private final TreeMap<Long, BatchFile> done = new TreeMap<>();
  private final ArrayDeque<DuplicateWindow.Key> uncutKeys = new ArrayDeque<>();
  private final DuplicateWindow window = new DuplicateWindow();
  private final Backlog backlog;
  private final Space space;
  private String prev = Batch.NO_PREV;
  private long nextSeq;

  /**
   * @param damaged counts files set aside
   */
  Recovery(JournalDirectory directory, JournalConfig config, Clock clock, Counter damaged)
      throws IOException {
    this.directory = directory;
    this.damaged = damaged;
    long cutSeq = 0;
    long newestBatch = 0;
    for (Path path : directory.files(BatchFile.NAME + "\\.(batch|done)")) {
      BatchFile batch = BatchFile.of(path);
      (batch.done() ? done : waiting).put(batch.firstSeq(), batch);
      cutSeq = batch.lastSeq(); // names sort by sequence
      prev = batch.bodySha256();
      newestBatch = batch.firstSeq();
    }
    backlog = new Backlog(clock, config.linger(), config.promptUnits(), cutSeq);
    nextSeq = cutSeq + 1;
    List<Path> segments = directory.files(Segment.NAME);
    for (Path path : segments) {
      recover(path, path.equals(segments.get(segments.size() - 1)), cutSeq);
    }
    fillWindow();
    directory.trimAside(config.maxBytes() / 8);
    directory.sync();
    space =
        new Space(directory.journalId(), config.maxBytes(), directory.bytes(), done, newestBatch);
    if (backlog.uncutReadings() > 0 || !waiting.isEmpty()) {
      log.info(
          "Journal {} continues at {}: {} batches and {} uncut readings to send",
          directory.journalId(),
          nextSeq,
          waiting.size(),
          backlog.uncutReadings());
    }
  }

  Backlog backlog() {
    return backlog;
  }

  Space space() {
    return space;
  }

  /** Batches that are to be sent, by their first sequence number. */
  TreeMap<Long, BatchFile> waiting() {
    return waiting;
  }

  /** Hash of the newest batch's body. */
  String prev() {
    return prev;
  }

  long nextSeq() {
    return nextSeq;
  }

  DuplicateWindow window() {
    return window;
  }

  private void recover(Path path, boolean newest, long cutSeq) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(path));
    nextSeq = Math.max(nextSeq, Segment.firstSeq(path));
    if (newest && !content.hasRemaining()) {
      return; // its name may be all that says how far the numbers are used; the next append takes
      // it
    }
    JournalRecord.Scan scan = JournalRecord.scan(content);
    long uncutBytes = 0;
    long firstUncutMillis = 0;
    long lastSeq = 0;
    for (JournalRecord.Position record : scan.records()) {
      lastSeq = record.seq();
      if (lastSeq > cutSeq) {
        if (uncutBytes == 0) {
          firstUncutMillis = record.receivedMillis();
        }
        uncutBytes += record.end() - record.offset();
        uncutKeys.add(record.hash());
        if (uncutKeys.size() > DuplicateWindow.CAPACITY) {
          uncutKeys.remove();
        }
      }
    }
    boolean damagedEnd = newest && isDamagedEnd(content, scan.end());
    if (damagedEnd) {
      keepNumbers(lastSeq, JournalRecord.beginnings(content, scan.end()));
    }
    long bytes = settle(path, newest && !damagedEnd, content, scan);
    if (lastSeq <= cutSeq) {
      if (!newest || Segment.firstSeq(path) <= cutSeq) { // else its name keeps the place
        Files.delete(path);
      }
    } else {
      backlog.add(new Segment(path, lastSeq, bytes), uncutBytes, firstUncutMillis);
      nextSeq = Math.max(nextSeq, lastSeq + 1);
    }
  }

  /** Leaves nothing but sound records in the file, durably; returns their bytes. */
  private long settle(Path path, boolean newest, ByteBuffer content, JournalRecord.Scan scan)
      throws IOException {
    int rest = content.capacity() - scan.end();
    boolean torn = newest && rest > 0;
    if (scan.gaps() || (rest > 0 && !torn)) {
      return setDamagedAside(path, scan, content);
    }
    if (torn) {
      log.info("Cut {} bytes of an unfinished record off {}", rest, path.getFileName());
    }
    // Written anew even when whole: the last process may have died before it synced, or because a
    // sync failed, and then the system shows what the disk never got and would not write it again.
    if (newest) {
      DurableDirectory.replace(path, ByteBuffer.wrap(content.array(), 0, scan.end()));
    }
    return scan.end();
  }

  /**
   * Whether what follows the last sound record is more than one that was not written to its end.
   */
  private static boolean isDamagedEnd(ByteBuffer content, int at) {
    try {
      return at < content.capacity()
          && JournalRecord.take(content.limit(content.capacity()).position(at)) != null;
    } catch (JournalRecord.Damaged e) {
      return true;
    }
  }

  /**
   * The damaged end held readings that were acknowledged under numbers which must not come again.
   * An empty segment keeps the place, before the damaged one is touched: by its name the next start
   * goes on behind them, even if nothing was appended by then.
   */
  private void keepNumbers(long lastSeq, int beginnings) throws IOException {
    nextSeq = Math.max(nextSeq, lastSeq + 1) + Math.max(1, beginnings);
    DurableDirectory.replace(directory.resolve(Segment.name(nextSeq)), ByteBuffer.allocate(0));
  }

  /** Keeps the damaged segment under another name and leaves its sound records in place. */
  private long setDamagedAside(Path path, JournalRecord.Scan scan, ByteBuffer content)
      throws IOException {
    Path aside = directory.copyAside(path);
    ByteBuffer sound = ByteBuffer.allocate(content.capacity());
    for (JournalRecord.Position record : scan.records()) {
      sound.put(content.slice(record.offset(), record.end() - record.offset()));
    }
    long bytes = sound.flip().remaining();
    DurableDirectory.replace(path, sound);
    damaged.increment();
    log.error(
        "Journal {}: {} is damaged; {} bytes are lost to it. It is kept as {}, its {} sound"
            + " readings go on",
        directory.journalId(),
        path.getFileName(),
        content.capacity() - bytes,
        aside.getFileName(),
        scan.records().size());
    return bytes;
  }

  private void fillWindow() throws IOException {
    TreeMap<Long, BatchFile> all = new TreeMap<>(done);
    all.putAll(waiting);
    int room = DuplicateWindow.CAPACITY - uncutKeys.size();
    ArrayDeque<BatchFile> newest = new ArrayDeque<>();
    for (BatchFile file : all.descendingMap().values()) {
      if (room <= 0) {
        break;
      }
      newest.addFirst(file);
      room -= file.count();
    }
    for (BatchFile file : newest) {
      try {
        for (Reading reading : file.read().readings()) {
          window.add(DuplicateWindow.Key.of(reading.topic(), reading.device(), reading.payload()));
        }
      } catch (JournalRecord.Damaged | MalformedReadingException e) {
        log.warn("{} cannot be read for its messages: {}", file.path(), e.getMessage());
      }
    }
    uncutKeys.forEach(window::add);
  }
}
