package io.blockofenergy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  @TempDir Path directory;

  private Settings settings(String yaml, Map<String, String> environment) throws IOException {
    Path file = Files.writeString(directory.resolve("test.yaml"), yaml);
    return Settings.load(file, environment, Map.of("management.port", "BOE_EDGE_MANAGEMENT_PORT"));
  }

  @Test
  void theEnvironmentOverridesTheFileAndTheFileTheDefault() throws IOException {
    Settings settings =
        settings(
            "mqtt:\n  port: 1884\n  host: 127.0.0.2\nuplink:\n  maxBytes: 2MiB\n",
            Map.of("BOE_MQTT_PORT", "1885", "BOE_EDGE_MANAGEMENT_PORT", "9"));
    assertThat(settings.port("mqtt.port", 1883, "")).isEqualTo(1885);
    assertThat(settings.text("mqtt.host", "127.0.0.1", "")).isEqualTo("127.0.0.2");
    assertThat(settings.size("uplink.maxBytes", "1MiB", 0, 1L << 40, "")).isEqualTo(2 << 20);
    assertThat(settings.port("management.port", 9081, "")).isEqualTo(9);
    assertThat(settings.duration("linger", "250ms", Duration.ZERO, Duration.ofDays(1), ""))
        .isEqualTo(Duration.ofMillis(250));
    assertThat(settings.keys()).extracting(Settings.Key::variable).contains("BOE_UPLINK_MAX_BYTES");
    settings.validate();
  }

  @Test
  void allFaultsAreReportedTogether() throws IOException {
    Settings settings =
        settings("mqtt:\n  port: many\n  prot: 1\nlinger: 5 parsecs\n", Map.of("BOE_SIZE", "3TiB"));
    settings.port("mqtt.port", 1883, "");
    settings.duration("linger", "1s", Duration.ZERO, Duration.ofDays(1), "");
    settings.size("size", "1MiB", 0, 1 << 30, "");
    settings.fault("two keys do not fit together");
    assertThatThrownBy(settings::validate)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContainingAll("mqtt.port", "linger", "BOE_SIZE", "two keys", "mqtt.prot");
  }

  @Test
  void valuesAreTheTextsThatWereWritten() throws IOException {
    Settings settings =
        settings("a: 0012345\nb: 1e3\nc: 1_000\nd: 0x1F\ne: yes\nf: '~'\ng: ~\n", Map.of());
    assertThat(
            List.of("a", "b", "c", "d", "e", "f", "g").stream()
                .map(key -> settings.text(key, "default", "")))
        .containsExactly("0012345", "1e3", "1_000", "0x1F", "yes", "~", "default");
    settings.validate();
  }

  @Test
  void whatIsSaidTwiceOrTooLargeIsAFault() throws IOException {
    Settings settings = settings("port: 1\nport: 2\nsize: 17179869185GiB\n", Map.of());
    settings.port("port", 3, "");
    settings.size("size", "1MiB", 0, Long.MAX_VALUE, "");
    assertThatThrownBy(settings::validate)
        .hasMessageContainingAll("port is there twice", "size is too large");
  }

  @Test
  void namesThatShareAVariableAreAFault() throws IOException {
    Settings settings = settings("sources:\n  a-b: {uri: x}\n  A_b: {uri: y}\n", Map.of());
    settings.named("sources").values().forEach(source -> source.text("uri", "", ""));
    assertThatThrownBy(settings::validate).hasMessageContaining("too alike");
  }

  @Test
  void namedObjectsHaveSettingsOfTheirOwn() throws IOException {
    Settings settings =
        settings(
            """
            sources:
              garage: {uri: 'mqtt://10.0.0.2', topics: [tele/#, 'shellies/+/relay/#']}
              hall-2: {uri: 'mqtt://10.0.0.3', urri: x}
              'no good': {uri: 'mqtt://10.0.0.4'}
              empty:
            users:
            """,
            Map.of("BOE_SOURCES_HALL_2_URI", "mqtts://10.0.0.9"));
    SortedMap<String, Settings> sources = settings.named("sources");
    assertThat(sources.keySet()).containsExactly("empty", "garage", "hall-2", "no good");
    sources.forEach((name, source) -> source.text("uri", "mqtt://127.0.0.1", "where it is"));
    assertThat(sources.get("hall-2").text("uri", "", "")).isEqualTo("mqtts://10.0.0.9");
    assertThat(sources.get("garage").texts("topics", "", ".+", "filters"))
        .containsExactly("tele/#", "shellies/+/relay/#");
    assertThat(sources.get("hall-2").texts("topics", "a,b", ".+", "filters"))
        .containsExactly("a", "b");
    assertThat(settings.keys())
        .containsExactly(
            new Settings.Key(
                "sources.<name>.uri", "BOE_SOURCES_<NAME>_URI", "mqtt://127.0.0.1", "where it is"),
            new Settings.Key("sources.<name>.topics", "BOE_SOURCES_<NAME>_TOPICS", "", "filters"));
    assertThatThrownBy(settings::validate)
        .hasMessageContainingAll("unknown key sources.hall-2.urri", "no good")
        .hasMessageNotContaining("garage");
  }

  @Test
  void aFileThatIsAbsentOrNotYamlIsAFault() throws IOException {
    Settings absent = Settings.load(directory.resolve("none.yaml"), Map.of(), Map.of());
    assertThatThrownBy(absent::validate).hasMessageContaining("none.yaml");
    assertThatThrownBy(settings("a: [", Map.of())::validate)
        .isInstanceOf(InvalidSettingsException.class);
  }

  @Test
  void aSecretIsNeitherPrintedNorRepeatedInAFault() {
    Settings settings = Settings.of(Map.of("BOE_PASSWORD", "hunter2", "BOE_PORT", "hunter2"));
    Secret secret = settings.secret("password", "").orElseThrow();
    settings.port("port", 1, "");
    assertThat(secret.reveal()).isEqualTo("hunter2");
    assertThat(secret.toString() + settings.keys()).doesNotContain("hunter2");
    assertThatThrownBy(settings::validate).hasMessageNotContaining("hunter2");
  }
}
