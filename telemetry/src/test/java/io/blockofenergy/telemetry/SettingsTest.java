package io.blockofenergy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
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
