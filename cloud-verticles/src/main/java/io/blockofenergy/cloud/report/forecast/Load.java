package io.blockofenergy.cloud.report.forecast;

import java.util.Optional;

/**
 * What is forecast: a device, or all of a site that count.
 *
 * @param device empty for the whole site
 */
public record Load(String site, Optional<String> device) {
  public static Load site(String site) {
    return new Load(site, Optional.empty());
  }

  public static Load device(String site, String device) {
    return new Load(site, Optional.of(device));
  }

  /** Of no other load; {@code d/<device>} or {@code s/<site>}. */
  String key() {
    return device.map(id -> "d/" + id).orElse("s/" + site);
  }
}
