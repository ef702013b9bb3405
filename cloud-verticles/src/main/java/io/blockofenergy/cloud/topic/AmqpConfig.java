package io.blockofenergy.cloud.topic;

import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.Settings;
import java.time.Duration;
import java.util.Optional;

/**
 * How to reach the AMQP 1.0 broker. Immutable.
 *
 * @param host name or address of the broker
 * @param port 1 to 65535
 * @param user SASL PLAIN user (Service Bus: name of the access policy), given together with the
 *     password
 * @param password SASL PLAIN password (Service Bus: key of the access policy)
 * @param tls whether the connection is TLS with verified host name; Azure wants it, on port 5671
 * @param sendTimeout after which a message that the broker did not accept counts as failed
 * @param maxInFlightBytes messages that one sender holds at most, unsent and unacknowledged ones
 */
public record AmqpConfig(
    String host,
    int port,
    Optional<String> user,
    Optional<Secret> password,
    boolean tls,
    Duration sendTimeout,
    long maxInFlightBytes) {

  public static AmqpConfig from(Settings s) {
    AmqpConfig config =
        new AmqpConfig(
            s.text("amqp.host", "127.0.0.1", "host of the AMQP broker"),
            s.port("amqp.port", 5672, "port of the AMQP broker, embedded or not"),
            s.optionalText("amqp.user", "SASL user; none for the embedded broker"),
            s.secret("amqp.password", "SASL password; none for the embedded broker"),
            s.flag("amqp.tls", false, "whether to use TLS"),
            s.duration(
                "amqp.sendTimeout",
                "30s",
                Duration.ofMillis(100),
                Duration.ofMinutes(10),
                "after which a message that was not accepted counts as failed"),
            s.size(
                "amqp.maxInFlightBytes",
                "32MiB",
                1 << 20,
                1L << 30,
                "bytes that one sender may hold unacknowledged; more is refused"));
    if (config.user.isPresent() != config.password.isPresent()) {
      s.fault("amqp.user and amqp.password must be given together");
    }
    return config;
  }

  /** The same with another bound for a sender. */
  public AmqpConfig withMaxInFlightBytes(long bytes) {
    return new AmqpConfig(host, port, user, password, tls, sendTimeout, bytes);
  }

  /** The same with another peer. */
  public AmqpConfig withPeer(String peerHost, int peerPort, String peerUser, Secret peerPassword) {
    return new AmqpConfig(
        peerHost,
        peerPort,
        Optional.of(peerUser),
        Optional.of(peerPassword),
        tls,
        sendTimeout,
        maxInFlightBytes);
  }
}
