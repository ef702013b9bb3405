package io.blockofenergy.cloud.report.pack;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.time.ZoneId;

/** A report of a month as the API gives it, with something of everything that can be in one. */
final class SampleReport {
  static final ZoneId ZONE = ZoneId.of("Europe/Skopje");

  private SampleReport() {}

  static JsonObject of(String site, double energyKwh) {
    JsonArray rows = new JsonArray();
    LocalDate first = LocalDate.of(2026, 10, 1);
    for (LocalDate day = first; day.getMonthValue() == 10; day = day.plusDays(1)) {
      rows.add(
          new JsonObject()
              .put("from", begin(day))
              .put("to", begin(day.plusDays(1)))
              .put("label", day.toString())
              .put("energyKwh", energyKwh / 31 * (1 + 0.4 * Math.sin(day.getDayOfMonth())))
              .put("exportKwh", 0)
              .put("peakW", 2310.5)
              .put("cost", "40.12")
              .put("coverage", 1)
              .put("gapKwh", day.getDayOfMonth() == 14 ? 1.5 : 0)
              .put("estimated", day.getDayOfMonth() == 20));
    }
    return new JsonObject()
        .put("schema", "boe.report.v1")
        .put("kind", "monthly")
        .put("date", "2026-10")
        .put("site", site)
        .putNull("device")
        .put("zone", ZONE.getId())
        .put("from", begin(first))
        .put("to", begin(LocalDate.of(2026, 11, 1)))
        .put("generatedAt", "2026-11-02T06:00:00.000Z")
        .put("complete", true)
        .put("currency", "MKD")
        .put(
            "tariff",
            new JsonObject()
                .put("id", "evn-2025")
                .put("name", "ЕВН Home, two rates, 2025")
                .put("sha256", "cd".repeat(32)))
        .put(
            "summary",
            new JsonObject()
                .put("energyKwh", energyKwh)
                .put("exportKwh", 3.25)
                .put("peakW", 4310.0)
                .put("peakAt", "2026-10-07T17:15:00.000Z")
                .put("coverage", 0.987)
                .put("estimated", false)
                .put("gapKwh", 1.5)
                .put(
                    "cost",
                    new JsonObject()
                        .put("energy", "1412.20")
                        .put("standing", "0.00")
                        .put("tax", "70.61")
                        .put("exportCredit", "0.00")
                        .put("total", "1482.81"))
                .put(
                    "previous",
                    new JsonObject()
                        .put("date", "2026-09")
                        .put("energyKwh", 290.5)
                        .put("cost", "1390.00"))
                .put("change", new JsonObject().put("energyRatio", 0.112)))
        .put("rows", rows)
        .put(
            "devices",
            new JsonArray()
                .add(device("boiler", "Бојлер (купатило)", 0.41, false, true))
                .add(device("κουζίνα", "Κουζίνα ❄", 0.3, false, true))
                .add(device("lamp", null, 0.01, true, true))
                .add(
                    device(
                        "submeter",
                        "Washing machine behind the kitchen's meter",
                        0.1,
                        false,
                        false)))
        .put(
            "prices",
            new JsonArray()
                .add(price("high", 1, "4.4376", 210, "931.90"))
                .add(price("high", 2, "5.5664", 57.9, "322.29"))
                .add(price("low", 1, "1.9765", 79.94, "158.01")))
        .put(
            "verdicts",
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("device", "boiler")
                        .put("kind", "reset")
                        .put("from", "2026-10-12T10:00:00.000Z")
                        .put("to", "2026-10-12T10:05:00.000Z")
                        .put("beforeKwh", 102.1)
                        .put("afterKwh", 0)
                        .put("energyKwh", 0)
                        .put("readings", new JsonArray())));
  }

  private static String begin(LocalDate day) {
    return Reading.format(day.atStartOfDay(ZONE).toInstant());
  }

  private static JsonObject device(
      String id, String name, double share, boolean estimated, boolean counted) {
    return new JsonObject()
        .put("device", id)
        .put("name", name)
        .put("energyKwh", share * 300)
        .put("exportKwh", 0)
        .put("share", share)
        .put("peakW", 2000.0)
        .put("cost", "12.00")
        .put("coverage", 1)
        .put("gapKwh", 0)
        .put("estimated", estimated)
        .put("counted", counted);
  }

  private static JsonObject price(
      String band, int block, String perKwh, double energyKwh, String cost) {
    return new JsonObject()
        .put("band", band)
        .put("block", block)
        .put("pricePerKwh", perKwh)
        .put("energyKwh", energyKwh)
        .put("cost", cost);
  }
}
