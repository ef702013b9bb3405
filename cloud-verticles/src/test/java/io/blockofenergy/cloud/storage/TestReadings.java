package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Readings of a made-up bridge. */
final class TestReadings {
  static final String JOURNAL = "0a1b2c3d";

  private TestReadings() {}

  static Reading reading(long seq, String device, Instant measuredAt) {
    return reading(
        seq,
        device,
        measuredAt,
        "{\"Time\":\"2026-11-23T20:15:00\",\"ENERGY\":{\"TotalStartTime\":\"2026-01-01T00:00:00\","
            + "\"Total\":"
            + seq
            + ".0,\"Yesterday\":1.2,\"Today\":0.4,\"Period\":3,\"Power\":120,\"ApparentPower\":130,"
            + "\"ReactivePower\":20,\"Factor\":0.92,\"Voltage\":231,\"Current\":0.52},\"é\":\"☀\"}");
  }

  static Reading reading(long seq, String device, Instant measuredAt, String payload) {
    TreeMap<String, Double> quantities = new TreeMap<>();
    quantities.put("powerW", (double) (seq % 2000));
    quantities.put("energyImportKwh", seq * 0.125 + 0.1);
    return new Reading(
        "bridge",
        JOURNAL,
        seq,
        device,
        "home",
        measuredAt,
        measuredAt.plusMillis(40),
        "tele/" + device + "/SENSOR",
        "tasmota",
        quantities,
        "2026-01-01T00:00:00",
        String.format("%032x", seq),
        payload);
  }

  /** Consecutive readings of a few devices, a second apart from {@code start}. */
  static List<Reading> readings(long firstSeq, int count, int devices, Instant start) {
    List<Reading> readings = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long seq = firstSeq + i;
      readings.add(reading(seq, "plug" + seq % devices, start.plusSeconds(seq)));
    }
    return readings;
  }

  static Batch batch(SigningKey key, List<Reading> readings) {
    return Batch.sign(
        "bridge",
        JOURNAL,
        readings.get(0).seq(),
        readings.stream().map(Reading::canonicalJson).toList(),
        Batch.NO_PREV,
        key);
  }
}
