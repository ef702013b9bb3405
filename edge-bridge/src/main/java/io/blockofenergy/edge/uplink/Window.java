package io.blockofenergy.edge.uplink;

import io.blockofenergy.edge.journal.BatchSource.Lane;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The batches on their way, and how many more may go. A hub that throttles does not say so over
 * MQTT, it acknowledges late, and so does a slow line: so the window follows the acknowledgements.
 * It grows by one with each that comes in time while its lane is full, and shrinks by a quarter
 * when one took longer than {@value #TARGET_SECONDS} s, once in that time.
 *
 * <p>Live batches may take all but a quarter of it, backlog half, so that neither lane ever waits
 * for the other alone. For one thread.
 */
final class Window {
  /** With fewer, a backlog batch on a slow line would hold live ones up for too long. */
  static final int SMALLEST = 4;

  /** Where a session begins: many bridges may do so at the same moment. */
  static final int FIRST = 8;

  private static final long TARGET_SECONDS = 2;
  private static final long TARGET_NANOS = Duration.ofSeconds(TARGET_SECONDS).toNanos();

  /** A batch on its way. */
  record Sent(Lane lane, int readings, int bytes, long atNanos) {}

  private final int largest;
  private final long maxBytes;
  private final Map<String, Sent> sent = new LinkedHashMap<>();

  /** Lanes that had no more room when they were last given a batch. */
  private final Set<Lane> full = EnumSet.noneOf(Lane.class);

  private int limit;
  private int live;
  private long bytes;
  private long liveBytes;
  private long shrunkNanos;
  private boolean shrunk;

  /**
   * @param largest most batches on their way, at least 2
   * @param maxBytes most bytes of their bodies; one batch may always go
   */
  Window(int largest, long maxBytes) {
    this.largest = largest;
    this.maxBytes = maxBytes;
    restart();
  }

  /** Forgets what is on its way: a new session begins. */
  void restart() {
    sent.clear();
    full.clear();
    live = 0;
    bytes = 0;
    liveBytes = 0;
    limit = Math.min(largest, FIRST);
    shrunk = false;
  }

  boolean hasRoom() {
    return sent.size() < limit && (sent.isEmpty() || bytes < maxBytes);
  }

  /** Whether a lane may take one more although the other has batches to send. */
  boolean hasRoomFor(Lane lane) {
    return hasRoom()
        && count(lane) < share(lane)
        && (count(lane) == 0 || bytes(lane) < byteShare(lane));
  }

  private long bytes(Lane lane) {
    return lane == Lane.LIVE ? liveBytes : bytes - liveBytes;
  }

  private long byteShare(Lane lane) {
    return lane == Lane.LIVE ? maxBytes - maxBytes / 4 : maxBytes / 2;
  }

  private int share(Lane lane) {
    return lane == Lane.LIVE ? limit - Math.max(1, limit / 4) : Math.max(1, limit / 2);
  }

  private int count(Lane lane) {
    return lane == Lane.LIVE ? live : sent.size() - live;
  }

  void sent(String batchId, Sent batch) {
    sent.put(batchId, batch);
    live += batch.lane() == Lane.LIVE ? 1 : 0;
    bytes += batch.bytes();
    liveBytes += batch.lane() == Lane.LIVE ? batch.bytes() : 0;
    if (hasRoomFor(batch.lane())) {
      full.remove(batch.lane());
    } else {
      full.add(batch.lane());
    }
  }

  /** The hub has it; empty when this window does not know it. */
  Optional<Sent> acknowledged(String batchId, long nowNanos) {
    Sent batch = sent.get(batchId);
    if (batch == null) {
      return Optional.empty();
    }
    sent.remove(batchId);
    live -= batch.lane() == Lane.LIVE ? 1 : 0;
    bytes -= batch.bytes();
    liveBytes -= batch.lane() == Lane.LIVE ? batch.bytes() : 0;
    if (nowNanos - batch.atNanos() <= TARGET_NANOS) {
      limit = Math.min(largest, full.contains(batch.lane()) ? limit + 1 : limit);
    } else if (!shrunk || nowNanos - shrunkNanos > TARGET_NANOS) {
      limit = Math.max(Math.min(largest, SMALLEST), limit - limit / 4);
      shrunk = true;
      shrunkNanos = nowNanos;
    }
    return Optional.of(batch);
  }

  /** How long the oldest batch is on its way, in nanoseconds; 0 when there is none. */
  long oldestNanos(long nowNanos) {
    return sent.isEmpty() ? 0 : nowNanos - sent.values().iterator().next().atNanos();
  }

  boolean isEmpty() {
    return sent.isEmpty();
  }

  int size() {
    return sent.size();
  }

  int limit() {
    return limit;
  }
}
