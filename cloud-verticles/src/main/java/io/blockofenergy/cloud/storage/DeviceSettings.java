package io.blockofenergy.cloud.storage;

import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * What people have set for a device, with the process's defaults for what they have not.
 *
 * @param device its id, as readings name it
 * @param name for people; empty: its id is what is shown
 * @param powerCeilingW above zero; more power than it can take, so a counter that rose faster has
 *     jumped
 * @param counted false for a sub-meter, whose energy another device of the site counts too: it is
 *     shown, but is in no total
 */
public record DeviceSettings(
    String device, Optional<String> name, double powerCeilingW, boolean counted) {

  /** The members {@code name}, {@code powerCeilingW} and {@code counted}. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("name", name.orElse(null))
        .put("powerCeilingW", powerCeilingW)
        .put("counted", counted);
  }
}
