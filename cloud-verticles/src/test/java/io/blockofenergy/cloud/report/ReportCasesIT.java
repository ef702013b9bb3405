package io.blockofenergy.cloud.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.DateTimeException;
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
        hourly(
            "late",
            "estimates",
            1,
            "2026-08-31T22:00:00Z",
            "2026-10-02T09:00:00Z",
            "powerW",
            1000));
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

  @Test
  void theAmountsOfABillAddUpAsTheyAreShown() throws Exception {
    store.tariff(
        "sums",
        new JsonObject(
            """
            {"id": "sums", "name": "Sums", "currency": "EUR",
             "versions": [{"from": "2025-01-01",
               "bands": [{"name": "day", "blocks": [{"pricePerKwh": "0.10"}]},
                         {"name": "night", "blocks": [{"pricePerKwh": "0.10"}]}],
               "defaultBand": "day",
               "windows": [{"band": "night", "from": "00:00", "to": "06:00",
                            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}],
               "standingChargePerMonth": "3.137", "taxPercent": "19",
               "exportPricePerKwh": "0.077"}]}
            """));
    store.fold(
        List.of(
            at("2026-11-03T23:45:00Z", 100, 7, 1),
            at("2026-11-04T00:05:00Z", 102.45, 7.5, 2),
            at("2026-11-04T12:00:00Z", 102.45, 7.5, 3),
            at("2026-11-04T12:20:00Z", 112.34, 7.8, 4)));
    JsonObject report = report(ReportKind.DAILY, "2026-11-04", "sums");
    assertThat(energy(report)).isEqualTo(12.34);
    JsonObject cost = report.getJsonObject("summary").getJsonObject("cost");
    // 2.45 and 9.89 kWh cost 0.245 and 0.989: 0.25 and 0.99. A day's standing charge is 0.1046.
    assertThat(cost)
        .isEqualTo(
            new JsonObject()
                .put("energy", "1.24")
                .put("standing", "0.10")
                .put("tax", "0.25")
                .put("exportCredit", "0.06")
                .put("total", "1.53"));
    assertThat(
            report.getJsonArray("prices").stream()
                .map(price -> ((JsonObject) price).getString("cost")))
        .containsExactly("0.25", "0.99");
    assertThat(report.getJsonObject("summary").getJsonObject("change").getString("cost"))
        .isEqualTo("1.41"); // 0.12 the day before: its standing charge and the tax of that
  }

  private static Reading at(String at, double taken, double given, long seq) {
    return ReportStore.reading(
        "meter",
        "sums",
        seq,
        Instant.parse(at),
        "",
        "energyImportKwh",
        taken,
        "energyExportKwh",
        given);
  }

  @Test
  void aReportGoesOnWithoutADeviceThatCannotBeReadButItsEvidenceFails() {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      readings.addAll(
          hourly(
              "d" + i,
              "broken",
              1,
              "2026-11-01T00:00:00Z",
              "2026-11-01T03:00:00Z",
              "energyImportKwh",
              3));
    }
    store.fold(readings);
    for (int i = 0; i < 10; i++) {
      set("devices", "d" + i, "firstMeasuredAt", "x");
    }
    JsonObject rollup =
        ReportStore.await(
            store.mongo.findOne(
                "rollups", new JsonObject().put("device", "d10"), new JsonObject()));
    set("rollups", rollup.getString("_id"), "q", "x");

    JsonObject report = report(ReportKind.DAILY, "2026-11-01", "broken");
    assertThat(energy(report)).isEqualTo(2); // d11's
    assertThat(report.getJsonObject("summary").getBoolean("damaged")).isTrue();
    assertThat(
            report.getJsonArray("devices").stream()
                .map(JsonObject.class::cast)
                .filter(device -> !device.getBoolean("damaged"))
                .map(device -> device.getString("device")))
        .containsExactly("d11");
    Future<List<String>> evidence =
        new ReportEvidence(reports)
            .readings(
                new ReportRequest(
                    ReportKind.DAILY,
                    Optional.of("2026-11-01"),
                    Optional.of("broken"),
                    Optional.empty()));
    assertThatThrownBy(() -> ReportStore.await(evidence))
        .hasCauseInstanceOf(DateTimeException.class);
  }

  private void set(String collection, String id, String member, String value) {
    ReportStore.await(
        store.mongo.updateCollection(
            collection,
            new JsonObject().put("_id", id),
            new JsonObject().put("$set", new JsonObject().put(member, value))));
  }

  @Test
  void aCounterThatIsResetAllTheTimeIsCounted() {
    List<Reading> readings = new ArrayList<>();
    Instant begin = Instant.parse("2026-11-02T00:00:00Z");
    for (int i = 0; i < 20_200; i++) {
      readings.add(
          ReportStore.reading(
              "restless",
              "resets",
              i + 1,
              begin.plusSeconds(60L * i),
              "epoch " + i / 2 * 2,
              "energyImportKwh",
              i % 2));
      if (readings.size() == 2000) {
        store.fold(readings);
        readings.clear();
      }
    }
    store.fold(readings);
    assertThat(energy(report(ReportKind.MONTHLY, "2026-11", "resets"))).isEqualTo(10_100);
  }

  @Test
  void aCounterThatIsSilentWhileTheOtherSpeaksGoesOnFromItsLastPoint() {
    store.zone("silent", "America/New_York");
    store.fold(
        List.of(imported("2026-06-20T00:00:00Z", 40, 1), imported("2026-06-20T01:00:00Z", 41, 2)));
    store.fold(
        hourly(
            "silent",
            "silent",
            1000,
            "2026-06-20T02:00:00Z",
            "2026-12-05T00:00:00Z",
            "energyExportKwh",
            7));
    store.fold(
        List.of(
            imported("2026-10-01T10:00:00Z", 51, 3),
            imported("2026-10-01T10:30:00Z", 52, 4),
            imported("2026-11-05T09:00:00Z", 60, 5),
            imported("2026-12-01T02:00:00Z", 400, 6))); // November there
    JsonObject first = report(ReportKind.DAILY, "2026-10-01", "silent").getJsonObject("summary");
    assertThat(first.getDouble("energyKwh")).isEqualTo(11);
    assertThat(first.getDouble("gapKwh")).isEqualTo(10);
    // The gap that ends on the evening of the 30th has a share on each day.
    assertThat(cost("2026-11-10", "silent")).isGreaterThan(20);
  }

  private static Reading imported(String at, double kwh, long seq) {
    return ReportStore.reading(
        "silent", "silent", seq, Instant.parse(at), "", "energyImportKwh", kwh);
  }

  @Test
  void aBurstOfReportsIsRefusedBeyondWhatCanWait() {
    store.fold(List.of(at("2026-11-05T10:00:00Z", 112.34, 7.8, 100)));
    List<Future<JsonObject>> made = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      made.add(
          reports.report(
              new ReportRequest(
                  ReportKind.DAILY,
                  Optional.of("2027-01-10"),
                  Optional.empty(),
                  Optional.of("meter"))));
    }
    ReportStore.await(Future.join(made).otherwiseEmpty());
    assertThat(made.stream().filter(Future::succeeded)).hasSizeGreaterThan(60);
    assertThat(made.stream().filter(Future::failed).map(Future::cause))
        .isNotEmpty()
        .allMatch(UnavailableException.class::isInstance);
  }

  @Test
  void theCostsOfTooManyDevicesOverAYearAreRefusedButThoseOfAMonthAreNot() {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 460; i++) {
      readings.add(
          ReportStore.reading(
              "of many " + i,
              "many",
              1,
              Instant.parse("2026-11-02T10:00:00Z"),
              "",
              "energyImportKwh",
              1));
    }
    store.fold(readings);
    assertThat(report(ReportKind.MONTHLY, "2026-11", "many").getJsonArray("devices")).hasSize(460);
    assertThatThrownBy(() -> report(ReportKind.YEARLY, "2026", "many"))
        .hasCauseInstanceOf(MalformedPeriodException.class)
        .hasMessageContaining("460 devices");
  }

  private double cost(String day, String site) {
    return Double.parseDouble(
        report(ReportKind.DAILY, day, site)
            .getJsonObject("summary")
            .getJsonObject("cost")
            .getString("total"));
  }
}
