package io.blockofenergy.edge.journal;

/**
 * How many metered units may be spent before their time: so many a minute in the long run, and what
 * was not spent is kept for up to a minute. What has to go is taken without asking, and is a debt
 * for up to a minute. Not safe for threads.
 */
final class Allowance {
  private static final double MINUTE_MILLIS = 60_000;

  private final int perMinute;
  private double left;
  private long atMillis;

  /**
   * @param perMinute 0 for none at all
   */
  Allowance(int perMinute, long nowMillis) {
    this.perMinute = perMinute;
    this.left = perMinute;
    this.atMillis = nowMillis;
  }

  /** How long until there is a unit; 0 for now, {@code Long.MAX_VALUE} for never. */
  long waitMillis(long nowMillis) {
    if (perMinute == 0) {
      return Long.MAX_VALUE;
    }
    refill(nowMillis);
    return left >= 1 ? 0 : (long) Math.ceil((1 - left) * MINUTE_MILLIS / perMinute);
  }

  void take(int units, long nowMillis) {
    refill(nowMillis);
    left = Math.max(-perMinute, left - units);
  }

  private void refill(long nowMillis) {
    // The clock may be put back: then what the time between is worth is not known.
    double earned = Math.max(0, nowMillis - atMillis) * perMinute / MINUTE_MILLIS;
    left = Math.min(perMinute, left + earned);
    atMillis = nowMillis;
  }
}
