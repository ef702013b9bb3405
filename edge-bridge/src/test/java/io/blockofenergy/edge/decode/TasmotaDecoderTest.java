package io.blockofenergy.edge.decode;

import static io.blockofenergy.edge.decode.Payloads.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fixtures: {@code seed} is the prototype's published record, {@code status} of
 * tasmota.github.io/docs/devices/Sonoff-Pow, {@code teleinfo} of /docs/Teleinfo; {@code channels}
 * is the maintainer's in arendst/Tasmota issue 6160; {@code split-total} is of a two-channel device
 * with SetOption129, as quoted in a public driver. {@code three-phase}, {@code time} and {@code
 * no-energy} were written after the firmware's xdrv_03_energy and the documented sensors.
 */
class TasmotaDecoderTest {
  private static final String TOPIC = "tele/plug7/SENSOR";
  private final TasmotaDecoder decoder = decoder("UTC", "2025-08-21T18:23:30Z");

  @Test
  void decodesTheSeedsSample() {
    assertThat(decoder.decode(TOPIC, payload("seed")))
        .contains(
            new Measurement(
                "plug7",
                Instant.parse("2025-08-21T18:23:28.067Z"),
                "tasmota",
                new TreeMap<>(
                    Map.of(
                        "energyImportKwh", 10.017,
                        "powerW", 203.0,
                        "apparentPowerVa", 207.0,
                        "reactivePowerVar", 40.0,
                        "powerFactor", 0.98,
                        "voltageV", 223.0,
                        "currentA", 0.93)),
                "2025-08-21T00:00:00"));
  }

  @Test
  void decodesTimeWithoutZoneInTheConfiguredOne() {
    Measurement measurement =
        decoder("Europe/Skopje", "2025-08-21T18:00:00Z").decode(TOPIC, payload("time")).get(0);
    assertThat(measurement.measuredAt()).isEqualTo("2025-08-21T16:23:28Z");
    assertThat(measurement.quantities())
        .containsEntry("energyExportKwh", 1.25)
        .containsEntry("frequencyHz", 50.0);
    assertThat(decoder.decode(TOPIC, payload("time")).get(0).measuredAt())
        .isEqualTo("2025-08-21T18:23:28Z");
  }

  @ParameterizedTest
  @CsvSource({
    // Left out in spring: a clock that was not put forward yet.
    "2025-03-30T02:30:00, 2025-03-30T01:30:05Z, 2025-03-30T01:30:00Z",
    // Twice in autumn: the pass that is nearer to now.
    "2025-10-26T02:30:00, 2025-10-26T00:30:05Z, 2025-10-26T00:30:00Z",
    "2025-10-26T02:30:00, 2025-10-26T01:30:05Z, 2025-10-26T01:30:00Z",
    // With a zone of its own.
    "2025-10-26T02:30:00+05:30, 2025-10-26T01:30:05Z, 2025-10-25T21:00:00Z",
  })
  void readsLocalTimesWhenClocksChange(String time, String now, String expected) {
    assertThat(decoder("Europe/Skopje", now).decode(TOPIC, message(time)).get(0))
        .extracting(Measurement::measuredAt)
        .isEqualTo(Instant.parse(expected));
  }

  @Test
  void doesNotBelieveAClockThatWasNeverSet() {
    assertThat(decoder.decode(TOPIC, message("1970-01-01T00:00:12")).get(0).measuredAt()).isNull();
  }

  @Test
  void takesAMessageWithoutEnergyAsNoReading() {
    assertThat(decoder.decode(TOPIC, payload("no-energy"))).isEmpty();
    assertThat(decoder.decode(TOPIC, bytes("{\"ENERGY\":{}}"))).isEmpty();
  }

  @Test
  void addsUpChannelsThatShareACounter() {
    assertThat(decoder.decode(TOPIC, payload("channels")))
        .singleElement()
        .isEqualTo(
            new Measurement(
                "plug7",
                Instant.parse("2019-09-14T16:24:49Z"),
                "tasmota",
                new TreeMap<>(
                    Map.of(
                        "energyImportKwh", 3.262,
                        "powerW", 90.8,
                        "apparentPowerVa", 90.8,
                        "reactivePowerVar", 0.0,
                        "powerFactor", 1.0,
                        "voltageV", 229.3,
                        "currentA", 0.396)),
                "2019-04-13T18:21:03"));
  }

  @Test
  void addsUpPhasesAndTakesTheMeanOfTheirVoltages() {
    assertThat(decoder.decode(TOPIC, payload("three-phase")))
        .singleElement()
        .extracting(Measurement::quantities)
        .isEqualTo(
            Map.of(
                "energyImportKwh", 1290.396,
                "energyExportKwh", 2.0,
                "powerW", 299.0,
                "apparentPowerVa", 410.0,
                "reactivePowerVar", 122.0,
                "powerFactor", 0.729,
                "voltageV", 230.0,
                "currentA", 1.78,
                "frequencyHz", 50.1));
  }

  @Test
  void leavesOutASumThatMissesAPart() {
    Map<String, Double> quantities =
        quantities("{\"Total\":1,\"Power\":[5,null],\"Voltage\":[230,null],\"Current\":[1,2]}");
    assertThat(quantities)
        .isEqualTo(Map.of("energyImportKwh", 1.0, "voltageV", 230.0, "currentA", 3.0));
  }

  @Test
  void leavesOutAPowerFactorThatRoundingMadeImpossible() {
    assertThat(quantities("{\"Power\":[8,0],\"ApparentPower\":[5,0]}"))
        .doesNotContainKey("powerFactor");
  }

  @Test
  void makesADeviceOfEachChannelThatHasItsOwnCounter() {
    List<Measurement> measurements = decoder.decode(TOPIC, payload("split-total"));
    assertThat(measurements).extracting(Measurement::device).containsExactly("plug7:1", "plug7:2");
    assertThat(measurements)
        .extracting(Measurement::counterEpoch)
        .containsOnly("2021-04-03T18:52:24");
    assertThat(measurements.get(0).quantities())
        .isEqualTo(
            Map.of(
                "energyImportKwh", 0.005,
                "powerW", 0.0,
                "apparentPowerVa", 0.0,
                "reactivePowerVar", 0.0,
                "powerFactor", 0.0,
                "voltageV", 225.0,
                "currentA", 0.0,
                "frequencyHz", 50.016));
    assertThat(measurements.get(1).quantities())
        .containsEntry("energyImportKwh", 1.507)
        .containsEntry("powerW", 26.0)
        .containsEntry("voltageV", 225.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Firmware before 8.4: the sum and two tariffs of one meter.
        "{\"Total\":[33.736,11.717,16.978],\"Power\":12} | ENERGY.Power",
        "{\"Total\":[1,2],\"Power\":[1,2,3]} | another length",
        "{\"Total\":[]} | channels",
        "{\"Power\":[1,\"much\"]} | ENERGY.Power is not a number",
      })
  void refusesArraysThatDoNotFit(String energy, String reason) {
    assertThatThrownBy(() -> quantities(energy))
        .isInstanceOf(MalformedReadingException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void refusesMoreChannelsThanAMeterHas() {
    assertThatThrownBy(() -> quantities("{\"Total\":[" + "1,".repeat(32) + "1]}"))
        .isInstanceOf(MalformedReadingException.class)
        .hasMessageContaining("more than 32");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stat/pow1/STATUS8", "stat/pow1/STATUS10", "pow1/stat/STATUS10"})
  void readsAnswersToTheStatusCommand(String topic) {
    assertThat(decoder.accepts(topic)).isTrue();
    assertThat(decoder.decode(topic, payload("status")))
        .singleElement()
        .satisfies(
            measurement -> {
              assertThat(measurement.device()).isEqualTo("pow1");
              assertThat(measurement.measuredAt()).isEqualTo("2018-11-15T08:54:18Z");
              assertThat(measurement.quantities())
                  .containsEntry("energyImportKwh", 6.404)
                  .containsEntry("powerW", 2629.0);
            });
    assertThat(decoder.decode(topic, payload("teleinfo"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "tele/plug7/SENSOR, plug7",
    "plug7/tele/SENSOR, plug7",
    "tele/home/cellar/plug7/SENSOR, home/cellar/plug7",
    "emoncms/ch2i/factory/denky_D6C0C0/tele/SENSOR, emoncms/ch2i/factory/denky_D6C0C0",
  })
  void findsTheDeviceInEveryFullTopic(String topic, String device) {
    assertThat(decoder.accepts(topic)).isTrue();
    assertThat(decoder.decode(topic, payload("teleinfo")))
        .singleElement()
        .satisfies(
            measurement -> {
              assertThat(measurement.device()).isEqualTo(device);
              assertThat(measurement.quantities())
                  .isEqualTo(Map.of("energyImportKwh", 9098.245, "powerW", 170.0, "currentA", 1.0));
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{} {}",
        "{\"ENERGY\":1}",
        "{\"ENERGY\":{\"Power\":\"12\"}}",
        "{\"ENERGY\":{\"Power\":1e999}}",
        "{\"ENERGY\":{\"Power\":NaN}}",
        "{\"ENERGY\":{\"Power\":1,\"Power\":2}}",
        "{\"Time\":\"yesterday\",\"ENERGY\":{\"Power\":1}}",
        "{\"Time\":5,\"ENERGY\":{\"Power\":1}}",
        "{\"Time\":\"2025-02-30T00:00:00\",\"ENERGY\":{\"Power\":1}}",
      })
  void refusesWhatIsNoTasmotaMessage(String payload) {
    assertThatThrownBy(() -> decoder.decode(TOPIC, bytes(payload)))
        .isInstanceOf(MalformedReadingException.class);
  }

  @Test
  void refusesPayloadsThatAreNotUtf8() {
    byte[] payload = message("2025-08-21T18:23:28");
    payload[10] = (byte) 0xff;
    assertThatThrownBy(() -> decoder.decode(TOPIC, payload))
        .isInstanceOf(MalformedReadingException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void tellsWhichMemberIsWrongWithoutQuotingTheMessage() {
    for (String payload :
        List.of("{\"ENERGY\":{\"Power\":\"secret\"}}", "{\"Time\":secret}", "secret {}")) {
      assertThatThrownBy(() -> decoder.decode(TOPIC, bytes(payload)))
          .isInstanceOf(MalformedReadingException.class)
          .message()
          .doesNotContain("secret");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tele/plug7/STATE",
        "stat/plug7/SENSOR",
        "tele/plug7/STATUS10",
        "cmnd/plug7/STATUS10",
        "tele/SENSOR",
        "SENSOR",
        "television/plug7/SENSOR",
        "plug7/television/SENSOR",
      })
  void leavesOtherTopicsAlone(String topic) {
    assertThat(decoder.accepts(topic)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tele//SENSOR", "tele/ /SENSOR", "tele/a\u0007/SENSOR"})
  void refusesDevicesWithoutAName(String topic) {
    assertThatThrownBy(() -> decoder.decode(topic, payload("seed")))
        .isInstanceOf(MalformedReadingException.class);
    assertThatThrownBy(() -> decoder.decode("tele/" + "x".repeat(129) + "/SENSOR", payload("seed")))
        .isInstanceOf(MalformedReadingException.class);
  }

  private Map<String, Double> quantities(String energy) {
    List<Measurement> measurements = decoder.decode(TOPIC, bytes("{\"ENERGY\":" + energy + "}"));
    assertThat(measurements).hasSize(1);
    return measurements.get(0).quantities();
  }

  private static TasmotaDecoder decoder(String zone, String now) {
    return new TasmotaDecoder(ZoneId.of(zone), Clock.fixed(Instant.parse(now), ZoneOffset.UTC));
  }

  private static byte[] message(String time) {
    return bytes("{\"Time\":\"" + time + "\",\"ENERGY\":{\"Power\":1}}");
  }

  private static byte[] payload(String name) {
    return Payloads.of("tasmota-" + name);
  }
}
