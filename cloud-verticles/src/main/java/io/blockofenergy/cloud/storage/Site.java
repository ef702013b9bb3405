package io.blockofenergy.cloud.storage;

import io.vertx.core.json.JsonObject;

/**
 * A site as its devices show it.
 *
 * @param id its name
 * @param devices how many devices' latest readings are from there
 * @param lastMeasuredAt of any of them, UTC instant as in a reading
 */
public record Site(String id, int devices, String lastMeasuredAt) {
  /** As the REST API gives it. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("id", id)
        .put("devices", devices)
        .put("lastMeasuredAt", lastMeasuredAt);
  }
}
