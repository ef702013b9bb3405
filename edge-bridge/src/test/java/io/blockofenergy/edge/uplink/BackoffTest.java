package io.blockofenergy.edge.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.uplink.Backoff.Cause;
import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private final Backoff backoff = new Backoff(Duration.ofMinutes(1), new Random(7));

  @Test
  void theFirstPauseIsChanceAlone() {
    long different =
        IntStream.range(0, 100)
            .mapToObj(
                i -> {
                  backoff.reset();
                  return backoff.next(Cause.UNREACHABLE);
                })
            .peek(pause -> assertThat(pause).isLessThanOrEqualTo(Duration.ofSeconds(1)))
            .distinct()
            .count();
    assertThat(different).isGreaterThan(50);
  }

  @Test
  void aHubThatIsAwayIsFoundWithinSecondsOfItsReturn() {
    for (int i = 0; i < 1000; i++) {
      assertThat(backoff.next(Cause.UNREACHABLE)).isLessThanOrEqualTo(Duration.ofSeconds(3));
    }
  }

  @Test
  void aRefusalIsAskedAboutLessAndLessOftenUpToTheBound() {
    Duration last = Duration.ZERO;
    for (int i = 0; i < 1000; i++) {
      last = backoff.next(Cause.REFUSED);
      assertThat(last).isLessThanOrEqualTo(Duration.ofMinutes(1));
    }
    assertThat(last).isGreaterThanOrEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void theConfiguredBoundHoldsForAll() {
    Backoff quick = new Backoff(Duration.ofMillis(100), new Random(7));
    for (Cause cause : Cause.values()) {
      for (int i = 0; i < 100; i++) {
        assertThat(quick.next(cause)).isLessThanOrEqualTo(Duration.ofMillis(100));
      }
    }
  }
}
