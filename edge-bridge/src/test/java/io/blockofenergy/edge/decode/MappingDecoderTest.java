package io.blockofenergy.edge.decode;

import static io.blockofenergy.edge.decode.Payloads.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MappingDecoderTest {
  private static final String METER =
      """
      mappings:
        meter:
          topic: plant/+/{device}/power
          time: /at
          quantities:
            powerW: /power/active
            energyImportKwh: /counters/0
          factors:
            energyImportKwh: 0.001
      """;

  private static final String TOPIC = "plant/hall/oven/power";

  private static final SensorTime TIME =
      new SensorTime(
          ZoneId.of("Europe/Skopje"),
          Clock.fixed(Instant.parse("2026-01-02T04:00:00Z"), ZoneOffset.UTC));

  @TempDir Path directory;

  @Test
  void readsWhatThePointersPointTo() {
    assertThat(
            decode(
                METER,
                TOPIC,
                "{\"at\":\"2026-01-02T03:04:05Z\",\"power\":{\"active\":12.5},"
                    + "\"counters\":[1234.567]}"))
        .containsExactly(
            new Measurement(
                "oven",
                Instant.parse("2026-01-02T03:04:05Z"),
                "generic:meter",
                new TreeMap<>(Map.of("powerW", 12.5, "energyImportKwh", 1.234567)),
                ""));
  }

  @ParameterizedTest
  @CsvSource({
    "1767323045, 2026-01-02T03:04:05Z",
    "1767323045.25, 2026-01-02T03:04:05.250Z",
    "1767323045678, 2026-01-02T03:04:05.678Z",
    "'\"2026-01-02T04:04:05\"', 2026-01-02T03:04:05Z",
    "'\"2026-01-02T03:04:05+02:00\"', 2026-01-02T01:04:05Z",
    "null,",
    "0,",
    "-1,",
    "1e300,",
    "4102444800,",
  })
  void readsTheTimeAsTextSecondsOrMilliseconds(String time, Instant measuredAt) {
    assertThat(
            decode(METER, TOPIC, "{\"at\":" + time + ",\"power\":{\"active\":1}}")
                .get(0)
                .measuredAt())
        .isEqualTo(measuredAt);
  }

  @Test
  void readsNumbersThatAreTexts() {
    assertThat(decode(METER, TOPIC, "{\"power\":{\"active\":\" 12.5 \"}}").get(0).quantities())
        .isEqualTo(Map.of("powerW", 12.5));
  }

  @Test
  void takesAMessageWithoutAnyOfTheQuantitiesAsNoReading() {
    assertThat(decode(METER, TOPIC, "{}")).isEmpty();
    assertThat(decode(METER, TOPIC, "7")).isEmpty();
    assertThat(decode(METER, TOPIC, "{\"power\":{\"active\":null},\"counters\":[\"unknown\"]}"))
        .isEmpty();
  }

  @Test
  void findsTheDeviceInTheMessage() {
    String yaml =
        """
        mappings:
          sub-meters:
            topic: meters/#
            device: /meter/id
            quantities: {powerW: /w}
            factors: {powerW: -1000}
        """;
    assertThat(decode(yaml, "meters/a/b", "{\"meter\":{\"id\":\"m7\"},\"w\":-1.5}"))
        .containsExactly(
            new Measurement(
                "m7", null, "generic:sub-meters", new TreeMap<>(Map.of("powerW", 1500.0)), ""));
    assertThat(decode(yaml, "meters", "{\"meter\":{\"id\":4711},\"w\":1}").get(0).device())
        .isEqualTo("4711");
    for (String id : List.of("null", "\"\"", "1.5", "{}", "\"a\\u0000b\"", "\"\\ud800\"")) {
      assertThatThrownBy(() -> decode(yaml, "meters", "{\"meter\":{\"id\":" + id + "},\"w\":1}"))
          .as(id)
          .isInstanceOf(MalformedReadingException.class);
    }
  }

  @Test
  void readsAPlainNumberOfTheOneMeterThatPublishesIt() {
    String yaml =
        """
        mappings:
          house:
            topic: esp/house/sensor/power/state
            quantities: {powerW: "#"}
        """;
    assertThat(decode(yaml, "esp/house/sensor/power/state", "230.5"))
        .containsExactly(
            new Measurement(
                "house", null, "generic:house", new TreeMap<>(Map.of("powerW", 230.5)), ""));
  }

  @Test
  void theDocumentedExampleDoesWhatIsSaidOfIt() throws IOException {
    String yaml =
        Files.readString(Path.of("../docs/decoders.md")).split("```yaml\n", 2)[1].split("```")[0];
    Settings settings = settings(yaml);
    List<Mapping> mappings = DecodeConfig.from(settings).mappings();
    settings.validate();
    assertThat(mappings).extracting(Mapping::name).containsExactly("house", "meter", "smart-meter");
    MappingDecoder meter = new MappingDecoder(mappings.get(1), TIME);
    assertThat(meter.accepts(TOPIC)).isTrue();
    assertThat(
            meter.decode(
                TOPIC,
                bytes(
                    "{\"at\":\"2026-01-02T03:04:05Z\",\"power\":{\"active\":12.5},"
                        + "\"counters\":[1234567]}")))
        .containsExactly(
            new Measurement(
                "oven",
                Instant.parse("2026-01-02T03:04:05Z"),
                "generic:meter",
                new TreeMap<>(Map.of("powerW", 12.5, "energyImportKwh", 1234.567)),
                ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"power\":{\"active\":\"much\"}}",
        "{\"power\":{\"active\":true}}",
        "{\"power\":{\"active\":\"NaN\"}}",
        "{\"counters\":[1e400]}",
        "{\"power\":{\"active\":1},\"at\":\"noon\"}",
        "{\"power\":{\"active\":1},\"at\":[]}",
      })
  void refusesWhatCannotBeRead(String payload) {
    assertThatThrownBy(() -> decode(METER, TOPIC, payload))
        .isInstanceOf(MalformedReadingException.class);
  }

  @Test
  void refusesANumberThatItsFactorMakesTooLarge() {
    String yaml = METER.replace("0.001", "1e30");
    assertThatThrownBy(() -> decode(yaml, TOPIC, "{\"counters\":[1e300]}"))
        .isInstanceOf(MalformedReadingException.class)
        .hasMessageContaining("energyImportKwh is not finite");
  }

  @Test
  void namesThePointerThatLeadsToSomethingElse() {
    assertThatThrownBy(() -> decode(METER, TOPIC, "{\"power\":{\"active\":\"secret\"}}"))
        .hasMessageContaining("/power/active")
        .message()
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{topic: a/#/b, quantities: {powerW: /w}} | mappings.bad.topic",
        "{quantities: {powerW: /w}} | mappings.bad.topic",
        "{topic: a} | mappings.bad.quantities",
        "{topic: a, quantities: {powerW: w}} | mappings.bad.quantities.powerW",
        "{topic: a, quantities: {powerW: /~2}} | mappings.bad.quantities.powerW",
        "{topic: a, quantities: {power: /w}} | unknown key mappings.bad.quantities.power",
        "{topic: a, quantities: {powerW: /w}, factors: {powerW: x}} | mappings.bad.factors.powerW",
        "{topic: a, quantities: {powerW: /w}, factors: {powerW: 0}} | mappings.bad.factors.powerW",
        "{topic: '{device}', device: /d, quantities: {powerW: /w}} | mappings.bad",
      })
  void reportsFaultsOfTheConfiguration(String mapping, String fault) throws IOException {
    Settings settings = settings("mappings: {bad: " + mapping + "}");
    DecodeConfig.from(settings);
    assertThatThrownBy(settings::validate)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining(fault);
  }

  private List<Measurement> decode(String yaml, String topic, String payload) {
    Settings settings;
    try {
      settings = settings(yaml);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    DecodeConfig config = DecodeConfig.from(settings);
    settings.validate();
    Decoder decoder = new MappingDecoder(config.mappings().get(0), TIME);
    assertThat(decoder.accepts(topic)).isTrue();
    return decoder.decode(topic, bytes(payload));
  }

  private Settings settings(String yaml) throws IOException {
    Path file = Files.writeString(directory.resolve("bridge.yaml"), yaml);
    return Settings.load(file, Map.of(), Map.of());
  }
}
