package io.blockofenergy.cloud.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private final Schedule monthly = Schedule.of("0 3 1 * *");

  @Test
  void oneIsDueFromItsMinuteOnUntilAFullAuditHasBegun() {
    Instant before = Instant.parse("2026-10-20T00:00:00Z");
    assertThat(monthly.isDue(before, Instant.parse("2026-11-01T02:59:59.999Z"))).isFalse();
    assertThat(monthly.isDue(before, Instant.parse("2026-11-01T03:00:00Z"))).isTrue();
    assertThat(
            monthly.isDue(
                Instant.parse("2026-11-01T03:00:02Z"), Instant.parse("2026-11-01T03:00:03Z")))
        .isFalse();
  }

  @Test
  void thoseMissedForMonthsAreDueAsOne() {
    Instant back = Instant.parse("2026-11-25T12:00:00Z");
    assertThat(monthly.isDue(Instant.parse("2026-02-01T03:00:00Z"), back)).isTrue();
    assertThat(monthly.isDue(back, back.plusSeconds(60))).isFalse();
  }

  @Test
  void withoutAScheduleNoneIsEverDue() {
    assertThat(Schedule.of("never").isDue(Instant.EPOCH, Instant.now())).isFalse();
  }

  @Test
  void whatIsNoCronExpressionIsRefused() {
    for (String wrong : new String[] {"0 25 * * *", "monthly", "0 0 3 1 * *"}) {
      assertThatThrownBy(() -> Schedule.of(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
