package io.blockofenergy.edge.uplink;

import java.util.concurrent.TimeUnit;

/** Lets so many readings go a second, a batch at a time. For one thread. */
final class Pace {
  private final int perSecond;
  private boolean begun;
  private long nextNanos;

  /**
   * @param perSecond 0 for no bound
   */
  Pace(int perSecond) {
    this.perSecond = perSecond;
  }

  /** How long until a batch may go; 0 for now. */
  long waitNanos(long nowNanos) {
    return begun ? Math.max(0, nextNanos - nowNanos) : 0;
  }

  /** A batch has gone. */
  void went(int readings, long nowNanos) {
    if (perSecond > 0) {
      nextNanos = nowNanos + waitNanos(nowNanos) + TimeUnit.SECONDS.toNanos(readings) / perSecond;
      begun = true;
    }
  }
}
