package io.blockofenergy.cloud.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AuditScheduleTest {
  private final AuditSchedule monthly = AuditSchedule.of("0 3 1 * *");

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
    assertThat(AuditSchedule.of("never").isDue(Instant.EPOCH, Instant.now())).isFalse();
  }

  @Test
  void whatIsNoCronExpressionIsRefused() {
    for (String wrong : new String[] {"0 25 * * *", "monthly", "0 0 3 1 * *"}) {
      assertThatThrownBy(() -> AuditSchedule.of(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void theTimeThatARunStillTakesFollowsFromItsRate() {
    JsonObject run =
        new JsonObject()
            .put("state", "running")
            .put("checked", 1_000)
            .put("total", 4_000)
            .put("startedAt", "2026-11-25T12:00:00.000Z");
    Instant now = Instant.parse("2026-11-25T12:00:10Z");
    assertThat(AuditProgress.show(run, now).getMap())
        .containsEntry("remainingSeconds", 30L)
        .containsEntry("phase", "checking");
    assertThat(AuditProgress.show(run.copy().put("phase", "rollups"), now).getString("phase"))
        .isEqualTo("rollups");
    for (JsonObject unknown :
        new JsonObject[] {
          run.copy().put("checked", 0),
          run.copy().put("startedAt", "2026-11-25T12:00:10.000Z"),
          run.copy().put("startedAt", "x"),
          run.copy().put("state", "completed")
        }) {
      assertThat(AuditProgress.show(unknown, now).getValue("remainingSeconds")).isNull();
    }
  }
}
