package io.blockofenergy.edge.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vertx.core.json.JsonObject;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HouseholdTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Duration PERIOD = Duration.ofSeconds(2);

  @Test
  void anInstantAlwaysShowsTheSameInWhateverOrderItIsAskedFor() {
    List<Instant> instants = new ArrayList<>();
    Instant start = Instant.parse("2026-11-20T22:00:00Z");
    for (int i = 0; i < 300; i++) {
      instants.add(start.plusSeconds(617L * i));
    }
    Map<String, String> forwards = messages(Household.of(7, BERLIN), instants);
    Collections.shuffle(instants, new Random(1));
    assertThat(messages(Household.of(7, BERLIN), instants)).isEqualTo(forwards);
    assertThat(messages(Household.of(8, BERLIN), instants)).isNotEqualTo(forwards);
  }

  @Test
  void aSeedShowsTheSameOnEveryMachineAndInEveryVersion() {
    // A change here breaks the counters of every simulation that goes on after an update.
    Meter boiler = meter(Household.of(1, ZoneOffset.UTC), "boiler");
    assertThat(TasmotaMessage.of(boiler, Instant.parse("2026-11-23T06:50:00Z"), PERIOD))
        .isEqualTo(
            "{\"Time\":\"2026-11-23T06:50:00\",\"ENERGY\":{"
                + "\"TotalStartTime\":\"2025-01-01T00:00:00\",\"Total\":3165.666,"
                + "\"Yesterday\":4.531,\"Today\":1.235,\"Period\":1,\"Power\":2019,"
                + "\"ApparentPower\":2024,\"ReactivePower\":144,\"Factor\":1.00,"
                + "\"Voltage\":232,\"Current\":8.724}}");
  }

  @Test
  void theCounterGrowsByTheIntegralOfPower() {
    // Over a midnight, and over the night whose day has 25 hours.
    for (String from : List.of("2026-11-20T17:00:00Z", "2026-10-24T20:00:00Z")) {
      for (Meter meter : Household.of(3, BERLIN).meters()) {
        Instant start = Instant.parse(from);
        double stepS = 1;
        double integralWh = 0;
        for (int i = 0; i < 12 * 3_600 / stepS; i++) {
          Instant middle = start.plusNanos((long) ((i + 0.5) * stepS * 1e9));
          integralWh += meter.at(middle).powerW() * stepS / 3_600;
        }
        double counted = meter.energyWh(start.plusSeconds(12 * 3_600)) - meter.energyWh(start);
        assertThat(counted).as(meter.name()).isCloseTo(integralWh, within(0.01 + counted * 1e-4));
      }
    }
  }

  @Test
  void theCounterNeverFallsAndTodayAndYesterdayAddUpToIt() {
    for (Meter meter : Household.of(1, BERLIN).meters()) {
      double before = 0;
      Instant at = Instant.parse("2026-10-24T00:00:00Z");
      for (int i = 0; i < 4 * 144; i++) {
        Meter.Sample sample = meter.at(at);
        assertThat(sample.totalKwh()).isGreaterThanOrEqualTo(before);
        before = sample.totalKwh();
        at = at.plusSeconds(600);
      }
      Instant noon = Instant.parse("2026-10-26T12:00:00Z");
      Instant dayBefore = Instant.parse("2026-10-25T00:00:00Z");
      assertThat(meter.at(noon).todayKwh() + meter.at(noon).yesterdayKwh())
          .isCloseTo(meter.at(noon).totalKwh() - meter.energyWh(dayBefore) / 1_000, within(1e-9));
    }
    Meter boiler = meter(Household.of(1, BERLIN), "boiler");
    assertThat(boiler.energyWh(Meter.COUNTING_SINCE)).isZero();
    assertThatThrownBy(() -> boiler.at(Meter.COUNTING_SINCE.minusSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyShownFigureIsPlausible() {
    Household household = Household.of(5, BERLIN);
    for (Meter meter : household.meters()) {
      Instant at = Instant.parse("2026-01-01T00:00:00Z");
      for (int i = 0; i < 365 * 24; i++, at = at.plusSeconds(3_607)) {
        Meter.Sample sample = meter.at(at);
        assertThat(sample.powerW()).isBetween(0.1, 2_400.0);
        assertThat(sample.powerFactor()).isBetween(0.25, 1.0);
        assertThat(sample.voltageV()).isBetween(218.0, 242.0);
      }
    }
    assertYearKwh(household, "dishwasher", 150, 500);
    assertYearKwh(household, "washing-machine", 40, 250);
    assertYearKwh(household, "boiler", 900, 2_500);
    assertYearKwh(household, "air-conditioner", 700, 3_500);
  }

  @Test
  void weekendsDifferFromWorkingDays() {
    Household household = Household.of(2, BERLIN);
    Meter dishwasher = meter(household, "dishwasher");
    assertThat(meanWh(dishwasher, true, 12, 18))
        .isGreaterThan(5 * meanWh(dishwasher, false, 12, 18));
    Meter boiler = meter(household, "boiler");
    assertThat(meanWh(boiler, false, 6, 8)).isGreaterThan(3 * meanWh(boiler, true, 6, 8));
    Meter washingMachine = meter(household, "washing-machine");
    assertThat(meanWh(washingMachine, true, 8, 16))
        .isGreaterThan(5 * meanWh(washingMachine, false, 8, 16));
    Meter airConditioner = meter(household, "air-conditioner");
    assertThat(meanWh(airConditioner, true, 9, 16))
        .isGreaterThan(1.3 * meanWh(airConditioner, false, 9, 16));
  }

  @Test
  void aMessageHasTasmotasForm() {
    Meter boiler = meter(Household.of(1, BERLIN), "boiler");
    JsonObject message =
        new JsonObject(TasmotaMessage.of(boiler, Instant.parse("2026-11-23T06:15:42Z"), PERIOD));
    assertThat(message.fieldNames()).containsExactly("Time", "ENERGY");
    assertThat(message.getString("Time")).isEqualTo("2026-11-23T06:15:42");
    JsonObject energy = message.getJsonObject("ENERGY");
    assertThat(energy.fieldNames())
        .containsExactly(
            "TotalStartTime",
            "Total",
            "Yesterday",
            "Today",
            "Period",
            "Power",
            "ApparentPower",
            "ReactivePower",
            "Factor",
            "Voltage",
            "Current");
    assertThat(energy.getString("TotalStartTime")).isEqualTo("2025-01-01T00:00:00");
    for (String whole : List.of("Period", "Power", "ApparentPower", "ReactivePower", "Voltage")) {
      assertThat(energy.getValue(whole)).as(whole).isInstanceOf(Integer.class);
    }
    double apparent = energy.getDouble("Current") * energy.getDouble("Voltage");
    assertThat(energy.getDouble("ApparentPower")).isCloseTo(apparent, within(5.0));
  }

  private static Map<String, String> messages(Household household, List<Instant> instants) {
    Map<String, String> messages = new HashMap<>();
    for (Instant at : instants) {
      for (Meter meter : household.meters()) {
        messages.put(meter.name() + at, TasmotaMessage.of(meter, at, PERIOD));
      }
    }
    return messages;
  }

  private static Meter meter(Household household, String name) {
    return household.meters().stream()
        .filter(meter -> meter.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void assertYearKwh(Household household, String name, double low, double high) {
    Meter meter = meter(household, name);
    double wh =
        meter.energyWh(Instant.parse("2026-12-31T00:00:00Z"))
            - meter.energyWh(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(wh / 1_000).as(name).isBetween(low, high);
  }

  private static double meanWh(Meter meter, boolean weekend, int fromHour, int untilHour) {
    double sum = 0;
    int days = 0;
    for (LocalDate day = LocalDate.of(2026, 1, 1); day.getYear() == 2026; day = day.plusDays(1)) {
      if (day.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) >= 0 == weekend) {
        Instant from = day.atTime(LocalTime.of(fromHour, 0)).atZone(BERLIN).toInstant();
        Instant until = day.atTime(LocalTime.of(untilHour, 0)).atZone(BERLIN).toInstant();
        sum += meter.energyWh(until) - meter.energyWh(from);
        days++;
      }
    }
    return sum / days;
  }
}
