package io.blockofenergy.edge.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TasmotaDecoderTest {
  private static final String TOPIC = "tele/plug7/SENSOR";
  private final TasmotaDecoder decoder = decoder("UTC", "2025-08-21T18:23:30Z");

  @Test
  void decodesTheSeedsSample() throws IOException {
    assertThat(decoder.decode(TOPIC, payload("seed")))
        .contains(
            new Measurement(
                "plug7",
                Instant.parse("2025-08-21T18:23:28.067Z"),
                "tasmota",
                new java.util.TreeMap<>(
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
  void decodesTimeWithoutZoneInTheConfiguredOne() throws IOException {
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
  void takesAMessageWithoutEnergyAsNoReading() throws IOException {
    assertThat(decoder.decode(TOPIC, payload("no-energy"))).isEmpty();
    assertThat(decoder.decode(TOPIC, bytes("{\"ENERGY\":{}}"))).isEmpty();
  }

  @Test
  void refusesSeveralChannelsClearly() {
    assertThatThrownBy(() -> decoder.decode(TOPIC, payload("channels")))
        .isInstanceOf(MalformedReadingException.class)
        .hasMessageContaining("several channels");
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
  void takesOnlySensorTopics() {
    assertThat(decoder.accepts(TOPIC)).isTrue();
    assertThat(decoder.accepts("tele/plug7/STATE")).isFalse();
    assertThat(decoder.accepts("stat/plug7/SENSOR")).isFalse();
    assertThatThrownBy(() -> decoder.decode("tele/a/b/SENSOR", message("2025-08-21T18:23:28")))
        .isInstanceOf(MalformedReadingException.class);
  }

  private static TasmotaDecoder decoder(String zone, String now) {
    return new TasmotaDecoder(ZoneId.of(zone), Clock.fixed(Instant.parse(now), ZoneOffset.UTC));
  }

  private static byte[] message(String time) {
    return bytes("{\"Time\":\"" + time + "\",\"ENERGY\":{\"Power\":1}}");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] payload(String name) throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/payload/tasmota-" + name + ".json")) {
      return in.readAllBytes();
    }
  }
}
