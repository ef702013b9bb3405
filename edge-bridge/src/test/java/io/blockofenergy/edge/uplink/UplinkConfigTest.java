package io.blockofenergy.edge.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UplinkConfigTest {
  @Test
  void theDefaultsReachTheLocalHub() {
    Settings settings = Settings.of(Map.of());
    UplinkConfig config = UplinkConfig.from(settings);
    settings.validate();
    assertThat(config.dpsHost()).isEqualTo("127.0.0.1");
    assertThat(config.port()).isEqualTo(8883);
    assertThat(config.trustFile()).contains(Path.of("data/cloud/hub/ca.pem"));
  }

  @Test
  void theGroupKeyIsNeverPrintedAndAzureIsTrustedByThePlatform() {
    Settings settings =
        Settings.of(Map.of("BOE_UPLINK_GROUP_KEY", "c2VjcmV0", "BOE_UPLINK_TRUST_FILE", "system"));
    UplinkConfig config = UplinkConfig.from(settings);
    settings.validate();
    assertThat(config.toString()).doesNotContain("c2VjcmV0");
    assertThat(config.trustFile()).isEmpty();
  }

  @Test
  void aHostWithoutADotIsAnErrorForTheSdkCannotUseIt() {
    Settings settings = Settings.of(Map.of("BOE_UPLINK_DPS_HOST", "localhost"));
    UplinkConfig.from(settings);
    assertThatThrownBy(settings::validate)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("BOE_UPLINK_DPS_HOST");
  }
}
