package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.edge.journal.BridgeIdentity;
import io.blockofenergy.edge.journal.JournalConfig;
import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MqttConfigTest {
  @Test
  void listensOnLoopbackByDefault() {
    Settings settings = Settings.of(Map.of("BOE_MQTT_PORT", "1884"));
    MqttConfig config = MqttConfig.from(settings);
    JournalConfig.from(settings);
    BridgeIdentity.from(settings);
    settings.validate();
    assertThat(config.host()).isEqualTo("127.0.0.1");
    assertThat(config.port()).isEqualTo(1884);
  }

  @Test
  void listensBeyondLoopbackOnlyWithCredentials() {
    Settings open = Settings.of(Map.of("BOE_MQTT_HOST", "0.0.0.0"));
    MqttConfig.from(open);
    assertThatThrownBy(open::validate)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("mqtt.user and mqtt.password");
    Settings closed =
        Settings.of(
            Map.of(
                "BOE_MQTT_HOST", "0.0.0.0", "BOE_MQTT_USER", "u", "BOE_MQTT_PASSWORD", "geheim"));
    assertThat(MqttConfig.from(closed).toString()).doesNotContain("geheim");
    closed.validate();
  }

  @Test
  void reportsFaultsTogether() {
    Settings settings =
        Settings.of(Map.of("BOE_MQTT_USER", "u", "BOE_BRIDGE_TIME_ZONE", "Mars/Olympus"));
    MqttConfig.from(settings);
    BridgeIdentity.from(settings);
    assertThatThrownBy(settings::validate)
        .hasMessageContaining("must be set together")
        .hasMessageContaining("bridge.timeZone");
  }
}
