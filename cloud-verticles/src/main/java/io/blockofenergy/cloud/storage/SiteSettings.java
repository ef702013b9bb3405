package io.blockofenergy.cloud.storage;

import io.vertx.core.json.JsonObject;
import java.time.ZoneId;
import java.util.Optional;

/**
 * What people have set for a site, with the process's defaults for what they have not.
 *
 * @param site its id, as readings name it
 * @param zone IANA zone of its days, weeks and months
 * @param tariff id of the tariff that its energy is priced by; empty: it has no costs
 * @param name for people; empty: its id is what is shown
 */
public record SiteSettings(
    String site, ZoneId zone, Optional<String> tariff, Optional<String> name) {

  /** As receipts' verifiers know zones: "SystemV/" has only this machine's language. */
  public static boolean isZone(String id) {
    return ZoneId.getAvailableZoneIds().contains(id) && !id.startsWith("SystemV/");
  }

  /** The members {@code zone}, {@code tariff} and {@code name}; null for what there is not. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("zone", zone.getId())
        .put("tariff", tariff.orElse(null))
        .put("name", name.orElse(null));
  }
}
