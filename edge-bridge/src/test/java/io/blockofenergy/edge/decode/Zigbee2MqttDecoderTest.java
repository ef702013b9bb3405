package io.blockofenergy.edge.decode;

import static io.blockofenergy.edge.decode.Payloads.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fixtures: {@code sensor} is zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages'; {@code plug}
 * and {@code nulls} were published by plugs in Koenkk/zigbee2mqtt issues 32463 and 32927 (a voltage
 * was added); {@code three-phase} has the members that zigbee2mqtt.io/devices/SPM02V3 exposes.
 */
class Zigbee2MqttDecoderTest {
  private static final String TOPIC = "zigbee2mqtt/kitchen/kettle";

  private final Zigbee2MqttDecoder decoder =
      new Zigbee2MqttDecoder(
          "zigbee2mqtt",
          new SensorTime(
              ZoneOffset.UTC, Clock.fixed(Instant.parse("2026-08-25T00:00:00Z"), ZoneOffset.UTC)));

  @Test
  void readsAPlugWhoseNameHasSlashes() {
    assertThat(decoder.decode(TOPIC, payload("plug")))
        .containsExactly(
            new Measurement(
                "kitchen/kettle",
                Instant.parse("2026-07-27T07:41:41Z"),
                "zigbee2mqtt",
                new TreeMap<>(
                    Map.of(
                        "energyImportKwh", 12.05,
                        "powerW", 0.0,
                        "currentA", 0.0,
                        "voltageV", 231.0)),
                ""));
  }

  @Test
  void leavesOutWhatIsNull() {
    assertThat(decoder.decode(TOPIC, payload("nulls")))
        .singleElement()
        .satisfies(
            measurement -> {
              assertThat(measurement.quantities()).isEqualTo(Map.of("powerW", 0.0));
              assertThat(measurement.measuredAt()).isEqualTo("2026-08-24T20:26:13.369Z");
            });
  }

  @Test
  void makesOneReadingOfThreePhasesWithATotal() {
    assertThat(decoder.decode(TOPIC, payload("three-phase")))
        .containsExactly(
            new Measurement(
                "kitchen/kettle",
                Instant.parse("2026-07-27T07:35:00.123Z"),
                "zigbee2mqtt",
                new TreeMap<>(
                    Map.of(
                        "energyImportKwh", 1234.56,
                        "energyExportKwh", 6.0,
                        "powerW", 570.0,
                        "powerFactor", 0.97,
                        "currentA", 2.5,
                        "voltageV", 230.333,
                        "frequencyHz", 50.01)),
                ""));
  }

  @Test
  void takesABareMemberForPhaseAWhenTheOtherPhasesAreNamed() {
    assertThat(
            devices(
                "{\"energy\":9,\"power\":100,\"power_phase_b\":50,\"power_phase_c\":20,"
                    + "\"voltage\":230,\"voltage_phase_b\":231,\"voltage_phase_c\":232,"
                    + "\"current\":1,\"current_phase_b\":2,\"ac_frequency\":50}"))
        .isEqualTo(
            Map.of(
                "kitchen/kettle",
                Map.of(
                    "energyImportKwh", 9.0,
                    "powerW", 170.0,
                    "voltageV", 231.0,
                    "frequencyHz", 50.0)));
  }

  @Test
  void takesABareMemberForTheWholeWhenAllPhasesAreNamed() {
    assertThat(
            devices(
                "{\"energy\":9,\"power\":60,\"power_phase_a\":10,\"power_phase_b\":20,"
                    + "\"power_phase_c\":30,\"current_phase_a\":1,\"current_phase_b\":2,"
                    + "\"current_phase_c\":3}"))
        .isEqualTo(
            Map.of(
                "kitchen/kettle", Map.of("energyImportKwh", 9.0, "powerW", 60.0, "currentA", 6.0)));
  }

  @Test
  void makesADeviceOfEachOutletThatHasItsOwnCounter() {
    assertThat(
            devices(
                "{\"energy_l1\":1,\"power_l1\":10,\"energy_l2\":2,\"power_l2\":20,"
                    + "\"voltage\":230,\"ac_frequency\":50}"))
        .isEqualTo(
            Map.of(
                "kitchen/kettle:l1",
                Map.of(
                    "energyImportKwh", 1.0, "powerW", 10.0, "voltageV", 230.0, "frequencyHz", 50.0),
                "kitchen/kettle:l2",
                Map.of(
                    "energyImportKwh",
                    2.0,
                    "powerW",
                    20.0,
                    "voltageV",
                    230.0,
                    "frequencyHz",
                    50.0)));
  }

  @Test
  void countsNothingTwiceWhenOutletsHaveATotal() {
    assertThat(devices("{\"energy\":3,\"power\":30,\"energy_left\":1,\"energy_right\":2}"))
        .isEqualTo(Map.of("kitchen/kettle", Map.of("energyImportKwh", 3.0, "powerW", 30.0)));
    assertThat(devices("{\"power\":30,\"energy_phase_a\":1,\"energy_phase_b\":2}"))
        .isEqualTo(
            Map.of(
                "kitchen/kettle:a", Map.of("energyImportKwh", 1.0),
                "kitchen/kettle:b", Map.of("energyImportKwh", 2.0)));
  }

  @ParameterizedTest
  @CsvSource({"0.97, 0.97", "97, 0.97", "-97, -0.97", "1, 1", "0, 0", "9700,"})
  void takesThePowerFactorForARatioOrAPercentage(String factor, Double ratio) {
    Map<String, Double> quantities =
        devices("{\"power\":1,\"power_factor\":" + factor + "}").get("kitchen/kettle");
    assertThat(quantities.get("powerFactor")).isEqualTo(ratio);
  }

  @Test
  void takesTheVoltageOfABatteryAsNoReading() {
    assertThat(decoder.decode(TOPIC, payload("sensor"))).isEmpty();
    assertThat(decoder.decode(TOPIC, bytes("{\"battery\":100,\"voltage\":3005}"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ON", "12.05", "\"single\"", "null", "[1]"})
  void takesAnAttributeOnATopicOfItsOwnAsNoReading(String payload) {
    assertThat(decoder.decode("zigbee2mqtt/kettle/energy", bytes(payload))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt/bridge/request/device/remove",
        "zigbee2mqtt/kettle/availability",
        "zigbee2mqtt/kettle/set",
        "zigbee2mqtt/kettle/set/state",
        "zigbee2mqtt/kettle/get",
        "zigbee2mqtt/",
        "zigbee2mqtt",
        "zigbee2mqtt2/kettle",
      })
  void leavesOtherTopicsAlone(String topic) {
    assertThat(decoder.accepts(topic)).isFalse();
  }

  @Test
  void acceptsDevicesOfAnyName() {
    assertThat(decoder.accepts("zigbee2mqtt/0x00158d00018255df")).isTrue();
    assertThat(decoder.accepts(TOPIC)).isTrue();
    assertThat(decoder.accepts("zigbee2mqtt/bridge_of_sighs")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{\"power\":\"12\"}",
        "{\"power\":1e999}",
        "{\"power\":1,\"power\":2}",
        "{\"power\":1,\"last_seen\":\"yesterday\"}",
        "{\"power\":1,\"last_seen\":{}}",
        "{\"power_l1\":[1]}",
      })
  void refusesWhatCannotBeRead(String payload) {
    assertThatThrownBy(() -> decoder.decode(TOPIC, bytes(payload)))
        .isInstanceOf(MalformedReadingException.class);
  }

  private Map<String, Map<String, Double>> devices(String payload) {
    List<Measurement> measurements = decoder.decode(TOPIC, bytes(payload));
    return measurements.stream()
        .collect(Collectors.toMap(Measurement::device, Measurement::quantities));
  }

  private static byte[] payload(String name) {
    return Payloads.of("zigbee2mqtt-" + name);
  }
}
