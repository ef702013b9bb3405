package io.blockofenergy.edge.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecodersTest {

  @ParameterizedTest
  @CsvSource({
    "tele/plug/SENSOR, TasmotaDecoder",
    "shellies/plug/relay/0/power, ShellyGen1Decoder",
    "shellies/plug/status/switch:0, ShellyGen2Decoder",
    "shellyplus1pm-a8032ab12345/status/switch:0, ShellyGen2Decoder",
    "zigbee2mqtt/plug, Zigbee2MqttDecoder",
    "zigbee2mqtt/attic/tele/SENSOR, Zigbee2MqttDecoder",
  })
  void eachTopicHasOneDecoder(String topic, String decoder) {
    assertThat(accepting(Map.of(), topic).get(0)).isEqualTo(decoder);
  }

  @Test
  void severalZigbee2MqttsCanBeNamed() {
    Map<String, String> variables =
        Map.of("BOE_DECODE_ZIGBEE2MQTT_TOPICS", "home/zigbee, zigbee2mqtt-attic");
    assertThat(accepting(variables, "home/zigbee/plug")).containsExactly("Zigbee2MqttDecoder");
    assertThat(accepting(variables, "zigbee2mqtt-attic/plug"))
        .containsExactly("Zigbee2MqttDecoder");
    assertThat(accepting(variables, "zigbee2mqtt/plug")).isEmpty();
  }

  @Test
  void shellyNotificationsCanBeAskedForInsteadOfStatuses() {
    Map<String, String> variables = Map.of("BOE_DECODE_SHELLY_RPC_EVENTS", "true");
    assertThat(accepting(Map.of(), "shelly/events/rpc")).isEmpty();
    assertThat(accepting(variables, "shelly/events/rpc")).containsExactly("ShellyGen2Decoder");
    assertThat(accepting(variables, "shelly/status/switch:0")).isEmpty();
  }

  @Test
  void mappingsOverruleWhatIsBuiltIn(@TempDir Path directory) throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("bridge.yaml"),
            "mappings: {own: {topic: tele/plug/SENSOR, quantities: {powerW: /w}}}");
    Settings settings = Settings.load(file, Map.of(), Map.of());
    assertThat(accepting(settings, "tele/plug/SENSOR"))
        .containsExactly("MappingDecoder", "TasmotaDecoder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"zigbee2mqtt/", "/zigbee2mqtt", "zigbee/#", "+/zigbee"})
  void refusesABaseTopicThatIsNone(String topic) {
    Settings settings = Settings.of(Map.of("BOE_DECODE_ZIGBEE2MQTT_TOPICS", topic));
    DecodeConfig.from(settings);
    assertThatThrownBy(settings::validate)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("BOE_DECODE_ZIGBEE2MQTT_TOPICS");
  }

  private static List<String> accepting(Map<String, String> variables, String topic) {
    return accepting(Settings.of(variables), topic);
  }

  private static List<String> accepting(Settings settings, String topic) {
    DecodeConfig config = DecodeConfig.from(settings);
    settings.validate();
    return Decoders.from(config, ZoneOffset.UTC, Clock.systemUTC()).stream()
        .filter(decoder -> decoder.accepts(topic))
        .map(decoder -> decoder.getClass().getSimpleName())
        .toList();
  }
}
