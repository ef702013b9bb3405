package io.blockofenergy.cloud.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AmqpConfigTest {
  @Test
  void thePasswordIsNotPrinted() {
    AmqpConfig config =
        AmqpConfig.from(
            Settings.of(Map.of("BOE_AMQP_USER", "boe", "BOE_AMQP_PASSWORD", "hush-hush")));
    assertThat(config.toString()).contains("boe").doesNotContain("hush-hush");
  }

  @Test
  void aUserWithoutPasswordIsAFault() {
    Settings settings = Settings.of(Map.of("BOE_AMQP_USER", "boe"));
    AmqpConfig.from(settings);
    assertThatThrownBy(settings::validate)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("amqp.password");
  }
}
