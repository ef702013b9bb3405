package io.blockofenergy.cloud.api;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * A token bucket for each client's address: a request takes a token, tokens come back at a steady
 * rate, and without one it is refused with 429. The addresses that asked most recently are
 * remembered; one that was forgotten begins anew. Used on one event loop.
 */
final class RateLimiter implements Handler<RoutingContext> {
  static final int MAX_ADDRESSES = 10_000;
  private static final double NANOS = 1e9;

  private final double perSecond;
  private final double burst;
  private final LongSupplier nanoTime;

  private static final class Bucket {
    double tokens;
    long at;
  }

  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MAX_ADDRESSES;
        }
      };

  /**
   * @param nanoTime a clock that only goes forward, as {@link System#nanoTime()}
   */
  RateLimiter(int perSecond, int burst, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.nanoTime = nanoTime;
  }

  @Override
  public void handle(RoutingContext context) {
    long wait = take(context.request().remoteAddress().hostAddress());
    if (wait > 0) {
      context.fail(Problem.tooManyRequests(wait));
    } else {
      context.next();
    }
  }

  /** Seconds until there is a token, at least 1; or 0, and one was taken. */
  long take(String address) {
    long now = nanoTime.getAsLong();
    Bucket bucket = buckets.get(address);
    if (bucket == null) {
      bucket = new Bucket();
      bucket.tokens = burst;
      buckets.put(address, bucket);
    } else {
      bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / NANOS * perSecond);
    }
    bucket.at = now;
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return 0;
    }
    return Math.max(1, (long) Math.ceil((1 - bucket.tokens) / perSecond));
  }

  int addresses() {
    return buckets.size();
  }
}
