package io.blockofenergy.edge.mqtt;

import io.blockofenergy.telemetry.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The listener with TLS.
 *
 * @param host address to listen on; beyond loopback only with credentials
 * @param port TCP port, 0 for any
 * @param certificateFile the server's certificate and those between it and its authority, PEM
 * @param keyFile the certificate's private key, PEM (PKCS#8 or PKCS#1, not encrypted)
 */
public record MqttTlsConfig(String host, int port, Path certificateFile, Path keyFile) {

  /** Empty when nothing of it is configured. */
  static Optional<MqttTlsConfig> from(Settings settings) {
    Optional<String> port =
        settings.optionalText("mqtt.tls.port", "port of the MQTT server with TLS; none: no TLS");
    String host =
        settings.text("mqtt.tls.host", "127.0.0.1", "address of the MQTT server with TLS");
    Optional<String> certificate =
        settings.optionalText(
            "mqtt.tls.certificateFile", "PEM file with the server's certificate chain");
    Optional<String> key =
        settings.optionalText("mqtt.tls.keyFile", "PEM file with the certificate's private key");
    if (port.isEmpty() && certificate.isEmpty() && key.isEmpty()) {
      return Optional.empty();
    }
    if (port.isEmpty() || certificate.isEmpty() || key.isEmpty()) {
      settings.fault("mqtt.tls.port, mqtt.tls.certificateFile and mqtt.tls.keyFile go together");
      return Optional.empty();
    }
    if (!port.get().matches("[0-9]{1,5}") || Integer.parseInt(port.get()) > 65_535) {
      settings.fault("mqtt.tls.port must be from 0 to 65535");
      return Optional.empty();
    }
    Path certificateFile = readable(settings, "mqtt.tls.certificateFile", certificate.get());
    Path keyFile = readable(settings, "mqtt.tls.keyFile", key.get());
    return Optional.of(
        new MqttTlsConfig(host, Integer.parseInt(port.get()), certificateFile, keyFile));
  }

  private static Path readable(Settings settings, String key, String file) {
    Path path = Path.of(file);
    if (!Files.isReadable(path)) {
      settings.fault(key + " cannot be read");
    }
    return path;
  }
}
