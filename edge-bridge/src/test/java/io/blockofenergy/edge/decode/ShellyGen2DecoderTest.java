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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fixtures: {@code switch}, {@code cover}, {@code light}, {@code em} and {@code em1data} are the
 * examples of shelly-api-docs.shelly.cloud/gen2/ComponentsAndServices, {@code notify-full} holds
 * that of Shelly.GetStatus; {@code pm1} and {@code em1} are statuses of a PM Mini Gen3 and a Pro
 * EM-50 as quoted in public issues; {@code emdata}, {@code notify-em} and {@code notify-event} are
 * of a Pro 3EM with one phase connected (architecture.eddie.energy, data source Shelly).
 */
class ShellyGen2DecoderTest {
  private static final Instant NOW = Instant.parse("2025-09-05T08:10:30Z");

  private final ShellyGen2Decoder status = decoder(false, NOW);
  private final ShellyGen2Decoder events = decoder(true, NOW);

  @Test
  void takesWhatWasReturnedOutOfALoadsCounter() {
    assertThat(status.decode("hall/status/switch:2", Payloads.of("shelly-switch")))
        .containsExactly(
            new Measurement(
                "hall:2",
                Instant.ofEpochSecond(1654511972),
                "shelly-gen2",
                new TreeMap<>(
                    Map.of(
                        "powerW", 0.0,
                        "voltageV", 225.9,
                        "currentA", 0.0,
                        "frequencyHz", 50.0,
                        "energyImportKwh", 0.005862,
                        "energyExportKwh", 0.005817)),
                ""));
  }

  @Test
  void readsACover() {
    assertThat(quantities("cover:0", "shelly-cover"))
        .isEqualTo(
            Map.of(
                "powerW", 0.0,
                "voltageV", 233.0,
                "currentA", 0.0,
                "powerFactor", 0.0,
                "frequencyHz", 50.0,
                "energyImportKwh", 0.048996));
  }

  @Test
  void readsAPowerMeter() {
    assertThat(quantities("pm1:0", "shelly-pm1"))
        .isEqualTo(
            Map.of(
                "powerW", 1780.1,
                "voltageV", 239.9,
                "currentA", 7.434,
                "frequencyHz", 50.1,
                "energyImportKwh", 3.551682,
                "energyExportKwh", 0.0));
  }

  @Test
  void readsThreePhasesByTheMetersOwnSums() {
    assertThat(quantities("em:0", "shelly-em"))
        .isEqualTo(
            Map.of(
                "powerW", 2484.782,
                "apparentPowerVa", 2486.7,
                "powerFactor", 0.999,
                "currentA", 11.083,
                "voltageV", 236.234,
                "frequencyHz", 50.0));
    assertThat(quantities("emdata:0", "shelly-emdata"))
        .isEqualTo(Map.of("energyImportKwh", 26.28957, "energyExportKwh", 131.88186));
  }

  @Test
  void readsSinglePhaseMeters() {
    assertThat(quantities("em1:1", "shelly-em1"))
        .isEqualTo(
            Map.of(
                "powerW", 501.8,
                "apparentPowerVa", 612.4,
                "powerFactor", 0.84,
                "currentA", 2.598,
                "voltageV", 234.9,
                "frequencyHz", 50.0));
    assertThat(quantities("em1data:1", "shelly-em1data"))
        .isEqualTo(Map.of("energyImportKwh", 2776.17511, "energyExportKwh", 571.58487));
  }

  @Test
  void makesOneDeviceOfAMeterAndItsCounters() {
    assertThat(status.decode("em3/status/em:0", Payloads.of("shelly-em")))
        .extracting(Measurement::device)
        .containsExactly("em3");
    assertThat(status.decode("em3/status/emdata:0", Payloads.of("shelly-emdata")))
        .extracting(Measurement::device)
        .containsExactly("em3");
  }

  @Test
  void takesAPartWithoutMeterAsNoReading() {
    assertThat(status.decode("dimmer/status/light:0", Payloads.of("shelly-light"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"aenergy\":{\"total\":null}} | ",
        "{\"aenergy\":null,\"apower\":\"unknown\"} | ",
        // What was returned is not known, so neither is the rest.
        "{\"aenergy\":{\"total\":9},\"ret_aenergy\":{}} | ",
        "{\"aenergy\":{\"total\":9},\"ret_aenergy\":null} | 0.009",
      })
  void leavesOutWhatIsNotKnown(String payload, Double kwh) {
    List<Measurement> measurements = status.decode("a/status/switch:0", bytes(payload));
    if (kwh == null) {
      assertThat(measurements).isEmpty();
    } else {
      assertThat(measurements.get(0).quantities()).isEqualTo(Map.of("energyImportKwh", kwh));
    }
  }

  @ParameterizedTest
  @CsvSource({
    // The minute that runs, or the one before: received is nearer to measured than its beginning.
    "2022-06-06T10:39:40Z,",
    "2022-06-06T10:40:50Z,",
    // Kept on its way.
    "2022-06-06T10:43:00Z, 2022-06-06T10:39:32Z",
    // A clock that is ahead by more than can be.
    "2022-06-06T10:30:00Z,",
  })
  void usesTheMinuteOfAMessageThatWasKept(Instant now, Instant measuredAt) {
    assertThat(
            decoder(false, now)
                .decode("a/status/switch:0", Payloads.of("shelly-switch"))
                .get(0)
                .measuredAt())
        .isEqualTo(measuredAt);
  }

  @Test
  void readsNotificationsWithTheirTime() {
    assertThat(events.decode("shellypro3em/events/rpc", Payloads.of("shelly-notify-em")))
        .containsExactly(
            new Measurement(
                "shellypro3em",
                Instant.parse("2025-09-05T08:10:29.080Z"),
                "shelly-gen2",
                new TreeMap<>(
                    Map.of(
                        "powerW", -18.017,
                        "apparentPowerVa", 108.708,
                        "powerFactor", 0.166,
                        "currentA", 0.531,
                        // The inputs without voltage measure noise.
                        "voltageV", 228.3,
                        "frequencyHz", 50.0)),
                ""));
  }

  @Test
  void readsEveryPartOfAFullStatus() {
    List<Measurement> measurements =
        events.decode("pro4/events/rpc", Payloads.of("shelly-notify-full"));
    assertThat(measurements).extracting(Measurement::device).containsExactly("pro4", "pro4:1");
    assertThat(measurements)
        .extracting(Measurement::measuredAt)
        .containsOnly(Instant.parse("2022-04-15T15:06:59.250Z"));
    assertThat(measurements.get(0).quantities())
        .isEqualTo(Map.of("powerW", 8.9, "voltageV", 237.5, "energyImportKwh", 0.006532));
  }

  @Test
  void joinsPartsOfOneDevice() {
    assertThat(
            events.decode(
                "em3/events/rpc",
                bytes(
                    "{\"method\":\"NotifyFullStatus\",\"params\":{\"em:0\":{\"total_act_power\":5},"
                        + "\"emdata:0\":{\"total_act\":1000}}}")))
        .singleElement()
        .extracting(Measurement::quantities)
        .isEqualTo(Map.of("powerW", 5.0, "energyImportKwh", 1.0));
  }

  @Test
  void doesNotBelieveAShellyThatDoesNotKnowTheTime() {
    assertThat(
            events
                .decode(
                    "a/events/rpc",
                    bytes(
                        "{\"method\":\"NotifyStatus\",\"params\":{\"ts\":1.33,"
                            + "\"pm1:0\":{\"apower\":1}}}"))
                .get(0)
                .measuredAt())
        .isNull();
  }

  @Test
  void takesOtherNotificationsAsNoReading() {
    assertThat(events.decode("a/events/rpc", Payloads.of("shelly-notify-event"))).isEmpty();
    assertThat(
            events.decode(
                "a/events/rpc",
                bytes("{\"method\":\"NotifyStatus\",\"params\":{\"sys\":{\"cfg_rev\":35}}}")))
        .isEmpty();
    assertThat(events.decode("a/events/rpc", bytes("{}"))).isEmpty();
  }

  @Test
  void takesOnlyOneOfTheTwoWays() {
    assertThat(status.accepts("a/status/switch:0")).isTrue();
    assertThat(status.accepts("a/events/rpc")).isFalse();
    assertThat(events.accepts("a/status/switch:0")).isFalse();
    assertThat(events.accepts("a/events/rpc")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/status/input:0",
        "a/status/switch",
        "a/status/switch:",
        "a/status/switch:x",
        "a/status/switch:1000",
        "a/status/sys",
        "/status/switch:0",
        "status/switch:0",
        "a/statusswitch:0",
        "a/status/switch:0/b",
        "a/online",
        "/events/rpc",
      })
  void leavesOtherTopicsAlone(String topic) {
    assertThat(status.accepts(topic)).isFalse();
    assertThat(events.accepts(topic)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"apower\":\"much\"}",
        "{\"apower\":true}",
        "{\"aenergy\":5}",
        "{\"aenergy\":{\"total\":\"5\"}}",
        "{\"apower\":1,\"aenergy\":{\"minute_ts\":\"now\"}}",
        "{\"voltage\":1e999}",
      })
  void refusesStatusesThatAreNone(String payload) {
    assertThatThrownBy(() -> status.decode("a/status/switch:0", bytes(payload)))
        .isInstanceOf(MalformedReadingException.class);
  }

  @Test
  void namesThePartThatIsWrong() {
    assertThatThrownBy(
            () ->
                events.decode(
                    "a/events/rpc",
                    bytes(
                        "{\"method\":\"NotifyStatus\",\"params\":{\"switch:0\":"
                            + "{\"aenergy\":{\"total\":\"x\"}}}}")))
        .isInstanceOf(MalformedReadingException.class)
        .hasMessageContaining("params.switch:0.aenergy.total");
  }

  @Test
  void refusesMorePartsThanAShellyHas() {
    String parts =
        IntStream.range(0, 33)
            .mapToObj(id -> "\"switch:" + id + "\":{\"apower\":1}")
            .collect(Collectors.joining(","));
    assertThatThrownBy(
            () ->
                events.decode(
                    "a/events/rpc",
                    bytes("{\"method\":\"NotifyStatus\",\"params\":{" + parts + "}}")))
        .isInstanceOf(MalformedReadingException.class)
        .hasMessageContaining("more than 32");
  }

  @Test
  void refusesCountersWhoseDifferenceIsTooLarge() {
    assertThatThrownBy(
            () ->
                status.decode(
                    "a/status/switch:0",
                    bytes("{\"aenergy\":{\"total\":1e308},\"ret_aenergy\":{\"total\":-1e308}}")))
        .isInstanceOf(MalformedReadingException.class)
        .hasMessageContaining("too large");
  }

  private Map<String, Double> quantities(String part, String payload) {
    List<Measurement> measurements = status.decode("a/status/" + part, Payloads.of(payload));
    assertThat(measurements).hasSize(1);
    return measurements.get(0).quantities();
  }

  private static ShellyGen2Decoder decoder(boolean rpcEvents, Instant now) {
    return new ShellyGen2Decoder(
        rpcEvents, new SensorTime(ZoneOffset.UTC, Clock.fixed(now, ZoneOffset.UTC)));
  }
}
