package io.blockofenergy.edge.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the journal's directory within its bound. Bytes are taken before they are written and given
 * back after they were deleted, so the count is never less than what lies on the disk.
 *
 * <p>Batches that the hub has are kept for a while, to recognise redeliveries after a restart; they
 * make way for anything else. The newest batch is never deleted: its name is the journal's place in
 * the sequence and in the chain. Deletions are not synced; a crash may undo the last ones, and
 * recovery counts what it finds. Safe for any thread; may block on the disk, except {@link
 * #isFull()}.
 */
final class Space {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  /**
   * Kept free of readings, so that batches can be cut from a full journal: as many as a segment
   * makes, which then goes.
   */
  private static final long MIN_RESERVE_BYTES = 1 << 20;

  private static final long MAX_RESERVE_BYTES = 8 << 20;

  private static final long KEEP_DONE_BYTES = 8 << 20;

  private final String journalId;
  private final long maxBytes;
  private final long reserveBytes;
  private final long keepDoneBytes;
  private volatile boolean full;

  // Guarded by this.
  private final TreeMap<Long, BatchFile> done;
  private long usedBytes;
  private long doneBytes;
  private long newestBatch;
  private boolean fullLogged;

  /**
   * @param usedBytes all that lies in the directory
   * @param done the batches that the hub has, by their first sequence number
   * @param newestBatch the first sequence number of the newest batch, done or not; 0 for none
   */
  Space(
      String journalId,
      long maxBytes,
      long usedBytes,
      TreeMap<Long, BatchFile> done,
      long newestBatch) {
    this.journalId = journalId;
    this.maxBytes = maxBytes;
    this.reserveBytes = Math.min(MAX_RESERVE_BYTES, Math.max(MIN_RESERVE_BYTES, maxBytes / 64));
    this.keepDoneBytes = Math.min(KEEP_DONE_BYTES, maxBytes / 8);
    this.usedBytes = usedBytes;
    this.done = done;
    this.doneBytes = done.values().stream().mapToLong(BatchFile::bytes).sum();
    this.newestBatch = newestBatch;
  }

  /** Takes bytes for readings; false when the journal is full, until something is given back. */
  synchronized boolean takeForReading(long bytes) {
    if (!makeRoom(bytes, maxBytes - reserveBytes)) {
      full = true;
      if (!fullLogged) {
        fullLogged = true;
        log.warn("Journal {} is full: sensors wait until batches are acknowledged", journalId);
      }
      return false;
    }
    usedBytes += bytes;
    return true;
  }

  /** Whether there is room for the largest batch. The bytes are not taken yet. */
  synchronized boolean hasRoomForBatch() {
    return makeRoom(BatchFile.MAX_BYTES, maxBytes);
  }

  /** Counts a batch that was cut: the newest. */
  synchronized void addBatch(BatchFile batch) {
    usedBytes += batch.bytes();
    newestBatch = batch.firstSeq();
    noteRoom(); // older batches may have made way for it
  }

  /** Counts what must be written whether there is room or not. */
  synchronized void add(long bytes) {
    usedBytes += bytes;
  }

  /** Gives back what was not written, or is deleted. */
  synchronized void free(long bytes) {
    usedBytes -= bytes;
    noteRoom();
  }

  /** The hub has this batch: it may go when room is needed. */
  synchronized void release(BatchFile batch) {
    done.put(batch.firstSeq(), batch);
    doneBytes += batch.bytes();
    while (doneBytes > keepDoneBytes && evictDone()) {
      // until the rest is little enough
    }
    noteRoom();
  }

  /** Lets go of all that may go, in case it is room that the disk lacks. */
  synchronized void evict() {
    while (evictDone()) {
      // the next
    }
  }

  synchronized long usedBytes() {
    return usedBytes;
  }

  /** How much of what readings may take is taken: from 0 on, a little beyond 1 by batches. */
  double fullness() {
    return (double) usedBytes() / (maxBytes - reserveBytes);
  }

  /** Whether readings wait for room. Never blocks. */
  boolean isFull() {
    return full;
  }

  private void noteRoom() {
    full = false;
    if (usedBytes < (maxBytes - reserveBytes) / 10 * 9) {
      fullLogged = false;
    }
  }

  private boolean makeRoom(long bytes, long limit) {
    while (usedBytes + bytes > limit) {
      if (!evictDone()) {
        return false;
      }
    }
    return true;
  }

  private boolean evictDone() {
    Map.Entry<Long, BatchFile> oldest = done.firstEntry();
    if (oldest == null || oldest.getKey() == newestBatch) {
      return false;
    }
    BatchFile file = oldest.getValue();
    try {
      Files.deleteIfExists(file.path());
    } catch (IOException e) {
      log.warn("{} cannot be deleted", file.path(), e);
      return false;
    }
    done.remove(oldest.getKey());
    doneBytes -= file.bytes();
    usedBytes -= file.bytes();
    return true;
  }
}
