package io.blockofenergy.edge.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long SECOND = 1_000_000_000;

  @Test
  void theFirstBatchGoesAtOnceAndTheNextWhenItsTimeHasCome() {
    Pace pace = new Pace(1000);
    assertThat(pace.waitNanos(5 * SECOND)).isZero();
    pace.went(2000, 5 * SECOND);
    assertThat(pace.waitNanos(5 * SECOND)).isEqualTo(2 * SECOND);
    assertThat(pace.waitNanos(6 * SECOND)).isEqualTo(SECOND);
    assertThat(pace.waitNanos(7 * SECOND)).isZero();
  }

  @Test
  void whatAPauseHasLeftUnusedIsNotMadeUpFor() {
    Pace pace = new Pace(1000);
    pace.went(1000, 0);
    pace.went(1000, 100 * SECOND);
    assertThat(pace.waitNanos(100 * SECOND)).isEqualTo(SECOND);
  }

  @Test
  void withoutABoundNothingWaits() {
    Pace pace = new Pace(0);
    pace.went(1_000_000, 0);
    assertThat(pace.waitNanos(0)).isZero();
  }
}
