package io.blockofenergy.cloud.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Reports of devices to which something in particular happened. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportCasesIT {
  private ReportStore store;
  private Reports reports;

  @BeforeAll
  void start(@TempDir Path directory) {
    store = new ReportStore(directory, Optional.of(ReportStore.TARIFF));
    reports = store.reports(Instant.parse("2027-03-01T00:00:00Z"));
  }

  @AfterAll
  void stop() {
    store.close();
  }

  /**
   * Readings by the hour, pairs of quantity and value; of a counter the value is what it begins
   * with, and it rises by 1 kWh an hour.
   */
  private static List<Reading> hourly(
      String device, String site, long seq, String from, String to, Object... pairs) {
    List<Reading> readings = new ArrayList<>();
    Instant end = Instant.parse(to);
    Instant at = Instant.parse(from);
    for (long i = 0; at.isBefore(end); i++, at = at.plus(Duration.ofHours(1))) {
      Object[] now = pairs.clone();
      for (int each = 0; each < now.length; each += 2) {
        if (!now[each].equals("powerW")) {
          now[each + 1] = ((Number) now[each + 1]).doubleValue() + i;
        }
      }
      readings.add(ReportStore.reading(device, site, seq + i, at, "", now));
    }
    return readings;
  }

  private JsonObject report(ReportKind kind, String date, String site) {
    return ReportStore.report(reports, kind, date, site, null);
  }

  private static double energy(JsonObject report) {
    return report.getJsonObject("summary").getDouble("energyKwh");
  }

  private static double priced(JsonObject report) {
    return report.getJsonArray("prices").stream()
        .mapToDouble(price -> ((JsonObject) price).getDouble("energyKwh"))
        .sum();
  }

  @Test
  void eachMonthPricesTheEnergyThatItCountsWhereverAGapIs() {
    store.fold(
        hourly(
            "gapped",
            "gaps",
            1,
            "2026-10-31T22:00:00Z",
            "2026-11-28T00:00:00Z",
            "energyImportKwh",
            100));
    JsonObject early = report(ReportKind.MONTHLY, "2026-11", "gaps");
    store.fold(
        hourly(
            "gapped",
            "gaps",
            2000,
            "2026-12-10T00:00:00Z",
            "2027-01-01T00:00:00Z",
            "energyImportKwh",
            1042));
    JsonObject november = report(ReportKind.MONTHLY, "2026-11", "gaps");
    JsonObject december = report(ReportKind.MONTHLY, "2026-12", "gaps");
    assertThat(november.getJsonObject("summary").getJsonObject("cost"))
        .isEqualTo(early.getJsonObject("summary").getJsonObject("cost"));
    assertThat(priced(november)).isEqualTo(energy(november)).isGreaterThan(600);
    assertThat(priced(december)).isEqualTo(energy(december)).isGreaterThan(700);
    assertThat(december.getJsonObject("summary").getDouble("gapKwh")).isGreaterThan(200);
    // A day of the gap in its month has its share of the cost, one before has none.
    assertThat(cost("2026-12-05", "gaps")).isGreaterThan(0);
    assertThat(cost("2026-11-29", "gaps")).isZero();
  }

  @Test
  void whatWasEstimatedStaysWhenADeviceGetsACounter() {
    store.fold(
        hourly("late", "estimates", 1, "2026-08-31T22:00:00Z", "2026-10-02T09:00:00Z", "powerW", 1000));
    JsonObject before = report(ReportKind.MONTHLY, "2026-09", "estimates");
    store.fold(
        hourly(
            "late",
            "estimates",
            2000,
            "2026-10-02T10:00:00Z",
            "2026-10-20T00:00:00Z",
            "energyImportKwh",
            5,
            "powerW",
            1000));
    JsonObject september = report(ReportKind.MONTHLY, "2026-09", "estimates");
    assertThat(energy(september)).isEqualTo(energy(before)).isGreaterThan(100);
    JsonObject october = report(ReportKind.MONTHLY, "2026-10", "estimates");
    // The 35 samples before hold for 11 minutes each, then 421 kWh are counted.
    assertThat(energy(october)).isEqualTo(6.416666667 + 421, within(1e-7));
    assertThat(october.getJsonArray("devices").getJsonObject(0).getBoolean("estimated")).isTrue();
    JsonObject day = report(ReportKind.DAILY, "2026-10-10", "estimates");
    assertThat(day.getJsonArray("devices").getJsonObject(0).getBoolean("estimated")).isFalse();
    assertThat(energy(report(ReportKind.YEARLY, "2026", "estimates")))
        .isEqualTo(energy(september) + energy(october), within(1e-7));
  }

  private double cost(String day, String site) {
    return Double.parseDouble(
        report(ReportKind.DAILY, day, site)
            .getJsonObject("summary")
            .getJsonObject("cost")
            .getString("total"));
  }
}
