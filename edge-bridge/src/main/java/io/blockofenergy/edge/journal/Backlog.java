package io.blockofenergy.edge.journal;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The durable readings that are in no batch yet, where they lie, and when a batch of them is due.
 * Here the writer, which adds readings, and the cutter, which takes them, meet. Safe for any
 * thread; never touches the disk.
 */
final class Backlog {
  /** More than a batch needs, unless many restarts left many small segments. */
  private static final int READABLE = 16;

  private static final long RETRY_MILLIS = 1000;

  /** Long enough for the messages of one device, or of plugs that keep time, to share a batch. */
  private static final long PROMPT_MILLIS = 50;

  /** Who lets readings wait for longer than this wants few messages, and not prompt ones. */
  private static final long PATIENT_MILLIS = 10_000;

  /** What of a segment may be read. */
  record Extent(Segment segment, long bytes) {}

  private final Clock clock;
  private final long lingerMillis;
  private final Allowance prompt;

  // Guarded by this.
  private final ArrayDeque<Segment> segments = new ArrayDeque<>();
  private long lastSeq;
  private long cutSeq;
  private long uncutBytes;
  private long oldestMillis;
  private long targetBytes = Long.MAX_VALUE;
  private boolean stalled;
  private long notBeforeMillis;
  private boolean wanted;
  private boolean noticeRequested;
  private boolean closed;

  /**
   * @param linger how long a reading may wait for others
   * @param promptUnits metered units a minute that may go before their linger is over; none do when
   *     that is longer than ten seconds
   * @param cutSeq the last reading that is in a batch; 0 when there is none
   */
  Backlog(Clock clock, Duration linger, int promptUnits, long cutSeq) {
    this.clock = clock;
    this.lingerMillis = linger.toMillis();
    this.prompt = new Allowance(lingerMillis > PATIENT_MILLIS ? 0 : promptUnits, clock.millis());
    this.cutSeq = cutSeq;
    this.lastSeq = cutSeq;
  }

  /** Adds a segment behind the others: an empty one to be extended. */
  synchronized void add(Segment segment) {
    segments.add(segment);
  }

  /**
   * Adds a segment that was found at start.
   *
   * @param uncut its bytes that are in no batch
   * @param firstMillis when the first reading among them was received
   */
  synchronized void add(Segment segment, long uncut, long firstMillis) {
    segments.add(segment);
    noteUncut(segment.lastSeq, uncut, firstMillis);
  }

  /** Tells that the newest segment has more durable records: from now on they may be read. */
  synchronized void extend(long lastSeqOfSegment, long bytes, long firstMillis) {
    Segment segment = segments.getLast();
    boolean wasEmpty = lastSeq == cutSeq;
    segment.lastSeq = lastSeqOfSegment;
    segment.bytes += bytes;
    noteUncut(lastSeqOfSegment, bytes, firstMillis);
    if (wasEmpty || isEnough(1)) {
      notifyAll();
    }
  }

  private void noteUncut(long last, long bytes, long firstMillis) {
    if (lastSeq == cutSeq) {
      oldestMillis = firstMillis;
    }
    lastSeq = last;
    uncutBytes += bytes;
  }

  synchronized long cutSeq() {
    return cutSeq;
  }

  /** At most: where readings were lost to damage there are fewer. */
  synchronized long uncutReadings() {
    return lastSeq - cutSeq;
  }

  /** When the oldest reading without a batch was received; {@code Long.MAX_VALUE} for none. */
  synchronized long oldestMillis() {
    return lastSeq > cutSeq ? oldestMillis : Long.MAX_VALUE;
  }

  /** The oldest segments, enough to make progress; some of their records may be cut already. */
  synchronized List<Extent> readable() {
    return segments.stream()
        .limit(READABLE)
        .map(segment -> new Extent(segment, segment.bytes))
        .toList();
  }

  /**
   * Tells that the readings up to {@code seq} are in a batch.
   *
   * @param bytes of their records
   * @param units in which the hub will meter the batch
   * @return the segments that nobody needs any more; the newest is never among them
   */
  synchronized List<Segment> cut(long seq, long bytes, int units) {
    prompt.take(units, clock.millis());
    wanted = false;
    cutSeq = seq;
    uncutBytes -= bytes;
    // Readings that came meanwhile are at most as much older as this cut has taken.
    oldestMillis = uncutBytes > targetBytes ? oldestMillis : clock.millis();
    List<Segment> whole = new ArrayList<>();
    while (segments.size() > 1 && segments.peek().lastSeq <= seq) {
      whole.add(segments.poll());
    }
    return whole;
  }

  // ---- When a batch is due --------------------------------------------------------------------

  /** How many bytes make a batch that need not linger. */
  synchronized void target(long bytes) {
    targetBytes = bytes;
  }

  synchronized boolean isDue() {
    return dueInMillis() <= 0;
  }

  /** Nothing is due until {@link #resume()}: there is no room for a batch. */
  synchronized void stall() {
    stalled = true;
  }

  synchronized void resume() {
    stalled = false;
    notifyAll();
  }

  /** Nothing is due for a while: a batch could not be written. */
  synchronized void pause() {
    notBeforeMillis = clock.millis() + RETRY_MILLIS;
  }

  /** A batch could be sent if there were one: readings that have lingered make one. */
  synchronized void want() {
    wanted = true;
    notifyAll();
  }

  /** Nobody could send a batch now: only what is enough for a full one makes one. */
  synchronized void wantNone() {
    wanted = false;
  }

  /** Makes {@link #awaitNotice()} return at once. */
  synchronized void requestNotice() {
    noticeRequested = true;
    notifyAll();
  }

  /** Waits until a batch is due or a notice requested; false when there will be no more of it. */
  synchronized boolean awaitNotice() throws InterruptedException {
    while (!closed) {
      long due = dueInMillis();
      if (noticeRequested || due <= 0) {
        noticeRequested = false;
        return true;
      }
      wait(due == Long.MAX_VALUE ? 0 : due);
    }
    return false;
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Whether what is in no batch would fill so many. */
  synchronized boolean isEnough(int batches) {
    return uncutBytes / batches >= targetBytes
        || (lastSeq - cutSeq) / batches >= BatchCutter.MAX_COUNT;
  }

  private long dueInMillis() {
    if (lastSeq == cutSeq || stalled || !(wanted || isEnough(1))) {
      return Long.MAX_VALUE;
    }
    long now = clock.millis();
    // The clock may be put back: then the wait begins anew, once.
    oldestMillis = Math.min(oldestMillis, now);
    notBeforeMillis = Math.min(notBeforeMillis, now + RETRY_MILLIS);
    long wait = isEnough(1) ? 0 : oldestMillis + lingerMillis(now) - now;
    return Math.max(0, Math.max(wait, notBeforeMillis - now));
  }

  /** While the allowance lasts readings hardly wait, and never longer than the linger. */
  private long lingerMillis(long now) {
    long allowed = prompt.waitMillis(now);
    return allowed > lingerMillis
        ? lingerMillis
        : Math.min(lingerMillis, Math.max(PROMPT_MILLIS, now + allowed - oldestMillis));
  }
}
