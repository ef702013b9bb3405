package io.blockofenergy.cloud.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AuditProgressTest {
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
