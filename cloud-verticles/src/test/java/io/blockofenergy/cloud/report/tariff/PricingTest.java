package io.blockofenergy.cloud.report.tariff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PricingTest {
  private static final ZoneId SKOPJE = ZoneId.of("Europe/Skopje");
  private static final long KWH = 1_000_000_000;
  private static final List<String> ZONES =
      List.of(
          "UTC",
          "Europe/Skopje",
          "America/New_York",
          "Australia/Lord_Howe",
          "Asia/Kathmandu",
          "America/Sao_Paulo",
          "Africa/Cairo",
          "Asia/Kolkata",
          "Pacific/Apia",
          "America/Santiago");

  private static long quarter(LocalDate day, ZoneId zone) {
    return day.atStartOfDay(zone).toEpochSecond() / 900;
  }

  private static BigDecimal kwh(long uwh) {
    return BigDecimal.valueOf(uwh, 9);
  }

  private static BigDecimal cost(Pricing pricing, int quarter) {
    BigDecimal cost = BigDecimal.ZERO;
    for (int part = 0; part < pricing.parts(quarter); part++) {
      cost =
          cost.add(
              kwh(pricing.partUwh(quarter, part))
                  .multiply(pricing.units().get(pricing.unit(quarter, part)).pricePerKwh()));
    }
    return cost;
  }

  // ---- a naive recomputation, from the JSON and by the clock ------------------------------------

  /** What the month's energy of a band costs, up to an amount. */
  private static BigDecimal costUpTo(JsonObject band, BigDecimal amount) {
    BigDecimal cost = BigDecimal.ZERO;
    BigDecimal before = BigDecimal.ZERO;
    for (Object each : band.getJsonArray("blocks")) {
      JsonObject block = (JsonObject) each;
      Object end = block.getValue("upToKwh");
      BigDecimal upTo = end == null ? amount : new BigDecimal(end.toString()).min(amount);
      if (upTo.compareTo(before) > 0) {
        cost =
            cost.add(
                upTo.subtract(before).multiply(new BigDecimal(block.getString("pricePerKwh"))));
        before = upTo;
      }
    }
    return cost;
  }

  private static JsonObject version(JsonObject tariff, LocalDate day) {
    JsonObject found = null;
    for (Object each : tariff.getJsonArray("versions")) {
      if (!LocalDate.parse(((JsonObject) each).getString("from")).isAfter(day)) {
        found = (JsonObject) each;
      }
    }
    return found;
  }

  private static boolean covers(JsonObject window, ZonedDateTime at) {
    LocalTime from = LocalTime.parse(window.getString("from"));
    int to = minutes(window.getString("to"));
    int begin = from.toSecondOfDay() / 60;
    int now = at.toLocalTime().toSecondOfDay() / 60;
    boolean overMidnight = to <= begin;
    boolean today = now >= begin && (overMidnight || now < to);
    boolean yesterday = overMidnight && now < to;
    return (today && holds(window, at.getDayOfWeek()))
        || (yesterday && holds(window, at.getDayOfWeek().minus(1)));
  }

  private static int minutes(String time) {
    return Integer.parseInt(time.substring(0, 2)) * 60 + Integer.parseInt(time.substring(3));
  }

  private static boolean holds(JsonObject window, DayOfWeek day) {
    return window
        .getJsonArray("days")
        .contains(day.name().substring(0, 3).toLowerCase(Locale.ROOT));
  }

  private static JsonObject band(JsonObject version, ZonedDateTime at) {
    String name = version.getString("defaultBand");
    for (Object each : version.getJsonArray("windows")) {
      if (covers((JsonObject) each, at)) {
        name = ((JsonObject) each).getString("band");
      }
    }
    for (Object each : version.getJsonArray("bands")) {
      if (((JsonObject) each).getString("name").equals(name)) {
        return (JsonObject) each;
      }
    }
    throw new AssertionError(name);
  }

  // ---- random tariffs ---------------------------------------------------------------------------

  private static String decimal(Random random, int max) {
    return BigDecimal.valueOf(random.nextInt(max), random.nextInt(5)).toPlainString();
  }

  private static Tariff tariff(Random random, LocalDate around) {
    JsonArray versions = new JsonArray();
    for (int v = 0; v <= random.nextInt(4); v++) {
      JsonArray bands = new JsonArray();
      int count = 1 + random.nextInt(3);
      for (int b = 0; b < count; b++) {
        JsonArray blocks = new JsonArray();
        BigDecimal end = BigDecimal.ZERO;
        for (int k = random.nextInt(4); k > 0; k--) {
          end = end.add(new BigDecimal(random.nextInt(4000) + 1).movePointLeft(2));
          blocks.add(
              new JsonObject()
                  .put("upToKwh", end.toPlainString())
                  .put("pricePerKwh", decimal(random, 9999)));
        }
        blocks.add(new JsonObject().put("pricePerKwh", decimal(random, 99999)));
        JsonObject band = new JsonObject().put("name", "band" + b).put("blocks", blocks);
        if (random.nextInt(3) == 0) {
          band.put("exportPricePerKwh", decimal(random, 100));
        }
        bands.add(band);
      }
      JsonArray windows = new JsonArray();
      for (int w = random.nextInt(6); w > 0; w--) {
        int from = random.nextInt(96);
        int to = (from + 1 + random.nextInt(95)) % 96;
        JsonArray days = new JsonArray();
        for (DayOfWeek day : DayOfWeek.values()) {
          if (random.nextBoolean() || days.isEmpty()) {
            days.add(day.name().substring(0, 3).toLowerCase(Locale.ROOT));
          }
        }
        windows.add(
            new JsonObject()
                .put("band", "band" + random.nextInt(count))
                .put("days", days)
                .put("from", "%02d:%02d".formatted(from / 4, from % 4 * 15))
                .put("to", "%02d:%02d".formatted(to / 4, to % 4 * 15)));
      }
      versions.add(
          new JsonObject()
              .put("from", around.plusDays(v * 20L - 10 + random.nextInt(20)).toString())
              .put("bands", bands)
              .put("defaultBand", "band0")
              .put("windows", windows)
              .put("standingChargePerMonth", decimal(random, 10000))
              .put("taxPercent", decimal(random, 100))
              .put("exportPricePerKwh", decimal(random, 100)));
    }
    return Tariff.parse(
        new JsonObject()
            .put("id", "t")
            .put("name", "t")
            .put("currency", "EUR")
            .put("versions", versions));
  }

  @Property(tries = 200)
  void costsWhatANaiveRecomputationSays(@ForAll long seed) {
    Random random = new Random(seed);
    ZoneId zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
    LocalDate first = LocalDate.of(2011 + random.nextInt(16), 1 + random.nextInt(12), 1);
    Tariff tariff = tariff(random, first);
    JsonObject json = tariff.toJson();
    long begin = quarter(first, zone);
    long[] uwh = new long[(int) (quarter(first.plusMonths(1 + random.nextInt(3)), zone) - begin)];
    for (int i = 0; i < uwh.length; i++) {
      uwh[i] = random.nextInt(4) == 0 ? 0 : (long) (random.nextDouble() * KWH * random.nextInt(3));
      if (random.nextInt(200) == 0) {
        uwh[i] *= 30; // several blocks in one quarter hour
      }
    }
    Pricing pricing = Pricing.of(tariff, zone, begin, uwh);

    Map<String, BigDecimal> taken = new HashMap<>();
    for (int i = 0; i < uwh.length; i++) {
      ZonedDateTime at = Instant.ofEpochSecond((begin + i) * 900).atZone(zone);
      JsonObject version = version(json, at.toLocalDate());
      long sum = 0;
      for (int part = 0; part < pricing.parts(i); part++) {
        assertThat(pricing.parts(i) == 1 || pricing.partUwh(i, part) > 0).isTrue();
        sum += pricing.partUwh(i, part);
      }
      assertThat(sum).isEqualTo(uwh[i]);
      UnitPrice unit = pricing.units().get(pricing.unit(i, 0));
      if (version == null) {
        assertThat(unit).isEqualTo(new UnitPrice("", "", 0, BigDecimal.ZERO, BigDecimal.ZERO));
        assertThat(cost(pricing, i)).isEqualByComparingTo("0");
        continue;
      }
      JsonObject band = band(version, at);
      BigDecimal before =
          taken.getOrDefault(YearMonth.from(at) + band.getString("name"), BigDecimal.ZERO);
      BigDecimal after = before.add(kwh(uwh[i]));
      taken.put(YearMonth.from(at) + band.getString("name"), after);
      assertThat(cost(pricing, i))
          .as("%s in %s", at, zone)
          .isEqualByComparingTo(costUpTo(band, after).subtract(costUpTo(band, before)));
      assertThat(unit.version()).isEqualTo(version.getString("from"));
      assertThat(unit.band()).isEqualTo(band.getString("name"));
      assertThat(pricing.taxPercent(i)).isEqualByComparingTo(version.getString("taxPercent"));
      assertThat(pricing.exportPrice(i))
          .isEqualByComparingTo(
              band.getString("exportPricePerKwh", version.getString("exportPricePerKwh")));
    }
    assertThat(pricing.units()).doesNotHaveDuplicates();
  }

  @Property(tries = 200)
  void theStandingChargeOfDaysIsTheSumOfEachDaysShare(@ForAll long seed) {
    Random random = new Random(seed);
    LocalDate first = LocalDate.of(2024, 1, 1).plusDays(random.nextInt(800));
    Tariff tariff = tariff(random, first);
    LocalDate from = first.plusDays(random.nextInt(60) - 30);
    LocalDate to = from.plusDays(random.nextInt(120));
    double naive = 0;
    for (LocalDate day = from; day.isBefore(to); day = day.plusDays(1)) {
      JsonObject version = version(tariff.toJson(), day);
      if (version != null) {
        naive +=
            Double.parseDouble(version.getString("standingChargePerMonth")) / day.lengthOfMonth();
      }
    }
    Pricing pricing = Pricing.of(tariff, SKOPJE, 0, new long[0]);
    assertThat(pricing.standingCharge(from, to).doubleValue())
        .isCloseTo(naive, org.assertj.core.data.Offset.offset(1e-6));
    assertThat(pricing.standingCharge(to, from)).isEqualByComparingTo("0");
  }

  // ---- the example ------------------------------------------------------------------------------

  private static final Tariff EVN = TariffExamples.load().get("evn-2025");

  @Test
  void theExamplesLowRateHoldsAtTheTimesOfTheTariff() {
    Map<String, String> bands = new HashMap<>();
    LocalDate first = LocalDate.of(2025, 6, 1);
    long begin = quarter(first, SKOPJE);
    Pricing pricing = Pricing.of(EVN, SKOPJE, begin, new long[30 * 96]);
    for (int i = 0; i < 30 * 96; i++) {
      ZonedDateTime at = Instant.ofEpochSecond((begin + i) * 900).atZone(SKOPJE);
      String band = pricing.units().get(pricing.unit(i, 0)).band();
      bands.merge(
          at.getDayOfWeek() + " " + at.toLocalTime(), band, (a, b) -> a.equals(b) ? a : "both");
    }
    assertThat(bands).hasSize(7 * 96);
    for (DayOfWeek day : DayOfWeek.values()) {
      for (int i = 0; i < 96; i++) {
        double hour = i / 4.0;
        boolean low =
            switch (day) {
              case SUNDAY -> true;
              case SATURDAY -> hour < 7 || hour >= 22;
              default -> hour < 7 || hour >= 22 || (hour >= 13 && hour < 15);
            };
        assertThat(bands.get(day + " " + LocalTime.of(i / 4, i % 4 * 15)))
            .as("%s %s", day, hour)
            .isEqualTo(low ? "low" : "high");
      }
    }
  }

  @Test
  void aQuarterHourInWhichBlocksEndHasAPartInEach() {
    long begin = quarter(LocalDate.of(2025, 7, 1), SKOPJE);
    long[] uwh = new long[31 * 96];
    uwh[32] = 209 * KWH; // Tuesday 08:00
    uwh[33] = 500 * KWH;
    uwh[34] = KWH;
    Pricing pricing = Pricing.of(EVN, SKOPJE, begin, uwh);
    assertThat(pricing.parts(33)).isEqualTo(3);
    assertThat(new long[] {pricing.partUwh(33, 0), pricing.partUwh(33, 1), pricing.partUwh(33, 2)})
        .containsExactly(KWH, 420 * KWH, 79 * KWH);
    assertThat(cost(pricing, 33))
        .isEqualByComparingTo(
            new BigDecimal("4.4376")
                .add(new BigDecimal("5.5664").multiply(BigDecimal.valueOf(420)))
                .add(new BigDecimal("7.4314").multiply(BigDecimal.valueOf(79))));
    assertThat(pricing.units().get(pricing.unit(34, 0)).block()).isEqualTo(3);
    assertThatThrownBy(() -> pricing.unit(34, 1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void theMonthBeginsAnewAndItsPositionOutlivesAChangeOfVersion() {
    JsonObject json = EVN.toJson();
    JsonObject dearer =
        json.getJsonArray("versions").getJsonObject(0).copy().put("from", "2025-07-16");
    dearer
        .getJsonArray("bands")
        .getJsonObject(0)
        .getJsonArray("blocks")
        .getJsonObject(1)
        .put("pricePerKwh", "6");
    json.getJsonArray("versions").add(dearer);
    long begin = quarter(LocalDate.of(2025, 7, 1), SKOPJE);
    long[] uwh = new long[62 * 96];
    uwh[32] = 300 * KWH; // 1 July, 08:00: into the second block
    uwh[15 * 96 + 32] = KWH; // 16 July
    uwh[31 * 96 + 32] = KWH; // 1 August
    Pricing pricing = Pricing.of(Tariff.parse(json), SKOPJE, begin, uwh);
    assertThat(cost(pricing, 15 * 96 + 32)).isEqualByComparingTo("6");
    assertThat(cost(pricing, 31 * 96 + 32)).isEqualByComparingTo("4.4376");
  }

  @Test
  void daysOfAClockChangeHaveTheirHours() {
    for (String day : List.of("2025-03-30", "2025-10-26")) { // Sundays: low all day
      LocalDate date = LocalDate.parse(day);
      long begin = quarter(date.withDayOfMonth(1), SKOPJE);
      int from = (int) (quarter(date, SKOPJE) - begin);
      int to = (int) (quarter(date.plusDays(1), SKOPJE) - begin);
      long[] uwh = new long[to + 96];
      Arrays.fill(uwh, KWH);
      Pricing pricing = Pricing.of(EVN, SKOPJE, begin, uwh);
      assertThat(to - from).isEqualTo(date.getMonthValue() == 3 ? 92 : 100);
      int low = 0;
      for (int i = from; i < to + 96; i++) {
        low += pricing.units().get(pricing.unit(i, 0)).band().equals("low") ? 1 : 0;
      }
      // Monday: until 07:00, 13 to 15 and from 22:00 on.
      assertThat(low).isEqualTo(to - from + 11 * 4);
    }
  }

  @Test
  void clocksThatArePutBackOverMidnightDoNotBringTheMonthBeforeBack() {
    // At 00:01 of 1 November 2009 the clocks of Newfoundland went back to 23:01 of 31 October.
    ZoneId zone = ZoneId.of("America/St_Johns");
    JsonObject json = EVN.toJson();
    JsonObject version = json.getJsonArray("versions").getJsonObject(0).put("from", "2009-01-01");
    version.put("windows", new JsonArray());
    version
        .getJsonArray("bands")
        .getJsonObject(0)
        .getJsonArray("blocks")
        .getJsonObject(0)
        .put("upToKwh", 1);
    long begin = quarter(LocalDate.of(2009, 11, 1), zone);
    long[] uwh = new long[9];
    Arrays.fill(uwh, KWH);
    Pricing pricing = Pricing.of(Tariff.parse(json), zone, begin, uwh);
    assertThat(pricing.units().get(pricing.unit(0, 0)).block()).isEqualTo(1);
    for (int i = 1; i < uwh.length; i++) {
      assertThat(pricing.units().get(pricing.unit(i, 0)).block()).as("%s", i).isEqualTo(2);
    }
  }

  @Test
  void aWholeMonthsStandingChargeIsExactAndTimesWithoutVersionHaveNone() {
    JsonObject json = EVN.toJson();
    json.getJsonArray("versions").getJsonObject(0).put("standingChargePerMonth", "100.07");
    Pricing pricing = Pricing.of(Tariff.parse(json), SKOPJE, 0, new long[] {KWH});
    assertThat(pricing.standingCharge(LocalDate.of(2025, 7, 1), LocalDate.of(2025, 8, 1)))
        .isEqualByComparingTo("100.07");
    assertThat(pricing.standingCharge(LocalDate.of(2024, 12, 1), LocalDate.of(2025, 2, 1)))
        .isEqualByComparingTo("100.07");
    assertThat(pricing.units()).singleElement().extracting(UnitPrice::block).isEqualTo(0);
  }

  @Test
  void absurdEnergyIsPricedAndNegativeOneRefused() {
    long[] uwh = {Long.MAX_VALUE, Long.MAX_VALUE, 1};
    Pricing pricing = Pricing.of(EVN, SKOPJE, quarter(LocalDate.of(2025, 7, 6), SKOPJE), uwh);
    assertThat(pricing.partUwh(1, 0)).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> Pricing.of(EVN, SKOPJE, 0, new long[] {-1}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
