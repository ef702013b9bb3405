package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PublishRateTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void letsABurstOfOneSecondPassAndThenOneAfterTheOther() {
    PublishRate rate = new PublishRate(10, 0);
    for (int i = 0; i < 10; i++) {
      assertThat(rate.take(0)).isZero();
    }
    assertThat(rate.take(0)).isEqualTo(SECOND / 10);
    assertThat(rate.take(0)).isEqualTo(2 * SECOND / 10);
    assertThat(rate.take(SECOND / 2)).isZero();
  }

  @Test
  void savesNoMoreThanOneSecond() {
    PublishRate rate = new PublishRate(2, 0);
    long later = 100 * SECOND;
    assertThat(rate.take(later)).isZero();
    assertThat(rate.take(later)).isZero();
    assertThat(rate.take(later)).isPositive();
  }

  @Test
  void boundsNothingAtZero() {
    PublishRate rate = new PublishRate(0, 0);
    for (int i = 0; i < 100_000; i++) {
      assertThat(rate.take(0)).isZero();
    }
  }
}
