package io.blockofenergy.edge.homeassistant;

import io.blockofenergy.telemetry.Settings;

/**
 * @param discovery whether meters are shown in Home Assistant
 * @param discoveryPrefix where Home Assistant looks for discovery messages
 * @param statePrefix where the bridge publishes the meters' quantities
 */
public record HomeAssistantConfig(boolean discovery, String discoveryPrefix, String statePrefix) {
  private static final String TOPIC = "[^+#\\x00]{1,128}";

  public static HomeAssistantConfig from(Settings settings) {
    return new HomeAssistantConfig(
        settings.flag(
            "homeAssistant.discovery", false, "whether meters are shown in Home Assistant"),
        settings.text(
            "homeAssistant.discoveryPrefix",
            "homeassistant",
            TOPIC,
            "where Home Assistant looks for discovery messages"),
        settings.text(
            "homeAssistant.statePrefix",
            "boe",
            TOPIC,
            "where the bridge publishes the meters' quantities for it"));
  }
}
