package io.blockofenergy.edge.decode;

import io.blockofenergy.telemetry.Settings;
import java.util.List;
import java.util.Optional;

/**
 * @param shellyRpcEvents whether second generation Shellies are read from their notifications
 *     instead of their status topics
 * @param zigbee2mqttTopics base topic of each Zigbee2MQTT
 * @param mappings for other makes; the first whose topic matches is taken
 */
public record DecodeConfig(
    boolean shellyRpcEvents, List<String> zigbee2mqttTopics, List<Mapping> mappings) {

  /** An MQTT topic without wildcards and without a slash at either end. */
  private static final String BASE_TOPIC = "[^+#/]([^+#]*[^+#/])?";

  public static DecodeConfig from(Settings settings) {
    return new DecodeConfig(
        settings.flag(
            "decode.shellyRpcEvents",
            false,
            "whether Shellies since Gen2 are read from `events/rpc` and not from `status`"),
        settings.texts(
            "decode.zigbee2mqttTopics",
            "zigbee2mqtt",
            BASE_TOPIC,
            "base topic of each Zigbee2MQTT, separated by commas"),
        settings.named("mappings").entrySet().stream()
            .map(each -> Mapping.from(each.getKey(), each.getValue()))
            .flatMap(Optional::stream)
            .toList());
  }
}
