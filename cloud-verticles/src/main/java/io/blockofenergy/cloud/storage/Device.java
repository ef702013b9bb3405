package io.blockofenergy.cloud.storage;

import io.vertx.core.json.JsonObject;

/**
 * A device as its readings show it.
 *
 * @param id the sensor's name
 * @param site where its latest reading was taken
 * @param bridge which took its latest reading
 * @param firstMeasuredAt UTC instant as in a reading
 * @param lastMeasuredAt UTC instant as in a reading
 * @param latest {@code {id, measuredAt, quantities}} of the latest reading; a quantity that it
 *     lacks is that of an earlier one
 */
public record Device(
    String id,
    String site,
    String bridge,
    String firstMeasuredAt,
    String lastMeasuredAt,
    JsonObject latest) {
  static Device read(JsonObject document) {
    return new Device(
        document.getString("_id"),
        document.getString("site"),
        document.getString("bridge"),
        document.getString("firstMeasuredAt"),
        document.getString("lastMeasuredAt"),
        document.getJsonObject("latest"));
  }

  /** As the REST API gives it. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("id", id)
        .put("site", site)
        .put("bridge", bridge)
        .put("firstMeasuredAt", firstMeasuredAt)
        .put("lastMeasuredAt", lastMeasuredAt)
        .put("latest", latest);
  }
}
