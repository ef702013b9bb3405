package io.blockofenergy.edge.mqtt;

import java.util.concurrent.TimeUnit;

/**
 * A token bucket: so many publishes a second, and as many at once after a pause. Used on one event
 * loop.
 */
final class PublishRate {
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final int perSecond;
  private double tokens;
  private long atNanos;

  /**
   * @param perSecond 0 for no bound
   */
  PublishRate(int perSecond, long nowNanos) {
    this.perSecond = perSecond;
    this.tokens = perSecond;
    this.atNanos = nowNanos;
  }

  /**
   * Takes a token, which may be one that is not there yet.
   *
   * @return how long to wait before the next one, in nanoseconds; 0 for not at all
   */
  long take(long nowNanos) {
    if (perSecond == 0) {
      return 0;
    }
    double earned = (double) (nowNanos - atNanos) / SECOND_NANOS * perSecond;
    tokens = Math.min(perSecond, tokens + earned) - 1;
    atNanos = nowNanos;
    return tokens >= 0 ? 0 : (long) Math.ceil(-tokens / perSecond * SECOND_NANOS);
  }
}
