package io.blockofenergy.telemetry;

import java.time.Instant;
import java.util.TreeMap;

/** Readings for tests. */
final class Readings {
  private Readings() {}

  static Reading reading(long seq) {
    TreeMap<String, Double> quantities = new TreeMap<>();
    quantities.put("powerW", 203.0);
    quantities.put("energyImportKwh", 10.017);
    return new Reading(
        "bridge-01",
        "0a1b2c3d",
        seq,
        "plug7",
        "home",
        Instant.parse("2025-08-21T18:23:28.067Z"),
        Instant.parse("2025-08-21T18:23:28.100Z"),
        "tele/plug7/SENSOR",
        "tasmota",
        quantities,
        "2025-08-21T00:00:00",
        "00112233445566778899aabbccddeeff",
        "{\"ENERGY\":{\"Power\":203}}");
  }
}
