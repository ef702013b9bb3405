package io.blockofenergy.cloud.report;

import static java.time.temporal.ChronoUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reports of random streams, with all that goes wrong with meters and their delivery, are those
 * that a plain computation from the raw readings gives.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportNumbersIT {
  private static final Instant FROM = Instant.parse("2025-12-12T07:00:00Z");
  private static final Instant TO = Instant.parse("2027-01-20T00:00:00Z");
  private static final int MAX_VERDICTS = 1000;
  private static final double CEILING_W = 100_000;
  private static final BigDecimal UWH = BigDecimal.valueOf(1_000_000_000L);

  /** The low one, and those of the blocks of the high one. */
  private static final String[] PRICES = {"1.9765", "4.4376", "5.5664", "7.4314", "18.3035"};

  private static final BigDecimal[] BLOCKS = {
    BigDecimal.ZERO, new BigDecimal(210), new BigDecimal(630), new BigDecimal(1050)
  };

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Europe/Skopje",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Pacific/Chatham",
        "America/St_Johns",
        "Africa/Casablanca",
        "UTC",
        "Pacific/Apia"
      })
  void reportsAreWhatTheRawReadingsSay(String zoneId) {
    Random random = new Random(zoneId.hashCode());
    String site = "site " + zoneId;
    store.zone(site, zoneId);
    Map<String, List<Reading>> streams = new TreeMap<>();
    for (int i = 0; i < 4; i++) {
      String device = zoneId + " plug" + i;
      RandomMeter meter = new RandomMeter(random, device, site, i % 2 == 0);
      Instant counts = i == 3 ? TO : i == 2 ? FROM.plus(random.nextInt(300), DAYS) : FROM;
      List<Reading> stream = new ArrayList<>(meter.powers(FROM, counts));
      stream.addAll(meter.counted(counts, TO));
      streams.put(device, stream);
    }
    deliver(streams, random);
    Map<String, NaiveMeter> meters = new TreeMap<>();
    Map<String, NaiveMeter> exports = new TreeMap<>();
    streams.forEach(
        (device, raw) -> {
          meters.put(device, new NaiveMeter(raw, "energyImportKwh", CEILING_W));
          exports.put(device, new NaiveMeter(raw, "energyExportKwh", CEILING_W));
        });
    String submeter = zoneId + " plug1";
    ReportStore.await(
        store
            .settings
            .currentDevice(submeter)
            .compose(
                seen ->
                    store.settings.putDevice(
                        seen, Optional.empty(), Optional.empty(), Optional.of(false))));

    ZoneId zone = ZoneId.of(zoneId);
    for (Map.Entry<ReportKind, List<String>> kind : dates(zone, random).entrySet()) {
      for (String date : kind.getValue()) {
        JsonObject report = ReportStore.report(reports, kind.getKey(), date, site, null);
        check(report, meters, exports, submeter, zone);
        evidence(report, kind.getKey(), meters);
      }
    }
  }

  private void deliver(Map<String, List<Reading>> streams, Random random) {
    List<Reading> deliveries = new ArrayList<>();
    for (List<Reading> stream : streams.values()) {
      deliveries.addAll(stream);
      deliveries.addAll(stream.subList(0, stream.size() / 5));
    }
    Collections.shuffle(deliveries.subList(0, deliveries.size() / 3), random);
    for (int at = 0; at < deliveries.size(); at += 2000) {
      store.fold(deliveries.subList(at, Math.min(deliveries.size(), at + 2000)));
    }
  }

  /** All days on which the clocks change, and some others. */
  private static Map<ReportKind, List<String>> dates(ZoneId zone, Random random) {
    List<String> days = new ArrayList<>();
    for (LocalDate day = LocalDate.of(2026, 1, 1); day.getYear() == 2026; day = day.plusDays(1)) {
      long hours =
          day.atStartOfDay(zone)
              .until(day.plusDays(1).atStartOfDay(zone), java.time.temporal.ChronoUnit.MINUTES);
      if (hours != 1440 || random.nextInt(40) == 0) {
        days.add(day.toString());
      }
    }
    return Map.of(
        ReportKind.DAILY,
        days,
        ReportKind.WEEKLY,
        List.of("2026-W01", "2026-W14", "2026-W44", "2026-W53"),
        ReportKind.MONTHLY,
        List.of("2026-03", "2026-04", "2026-10", "2026-12"),
        ReportKind.YEARLY,
        List.of("2026"));
  }

  private static void check(
      JsonObject report,
      Map<String, NaiveMeter> meters,
      Map<String, NaiveMeter> exports,
      String submeter,
      ZoneId zone) {
    LocalDate[] days = days(report);
    Instant from = days[0].atStartOfDay(zone).toInstant();
    Instant to = days[1].atStartOfDay(zone).toInstant();
    String what = report.getString("kind") + " " + report.getString("date") + " " + zone;
    assertThat(Instant.parse(report.getString("from"))).as(what).isEqualTo(from);
    assertThat(Instant.parse(report.getString("to"))).as(what).isEqualTo(to);

    BigDecimal energy = BigDecimal.ZERO;
    BigDecimal gap = BigDecimal.ZERO;
    BigDecimal exported = BigDecimal.ZERO;
    double coverage = 0;
    List<String> oddities = new ArrayList<>();
    Map<String, JsonObject> devices = new HashMap<>();
    for (int i = 0; i < report.getJsonArray("devices").size(); i++) {
      JsonObject device = report.getJsonArray("devices").getJsonObject(i);
      devices.put(device.getString("device"), device);
    }
    for (Map.Entry<String, NaiveMeter> meter : meters.entrySet()) {
      NaiveMeter its = meter.getValue();
      JsonObject device = devices.get(meter.getKey());
      String who = what + " " + meter.getKey();
      boolean estimated = its.isEstimated(from, to);
      BigDecimal out = exports.get(meter.getKey()).energy(from, to);
      assertThat(device.getDouble("energyKwh"))
          .as(who)
          .isEqualTo(its.energy(from, to).doubleValue());
      assertThat(device.getDouble("exportKwh")).as(who).isEqualTo(out.doubleValue());
      assertThat(device.getDouble("gapKwh"))
          .as(who)
          .isEqualTo(its.overGaps(from, to).doubleValue());
      assertThat(device.getDouble("coverage"))
          .as(who)
          .isCloseTo(its.coverage(from, to), within(1e-6));
      assertThat(device.getBoolean("estimated")).as(who).isEqualTo(estimated);
      its.oddities.stream()
          .filter(odd -> !odd.to().isBefore(from) && odd.to().isBefore(to))
          .forEach(odd -> oddities.add(meter.getKey() + " " + odd.kind() + " " + odd.to()));
      if (!meter.getKey().equals(submeter)) {
        energy = energy.add(its.energy(from, to));
        gap = gap.add(its.overGaps(from, to));
        exported = exported.add(out);
        coverage += its.coverage(from, to) / (meters.size() - 1);
      }
    }
    JsonObject summary = report.getJsonObject("summary");
    assertThat(summary.getDouble("energyKwh")).as(what).isEqualTo(energy.doubleValue());
    assertThat(summary.getDouble("exportKwh")).as(what).isEqualTo(exported.doubleValue());
    assertThat(summary.getDouble("gapKwh")).as(what).isEqualTo(gap.doubleValue());
    assertThat(summary.getDouble("coverage")).as(what).isCloseTo(coverage, within(1e-6));
    rows(report, meters, submeter, what);
    List<String> verdicts = new ArrayList<>();
    for (int i = 0; i < report.getJsonArray("verdicts").size(); i++) {
      JsonObject verdict = report.getJsonArray("verdicts").getJsonObject(i);
      if (verdict.getString("counter").equals("energyImportKwh")) {
        verdicts.add(
            verdict.getString("device")
                + " "
                + verdict.getString("kind")
                + " "
                + Instant.parse(verdict.getString("to")));
      }
    }
    if (report.getLong("verdictCount") > MAX_VERDICTS) {
      assertThat(report.getJsonArray("verdicts")).as(what).hasSize(MAX_VERDICTS);
      assertThat(oddities).as(what).containsAll(verdicts);
    } else {
      assertThat(verdicts).as(what).containsExactlyInAnyOrderElementsOf(oddities);
    }
    assertThat(new BigDecimal(summary.getJsonObject("cost").getString("total")))
        .as(what)
        .isEqualByComparingTo(cost(meters, submeter, days, zone));
  }

  /** What a receipt is made of: the energy follows from the few readings that it names. */
  private void evidence(JsonObject report, ReportKind kind, Map<String, NaiveMeter> meters) {
    for (int i = 0; i < report.getJsonArray("devices").size(); i++) {
      JsonObject device = report.getJsonArray("devices").getJsonObject(i);
      if (device.getBoolean("estimated")) {
        continue;
      }
      String name = device.getString("device");
      List<String> ids =
          ReportStore.await(
              new ReportEvidence(reports)
                  .readings(
                      new ReportRequest(
                          kind,
                          Optional.of(report.getString("date")),
                          Optional.empty(),
                          Optional.of(name))));
      Map<String, Reading> byId = new HashMap<>();
      meters.get(name).readings.forEach(reading -> byId.put(reading.id(), reading));
      BigDecimal energy = BigDecimal.ZERO;
      Reading before = null;
      for (String id : ids) {
        Reading next = byId.get(id);
        if (before != null && before.counterEpoch().equals(next.counterEpoch())) {
          energy = energy.add(counter(next).subtract(counter(before)).max(BigDecimal.ZERO));
        }
        before = next;
      }
      assertThat(energy.doubleValue())
          .as(name + " " + report.getString("date"))
          .isEqualTo(device.getDouble("energyKwh"));
    }
  }

  private static BigDecimal counter(Reading reading) {
    return BigDecimal.valueOf(reading.quantities().get("energyImportKwh"));
  }

  private static void rows(
      JsonObject report, Map<String, NaiveMeter> meters, String submeter, String what) {
    for (int i = 0; i < report.getJsonArray("rows").size(); i++) {
      JsonObject row = report.getJsonArray("rows").getJsonObject(i);
      Instant from = Instant.parse(row.getString("from"));
      Instant to = Instant.parse(row.getString("to"));
      BigDecimal energy =
          meters.entrySet().stream()
              .filter(meter -> !meter.getKey().equals(submeter))
              .map(meter -> meter.getValue().energy(from, to))
              .reduce(BigDecimal.ZERO, BigDecimal::add);
      assertThat(row.getDouble("energyKwh"))
          .as(what + " " + row.getString("label"))
          .isEqualTo(energy.doubleValue());
    }
  }

  private static LocalDate[] days(JsonObject report) {
    String date = report.getString("date");
    return switch (report.getString("kind")) {
      case "daily" -> new LocalDate[] {LocalDate.parse(date), LocalDate.parse(date).plusDays(1)};
      case "weekly" -> {
        LocalDate monday =
            LocalDate.parse(date + "-1", java.time.format.DateTimeFormatter.ISO_WEEK_DATE);
        yield new LocalDate[] {monday, monday.plusDays(7)};
      }
      case "monthly" ->
          new LocalDate[] {
            YearMonth.parse(date).atDay(1), YearMonth.parse(date).plusMonths(1).atDay(1)
          };
      default -> new LocalDate[] {LocalDate.parse(date + "-01-01"), LocalDate.parse("2027-01-01")};
    };
  }

  /** By the example's prices as the text has them. */
  private static BigDecimal cost(
      Map<String, NaiveMeter> meters, String submeter, LocalDate[] days, ZoneId zone) {
    SortedMap<Long, BigDecimal> taken = new TreeMap<>();
    meters.forEach(
        (device, meter) -> {
          if (!device.equals(submeter)) {
            meter
                .priced(zone)
                .forEach((quarter, uwh) -> taken.merge(quarter, uwh, BigDecimal::add));
          }
        });
    BigDecimal[] lines = new BigDecimal[PRICES.length]; // of the period, kWh
    Arrays.fill(lines, BigDecimal.ZERO);
    for (YearMonth month = YearMonth.from(days[0]);
        month.atDay(1).isBefore(days[1]);
        month = month.plusMonths(1)) {
      BigDecimal high = BigDecimal.ZERO;
      long begin = month.atDay(1).atStartOfDay(zone).toEpochSecond() / 900;
      long end = month.plusMonths(1).atDay(1).atStartOfDay(zone).toEpochSecond() / 900;
      for (Map.Entry<Long, BigDecimal> each : taken.subMap(begin, end).entrySet()) {
        ZonedDateTime local = Instant.ofEpochSecond(each.getKey() * 900).atZone(zone);
        BigDecimal kwh = each.getValue().divide(UWH);
        LocalDate day = local.toLocalDate();
        boolean inside = !day.isBefore(days[0]) && day.isBefore(days[1]);
        if (isLow(local)) {
          lines[0] = inside ? lines[0].add(kwh) : lines[0];
          continue;
        }
        BigDecimal before = high;
        high = high.add(kwh);
        for (int block = 1; inside && block < lines.length; block++) {
          lines[block] = lines[block].add(inBlock(high, block)).subtract(inBlock(before, block));
        }
      }
    }
    BigDecimal cost = BigDecimal.ZERO;
    for (int line = 0; line < lines.length; line++) {
      BigDecimal exact = lines[line].multiply(new BigDecimal(PRICES[line]));
      cost = cost.add(exact.setScale(2, RoundingMode.HALF_UP));
    }
    return cost;
  }

  private static boolean isLow(ZonedDateTime local) {
    int hour = local.getHour();
    DayOfWeek day = local.getDayOfWeek();
    return switch (day) {
      case SATURDAY -> hour < 7 || hour >= 22;
      case SUNDAY -> true;
      default -> hour < 7 || hour >= 22 || hour >= 13 && hour < 15;
    };
  }

  /** Of a month's energy at the high price, what is in one of its blocks. */
  private static BigDecimal inBlock(BigDecimal kwh, int block) {
    BigDecimal begin = BLOCKS[block - 1];
    BigDecimal end = block < BLOCKS.length ? BLOCKS[block].min(kwh) : kwh;
    return end.subtract(begin).max(BigDecimal.ZERO);
  }
}
