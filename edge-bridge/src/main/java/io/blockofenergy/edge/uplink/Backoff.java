package io.blockofenergy.edge.uplink;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next session. Part of it is chance, so that many bridges do not come
 * back at the same moment: all of the first pause, half of the others. For one thread.
 */
final class Backoff {
  /** What ended the last attempt. */
  enum Cause {
    /**
     * A hub that went away is usually back soon, and what is measured now should be seen then; one
     * attempt every few seconds costs nobody anything.
     */
    UNREACHABLE(Duration.ofSeconds(3)),

    /** It answered, or took the connection and then nothing: it is asked less often. */
    BUSY(Duration.ofSeconds(30)),

    /** It said no, which only an administrator can change. */
    REFUSED(Duration.ofHours(1));

    private final Duration longest;

    Cause(Duration longest) {
      this.longest = longest;
    }
  }

  private static final Duration FIRST = Duration.ofSeconds(1);

  private final long longestMillis;
  private final RandomGenerator random;
  private int faults;

  /**
   * @param longest bound of every pause
   */
  Backoff(Duration longest, RandomGenerator random) {
    this.longestMillis = longest.toMillis();
    this.random = random;
  }

  /** The pause before the next attempt. */
  Duration next(Cause cause) {
    long longest = Math.min(longestMillis, cause.longest.toMillis());
    long cap = Math.min(longest, FIRST.toMillis() << Math.min(faults, 20));
    long least = faults == 0 ? 0 : cap / 2;
    faults++;
    return Duration.ofMillis(least + random.nextLong(cap - least + 1));
  }

  /** The hub has taken something: the next fault is a first one. */
  void reset() {
    faults = 0;
  }
}
