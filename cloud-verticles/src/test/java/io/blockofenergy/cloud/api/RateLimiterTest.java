package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private final AtomicLong nanoTime = new AtomicLong();
  private final RateLimiter limiter = new RateLimiter(2, 5, nanoTime::get);

  private int served(String address, int requests) {
    int served = 0;
    for (int i = 0; i < requests; i++) {
      served += limiter.take(address) == 0 ? 1 : 0;
    }
    return served;
  }

  @Test
  void aBurstIsServedAndThenTheRate() {
    assertThat(served("a", 9)).isEqualTo(5);
    nanoTime.addAndGet(1_000_000_000L);
    assertThat(served("a", 9)).isEqualTo(2);
    nanoTime.addAndGet(3_600_000_000_000L);
    assertThat(served("a", 9)).isEqualTo(5);
  }

  @Test
  void whoIsRefusedIsToldWhenToComeAgainAndIsServedThen() {
    served("a", 5);
    long seconds = limiter.take("a");
    assertThat(seconds).isEqualTo(1);
    nanoTime.addAndGet(seconds * 1_000_000_000L);
    assertThat(limiter.take("a")).isZero();
  }

  @Test
  void oneAddressDoesNotUseUpAnothers() {
    served("a", 9);
    assertThat(served("b", 9)).isEqualTo(5);
  }

  @Test
  void theAddressesThatAreRememberedAreBounded() {
    for (int i = 0; i < RateLimiter.MAX_ADDRESSES * 2; i++) {
      limiter.take("address " + i);
    }
    assertThat(limiter.addresses()).isEqualTo(RateLimiter.MAX_ADDRESSES);
  }
}
