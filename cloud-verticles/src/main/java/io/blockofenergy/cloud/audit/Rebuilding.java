package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What storage is making anew of the rollups, by document {@code rollup_rebuild/order} as {@code
 * docs/formats.md} has it. No act tells of such an order, so somebody may have put it there: it
 * excuses a difference for a limited time only, and storage carries it out, after which the rollups
 * are right. Blocks; belongs to one thread.
 */
final class Rebuilding {
  private static final Duration CLOCKS_DIFFER_BY = Duration.ofMinutes(10);

  private final Documents documents;
  private final AuditConfig config;
  private final Clock clock;
  private Optional<JsonObject> before = Optional.empty();

  Rebuilding(Documents documents, AuditConfig config, Clock clock) {
    this.documents = documents;
    this.config = config;
    this.clock = clock;
  }

  /** To be called before the rollups are looked at: what is made anew by now counts as usual. */
  void look() {
    before = order();
  }

  /**
   * Whether a day of a device may have been in progress or ahead when its rollups were looked at.
   *
   * @param day {@code uuuu-MM-dd}, UTC
   */
  boolean touches(String device, String day) {
    Optional<JsonObject> now = order();
    return before
            .filter(order -> "running".equals(order.getValue("state")))
            .filter(order -> !isPast(order, device, day))
            .filter(order -> concerns(order, device, day))
            .isPresent()
        // One that was ordered since, wherever it is now.
        || now.filter(order -> !isOrderedAt(before, order.getValue("orderedAt")))
            .filter(order -> concerns(order, device, day))
            .isPresent();
  }

  private Optional<JsonObject> order() {
    Optional<JsonObject> order =
        await(documents.byId("rollup_rebuild", List.of("order"))).get("order");
    return order == null ? Optional.empty() : order;
  }

  private static boolean isOrderedAt(Optional<JsonObject> order, Object at) {
    return order.isPresent() && at != null && at.equals(order.get().getValue("orderedAt"));
  }

  private boolean concerns(JsonObject order, String device, String day) {
    Object only = order.getValue("only");
    Object to = order.getValue("to");
    return order.getValue("orderedAt") instanceof String at
        && at.compareTo(Reading.format(clock.instant().minus(config.missing()))) > 0
        && at.compareTo(Reading.format(clock.instant().plus(CLOCKS_DIFFER_BY))) < 0
        && (only == null || only.equals(device))
        && order.getValue("from") instanceof String from
        && from.compareTo(day) <= 0
        && (to == null || (to instanceof String end && day.compareTo(end) < 0));
  }

  /** Devices come in the order of their names, each with its days in theirs. */
  private static boolean isPast(JsonObject order, String device, String day) {
    if (!(order.getValue("device") instanceof String at)) {
      return false;
    }
    // As the store compares texts.
    int compared =
        Arrays.compareUnsigned(
            device.getBytes(StandardCharsets.UTF_8), at.getBytes(StandardCharsets.UTF_8));
    return compared < 0
        || (compared == 0
            && order.getValue("day") instanceof String next
            && day.compareTo(next) < 0);
  }
}
