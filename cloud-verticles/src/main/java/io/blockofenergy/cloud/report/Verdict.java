package io.blockofenergy.cloud.report;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Locale;

/**
 * What is odd about two points of a counter.
 *
 * @param from of the earlier one, Unix milliseconds
 * @param to of the later one
 * @param beforeUwh what the counter showed at the earlier one
 * @param afterUwh what it showed then: of a glitch or rollback the low value
 * @param energyUwh what was counted between them
 * @param earlier id of the reading
 * @param later id of the reading
 */
record Verdict(
    Kind kind,
    String counter,
    long from,
    long to,
    long beforeUwh,
    long afterUwh,
    long energyUwh,
    String earlier,
    String later) {

  /** As in reports, but for the case and underscores. */
  enum Kind {
    /** Began anew: another epoch, or nearly zero. */
    RESET,
    /** Fell, but not to nearly zero. */
    ROLLBACK,
    /** Nearly zero for a while. */
    ZERO_GLITCH,
    /** More than the device can take. */
    IMPLAUSIBLE_JUMP,
    /** More than an hour without a point. */
    GAP
  }

  JsonObject toJson(String device) {
    return new JsonObject()
        .put("device", device)
        .put("kind", kind.name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .put("counter", counter)
        .put("from", Reading.format(Instant.ofEpochMilli(from)))
        .put("to", Reading.format(Instant.ofEpochMilli(to)))
        .put("beforeKwh", Energy.kwh(beforeUwh))
        .put("afterKwh", Energy.kwh(afterUwh))
        .put("energyKwh", Energy.kwh(energyUwh))
        .put("readings", new JsonArray().add(earlier).add(later));
  }
}
