package io.blockofenergy.edge.mqtt;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;

/**
 * @param host address to listen on; beyond loopback only with credentials
 * @param port TCP port, 0 for any
 * @param tls the second listener, if there is one
 * @param user whom clients may name, with all rights; absent together with the password
 * @param users other users; without any and without {@code user} everybody is let in
 * @param maxMessageBytes largest payload; a client that sends more is disconnected
 * @param maxUnacknowledgedBytes payloads of one connection that may wait for their acknowledgement;
 *     beyond it nothing is read from the connection
 * @param maxUnacknowledgedBytesOfAll the same for all connections together
 * @param maxPublishRate publishes a second of one connection, beyond which it is read from more
 *     slowly; 0 for no bound
 * @param connectTimeout within which a connection has to say CONNECT
 * @param maxKeepAlive longest keep-alive of MQTT 5 clients
 * @param directory where sessions and retained messages are kept
 */
public record MqttConfig(
    String host,
    int port,
    Optional<MqttTlsConfig> tls,
    Optional<String> user,
    Optional<Secret> password,
    SortedMap<String, MqttUser> users,
    int maxMessageBytes,
    int maxConnections,
    long maxUnacknowledgedBytes,
    long maxUnacknowledgedBytesOfAll,
    int maxPublishRate,
    Duration connectTimeout,
    Duration maxKeepAlive,
    Path directory,
    SessionLimits sessions) {

  public static MqttConfig from(Settings settings) {
    MqttConfig config =
        new MqttConfig(
            settings.text("mqtt.host", "127.0.0.1", "address of the MQTT server"),
            settings.port("mqtt.port", 1883, "port of the MQTT server"),
            MqttTlsConfig.from(settings),
            settings.optionalText("mqtt.user", "user that MQTT clients must name"),
            settings.secret("mqtt.password", "password that MQTT clients must give"),
            MqttUser.all(settings),
            (int)
                settings.size(
                    "mqtt.maxMessageBytes", "64KiB", 256, 128 << 10, "largest MQTT payload"),
            settings.integer("mqtt.maxConnections", 1000, 1, 100_000, "MQTT connections at a time"),
            settings.size(
                "mqtt.maxUnacknowledgedBytes",
                "4MiB",
                1 << 18,
                1 << 30,
                "payloads of one connection that may wait for acknowledgement"),
            settings.size(
                "mqtt.maxUnacknowledgedBytesOfAll",
                "6MiB",
                1 << 18,
                1 << 30,
                "payloads of all connections that may wait; below `journal.maxWaitingBytes`"),
            settings.integer(
                "mqtt.maxPublishRate",
                0,
                0,
                1_000_000,
                "publishes a second of one connection, more wait; 0 for no bound"),
            settings.duration(
                "mqtt.connectTimeout",
                "10s",
                Duration.ofSeconds(1),
                Duration.ofMinutes(5),
                "how long a connection may be open without CONNECT"),
            settings.duration(
                "mqtt.maxKeepAlive",
                "60s",
                Duration.ofSeconds(1),
                Duration.ofSeconds(65_535),
                "longest keep-alive of MQTT 5 clients, whole seconds"),
            settings.dataPath(
                "mqtt.directory", "mqtt", "where sessions and retained messages are kept"),
            SessionLimits.from(settings));
    config.check(settings);
    return config;
  }

  private void check(Settings settings) {
    if (user.isPresent() != password.isPresent()) {
      settings.fault("mqtt.user and mqtt.password must be set together");
    }
    if (user.isPresent() && users.containsKey(user.get())) {
      settings.fault("mqtt.user " + user.get() + " is one of mqtt.users, too");
    }
    boolean credentials = user.isPresent() || !users.isEmpty();
    if (!credentials && !isLoopback(host)) {
      settings.fault(
          "mqtt.host is not a loopback address: set mqtt.user and mqtt.password, or mqtt.users,"
              + " to listen there");
    }
    if (!credentials && tls.isPresent() && !isLoopback(tls.get().host())) {
      settings.fault(
          "mqtt.tls.host is not a loopback address: set mqtt.user and mqtt.password, or mqtt.users,"
              + " to listen there");
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
