package io.blockofenergy.edge.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CampusTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Duration PERIOD = Duration.ofSeconds(10);
  private static final Instant NOON = Instant.parse("2026-06-17T10:00:00Z");

  @Test
  void anInstantAlwaysShowsTheSameInWhateverOrderItIsAskedFor() {
    List<Instant> instants = new ArrayList<>();
    Instant start = Instant.parse("2026-10-23T22:00:00Z");
    for (int i = 0; i < 100; i++) {
      instants.add(start.plusSeconds(6_171L * i));
    }
    Map<String, List<Message>> forwards = messages(Campus.of(7, BERLIN, 50), instants);
    Collections.shuffle(instants, new Random(1));
    assertThat(messages(Campus.of(7, BERLIN, 50), instants)).isEqualTo(forwards);
    assertThat(messages(Campus.of(8, BERLIN, 50), instants)).isNotEqualTo(forwards);
  }

  @Test
  void aSeedShowsTheSameOnEveryMachineAndInEveryVersion() {
    // A change here breaks the counters of every simulation that goes on after an update.
    Map<String, String> payloads =
        at(NOON, Campus.of(1, ZoneOffset.UTC, 6)).stream()
            .collect(Collectors.toMap(Message::topic, Message::payload));
    assertThat(payloads)
        .hasSize(15)
        .containsEntry(
            "tele/desk-00001/SENSOR",
            "{\"Time\":\"2026-06-17T10:00:00\",\"ENERGY\":{"
                + "\"TotalStartTime\":\"2025-01-01T00:00:00\",\"Total\":285.209,"
                + "\"Yesterday\":0.804,\"Today\":0.244,\"Period\":0,\"Power\":109,"
                + "\"ApparentPower\":119,\"ReactivePower\":46,\"Factor\":0.92,"
                + "\"Voltage\":228,\"Current\":0.520}}")
        .containsEntry(
            "shellyplusplugs-02b0e56ef362/status/switch:0",
            "{\"id\":0,\"source\":\"init\",\"output\":true,\"apower\":60.2,\"voltage\":230.9,"
                + "\"freq\":50.0,\"current\":0.275,\"pf\":0.95,\"aenergy\":{"
                + "\"total\":419039.738,\"by_minute\":[1019.989,1021.082,1029.789],"
                + "\"minute_ts\":1781690400},\"temperature\":{\"tC\":27.7,\"tF\":81.9}}")
        .containsEntry(
            "shellypro3em-02b0e5a66d13/status/emdata:0",
            "{\"id\":0,\"a_total_act_energy\":38531275.42,\"a_total_act_ret_energy\":1875708.35,"
                + "\"b_total_act_energy\":32185526.77,\"b_total_act_ret_energy\":1558359.77,"
                + "\"c_total_act_energy\":36305301.44,\"c_total_act_ret_energy\":1759290.13,"
                + "\"total_act\":107022103.64,\"total_act_ret\":5193358.25}")
        .containsEntry("shellies/shellyplug-s-DDE6C4/relay/0/energy", "7281245")
        .containsEntry("shellies/shellyem-4CDA26/emeter/0/total_returned", "3648361.0");
  }

  @Test
  void aLargerCampusHasTheDevicesOfASmallerOne() {
    List<Message> small = at(NOON, Campus.of(1, BERLIN, 40));
    assertThat(at(NOON, Campus.of(1, BERLIN, 400)).subList(0, small.size())).isEqualTo(small);
  }

  @Test
  void everyMakeIsThereFromSixDevicesOn() {
    assertThat(Campus.of(1, BERLIN, 1).devices()).hasSize(1);
    assertThat(Campus.of(1, BERLIN, 6).devices())
        .extracting(device -> (Object) device.getClass())
        .containsExactlyInAnyOrder(
            TasmotaPlug.class,
            ShellyPlug.class,
            ShellyThreePhase.class,
            ShellyGen1Plug.class,
            ShellyGen1Meter.class,
            ZigbeePlug.class);
  }

  @Test
  void tenThousandDevicesHaveTopicsOfTheirOwn() {
    Campus campus = Campus.of(1, BERLIN, Campus.MOST_DEVICES);
    Set<String> topics = new HashSet<>();
    int messages = 0;
    for (Device device : campus.devices()) {
      for (Message message : device.messages(NOON, PERIOD)) {
        topics.add(message.topic());
        messages++;
      }
    }
    assertThat(topics).hasSize(messages).allMatch(topic -> topic.matches("[A-Za-z0-9/:_-]{1,64}"));
    assertThat(messages).isBetween(10_000, 20_000);
  }

  @Test
  void aPlugNeverCarriesMoreThanItCanBear() {
    for (Device device : Campus.of(2, BERLIN, 300).devices()) {
      if (!(device instanceof ShellyThreePhase) && !(device instanceof ShellyGen1Meter)) {
        for (int hour = 0; hour < 8_000; hour += 7) {
          Instant at = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(hour * 3_600L);
          assertThat(device.powerW(at)).isBetween(0.0, 3_500.0);
        }
      }
    }
  }

  @Test
  void theWholeCampusIsBusyOnWorkingDaysOnly() {
    Campus campus = Campus.of(1, BERLIN, 2_000);
    double working = campus.powerW(Instant.parse("2026-01-21T10:00:00Z"));
    double weekend = campus.powerW(Instant.parse("2026-01-24T10:00:00Z"));
    double night = campus.powerW(Instant.parse("2026-01-21T02:00:00Z"));
    assertThat(working).isGreaterThan(1.5 * weekend).isGreaterThan(1.3 * night);
    assertThat(weekend).isPositive();
  }

  @Test
  void thoseThatTellTheTimePutItIntoEachMessage() {
    for (Device device : Campus.of(1, BERLIN, 40).devices()) {
      if (device.tellsTime()) {
        assertThat(device.messages(NOON, PERIOD))
            .singleElement()
            .extracting(Message::payload)
            .asString()
            .contains("\"2026-06-17T10:00:00");
      }
    }
  }

  @Test
  void aShellyPlugsMessageHasTheFormOfASwitchsStatus() {
    ShellyPlug plug = first(Campus.of(1, BERLIN, 6), ShellyPlug.class);
    Message message = plug.messages(NOON.plusSeconds(42), PERIOD).get(0);
    assertThat(message.topic()).matches("shellyplusplugs-[0-9a-f]{12}/status/switch:0");
    JsonObject status = new JsonObject(message.payload());
    assertThat(status.fieldNames())
        .containsExactly(
            "id",
            "source",
            "output",
            "apower",
            "voltage",
            "freq",
            "current",
            "pf",
            "aenergy",
            "temperature");
    assertThat(status.getValue("id")).isEqualTo(0);
    assertThat(status.getValue("output")).isEqualTo(true);
    JsonObject energy = status.getJsonObject("aenergy");
    assertThat(energy.fieldNames()).containsExactly("total", "by_minute", "minute_ts");
    assertThat(energy.getDouble("total"))
        .isCloseTo(plug.circuit().energyWh(NOON.plusSeconds(42)), within(0.001));
    assertThat(energy.getLong("minute_ts")).isEqualTo(NOON.getEpochSecond());
    double latestMwh =
        (plug.circuit().energyWh(NOON) - plug.circuit().energyWh(NOON.minusSeconds(60))) * 1_000;
    assertThat(energy.getJsonArray("by_minute").getDouble(0)).isCloseTo(latestMwh, within(0.001));
    assertThat(energy.getJsonArray("by_minute")).hasSize(3);
    JsonObject temperature = status.getJsonObject("temperature");
    assertThat(temperature.getDouble("tF"))
        .isCloseTo(temperature.getDouble("tC") * 1.8 + 32, within(0.2));
  }

  @Test
  void aThreePhaseShellySaysItsPowerAtOnceAndItsEnergyOnceAMinute() {
    ShellyThreePhase meter = first(Campus.of(1, BERLIN, 6), ShellyThreePhase.class);
    assertThat(meter.messages(NOON.plusSeconds(30), PERIOD))
        .extracting(message -> message.topic().replaceAll(".*/status/", ""))
        .containsExactly("em:0");
    assertThat(meter.messages(NOON.plusSeconds(9), PERIOD))
        .extracting(message -> message.topic().replaceAll(".*/status/", ""))
        .containsExactly("em:0", "emdata:0");
    assertThat(meter.messages(NOON.plusSeconds(30), Duration.ofMinutes(15))).hasSize(2);
  }

  @Test
  void aThreePhaseShellysMessagesHaveTheFormOfItsStatus() {
    ShellyThreePhase meter = first(Campus.of(1, BERLIN, 6), ShellyThreePhase.class);
    // A sunny Saturday: one phase at least feeds in.
    Instant at = Instant.parse("2026-06-20T11:00:00Z");
    List<Message> messages = meter.messages(at, PERIOD);
    assertThat(messages.get(0).topic()).matches("shellypro3em-[0-9a-f]{12}/status/em:0");
    JsonObject em = new JsonObject(messages.get(0).payload());
    double power = 0;
    for (String phase : List.of("a_", "b_", "c_")) {
      assertThat(em.fieldNames())
          .contains(
              phase + "current",
              phase + "voltage",
              phase + "act_power",
              phase + "aprt_power",
              phase + "pf",
              phase + "freq");
      assertThat(Math.abs(em.getDouble(phase + "act_power")))
          .isCloseTo(
              em.getDouble(phase + "aprt_power") * em.getDouble(phase + "pf"), within(100.0));
      power += em.getDouble(phase + "act_power");
    }
    assertThat(em.fieldNames()).hasSize(1 + 3 * 6 + 5);
    assertThat(em.getValue("n_current")).isNull();
    assertThat(em.getJsonArray("user_calibrated_phase")).isEmpty();
    assertThat(em.getDouble("total_act_power")).isCloseTo(power, within(0.2)).isNegative();

    JsonObject data = new JsonObject(messages.get(1).payload());
    assertThat(data.fieldNames())
        .containsExactly(
            "id",
            "a_total_act_energy",
            "a_total_act_ret_energy",
            "b_total_act_energy",
            "b_total_act_ret_energy",
            "c_total_act_energy",
            "c_total_act_ret_energy",
            "total_act",
            "total_act_ret");
    double drawn = 0;
    double returned = 0;
    for (String phase : List.of("a", "b", "c")) {
      drawn += data.getDouble(phase + "_total_act_energy");
      returned += data.getDouble(phase + "_total_act_ret_energy");
    }
    assertThat(data.getDouble("total_act")).isPositive().isCloseTo(drawn, within(0.02));
    assertThat(data.getDouble("total_act_ret")).isPositive().isCloseTo(returned, within(0.02));
  }

  @Test
  void aFirstGenerationPlugSaysPowerAndWattMinutes() {
    ShellyGen1Plug plug = first(Campus.of(1, BERLIN, 6), ShellyGen1Plug.class);
    List<Message> messages = plug.messages(NOON, PERIOD);
    assertThat(messages.get(0).topic()).matches("shellies/shellyplug-s-[0-9A-F]{6}/relay/0/power");
    assertThat(messages.get(1).topic()).matches("shellies/shellyplug-s-[0-9A-F]{6}/relay/0/energy");
    assertThat(Double.parseDouble(messages.get(0).payload()))
        .isCloseTo(plug.circuit().powerW(NOON), within(0.01));
    assertThat((double) Long.parseLong(messages.get(1).payload()))
        .isCloseTo(plug.circuit().energyWh(NOON) * 60, within(1.0));
  }

  @Test
  void aFirstGenerationMeterSaysEachQuantityOnATopicOfItsOwn() {
    ShellyGen1Meter meter = first(Campus.of(1, BERLIN, 6), ShellyGen1Meter.class);
    Map<String, Double> values =
        meter.messages(NOON, PERIOD).stream()
            .collect(
                Collectors.toMap(
                    message -> message.topic().replaceFirst(".*-[0-9A-F]{6}/emeter/0/", ""),
                    message -> Double.valueOf(message.payload())));
    assertThat(values)
        .containsOnlyKeys(
            "power",
            "reactive_power",
            "voltage",
            "pf",
            "energy",
            "returned_energy",
            "total",
            "total_returned");
    Circuit.Reading reading = meter.circuit().read(NOON);
    // A roof at noon.
    assertThat(values.get("power")).isNegative().isCloseTo(reading.powerW(), within(0.01));
    assertThat(values.get("total")).isCloseTo(reading.drawnWh(), within(0.1));
    assertThat(values.get("total_returned")).isCloseTo(reading.returnedWh(), within(0.1));
    assertThat(values.get("energy")).isCloseTo(reading.drawnWh() * 60, within(1.0));
    assertThat(values.get("returned_energy")).isCloseTo(reading.returnedWh() * 60, within(1.0));
  }

  @Test
  void aZigbeePlugsMessageHasTheMembersThatZigbee2MqttExposes() {
    ZigbeePlug plug = first(Campus.of(1, BERLIN, 6), ZigbeePlug.class);
    Message message = plug.messages(NOON, PERIOD).get(0);
    assertThat(message.topic()).isEqualTo("zigbee2mqtt/" + plug.circuit().name());
    JsonObject state = new JsonObject(message.payload());
    assertThat(state.fieldNames())
        .containsExactly(
            "child_lock",
            "current",
            "energy",
            "indicator_mode",
            "last_seen",
            "linkquality",
            "power",
            "power_outage_memory",
            "state",
            "voltage");
    assertThat(Instant.parse(state.getString("last_seen"))).isEqualTo(NOON);
    assertThat(state.getInteger("linkquality")).isBetween(0, 255);
    Circuit.Reading reading = plug.circuit().read(NOON);
    assertThat(state.getDouble("energy")).isCloseTo(reading.drawnWh() / 1_000, within(0.006));
    assertThat(state.getDouble("power")).isCloseTo(reading.powerW(), within(0.51));
    assertThat(state.getDouble("current")).isCloseTo(reading.currentA(), within(0.006));
    assertThat(state.getDouble("voltage")).isCloseTo(reading.voltageV(), within(0.51));
  }

  private static Map<String, List<Message>> messages(Campus campus, List<Instant> instants) {
    return instants.stream()
        .collect(
            Collectors.toMap(
                Instant::toString, at -> at(at, campus), (one, other) -> one, TreeMap::new));
  }

  private static List<Message> at(Instant at, Campus campus) {
    return campus.devices().stream()
        .flatMap(device -> device.messages(at, PERIOD).stream())
        .toList();
  }

  private static <T> T first(Campus campus, Class<T> make) {
    return campus.devices().stream()
        .filter(make::isInstance)
        .map(make::cast)
        .findFirst()
        .orElseThrow();
  }
}
