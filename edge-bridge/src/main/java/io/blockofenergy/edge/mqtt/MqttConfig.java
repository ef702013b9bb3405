package io.blockofenergy.edge.mqtt;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * @param host address to listen on; beyond loopback only with credentials
 * @param port TCP port, 0 for any
 * @param user whom clients must name; absent: anyone
 * @param maxMessageBytes largest payload; a client that sends more is disconnected
 * @param maxUnacknowledgedBytes payloads of one connection that may wait for their acknowledgement
 */
public record MqttConfig(
    String host,
    int port,
    Optional<String> user,
    Optional<Secret> password,
    int maxMessageBytes,
    int maxConnections,
    long maxUnacknowledgedBytes) {

  public static MqttConfig from(Settings settings) {
    MqttConfig config =
        new MqttConfig(
            settings.text("mqtt.host", "127.0.0.1", "address of the MQTT server"),
            settings.port("mqtt.port", 1883, "port of the MQTT server"),
            settings.optionalText("mqtt.user", "user that MQTT clients must name"),
            settings.secret("mqtt.password", "password that MQTT clients must give"),
            (int)
                settings.size(
                    "mqtt.maxMessageBytes", "64KiB", 256, 128 << 10, "largest MQTT payload"),
            settings.integer("mqtt.maxConnections", 1000, 1, 100_000, "MQTT connections at a time"),
            settings.size(
                "mqtt.maxUnacknowledgedBytes",
                "4MiB",
                1 << 18,
                1 << 30,
                "payloads of one connection that may wait for acknowledgement"));
    if (config.user().isPresent() != config.password().isPresent()) {
      settings.fault("mqtt.user and mqtt.password must be set together");
    }
    if (config.user().isEmpty() && !isLoopback(config.host())) {
      settings.fault(
          "mqtt.host is not a loopback address: set mqtt.user and mqtt.password to listen there");
    }
    return config;
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
