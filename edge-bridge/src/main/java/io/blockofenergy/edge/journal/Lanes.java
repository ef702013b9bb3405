package io.blockofenergy.edge.journal;

import io.blockofenergy.edge.journal.BatchSource.Lane;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The batches that wait for the hub, and which of them is handed out next: see {@link Lane}. Safe
 * for any thread; never touches the disk.
 */
final class Lanes {
  /** When more live batches than this wait to be handed out, they are old news but for the last. */
  static final int MAX_LIVE = 32;

  private static final long UNDECIDED = Long.MAX_VALUE;

  // Guarded by this.
  private final TreeMap<Long, BatchFile> waiting;
  private final Set<Long> handedOut = new HashSet<>();

  /** First sequence number of the live lane; undecided until a batch is asked for. */
  private long liveFrom = UNDECIDED;

  /** No batch of the lane before this remains to be handed out. */
  private long liveCursor;

  private long backlogCursor;

  /**
   * @param waiting batches that are to be sent, by their first sequence number
   */
  Lanes(SortedMap<Long, BatchFile> waiting) {
    this.waiting = new TreeMap<>(waiting);
  }

  /** Adds the newest batch. */
  synchronized void add(BatchFile file) {
    waiting.put(file.firstSeq(), file);
    if (liveFrom != UNDECIDED
        && waiting.tailMap(Math.max(liveFrom, liveCursor)).size() > MAX_LIVE) {
      liveFrom = file.firstSeq();
    }
  }

  /** The lane's next batch; it counts as handed out from now on. */
  synchronized Optional<BatchFile> next(Lane lane) {
    if (liveFrom == UNDECIDED) {
      liveFrom = waiting.isEmpty() ? 0 : waiting.lastKey();
    }
    BatchFile file;
    if (lane == Lane.LIVE) {
      file = notHandedOut(Math.max(liveFrom, liveCursor), Long.MAX_VALUE);
      liveCursor = file == null ? liveCursor : file.lastSeq() + 1;
    } else {
      file = notHandedOut(backlogCursor, liveFrom);
      backlogCursor = file == null ? backlogCursor : file.lastSeq() + 1;
    }
    if (file != null) {
      handedOut.add(file.firstSeq());
    }
    return Optional.ofNullable(file);
  }

  private BatchFile notHandedOut(long from, long below) {
    for (Map.Entry<Long, BatchFile> entry : waiting.subMap(from, below).entrySet()) {
      if (!handedOut.contains(entry.getKey())) {
        return entry.getValue();
      }
    }
    return null;
  }

  /** That batch was handed out in vain: its lane gives it again. */
  synchronized void giveBack(BatchFile file) {
    if (handedOut.remove(file.firstSeq())) {
      liveCursor = Math.min(liveCursor, file.firstSeq());
      backlogCursor = Math.min(backlogCursor, file.firstSeq());
    }
  }

  synchronized Optional<BatchFile> find(long firstSeq) {
    return Optional.ofNullable(waiting.get(firstSeq));
  }

  synchronized void remove(BatchFile file) {
    waiting.remove(file.firstSeq());
    handedOut.remove(file.firstSeq());
  }

  /** Nothing counts as handed out any more. */
  synchronized void rewind() {
    handedOut.clear();
    liveFrom = UNDECIDED;
    liveCursor = 0;
    backlogCursor = 0;
  }

  synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  synchronized int size() {
    return waiting.size();
  }

  /** When the oldest reading in a waiting batch was received; {@code Long.MAX_VALUE} for none. */
  synchronized long oldestMillis() {
    return waiting.isEmpty() ? Long.MAX_VALUE : waiting.firstEntry().getValue().firstMillis();
  }
}
