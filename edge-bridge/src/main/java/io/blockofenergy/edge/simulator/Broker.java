package io.blockofenergy.edge.simulator;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import io.vertx.mqtt.MqttConnectionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker that all connections of a simulation go to. It says once, not once a connection, that
 * the broker is away. For one event loop.
 */
final class Broker {
  private static final Logger LOG = LoggerFactory.getLogger(Broker.class);
  private static final long CONNECT_TIMEOUT_S = 10;

  private final Vertx vertx;
  private final Simulation.Options options;
  private final Promise<Void> refused;
  private boolean awayReported;

  /**
   * @param refused failed when the broker refuses a connection for good
   */
  Broker(Vertx vertx, Simulation.Options options, Promise<Void> refused) {
    this.vertx = vertx;
    this.options = options;
    this.refused = refused;
  }

  Vertx vertx() {
    return vertx;
  }

  /** A client that is not connected yet. */
  MqttClient client(int window) {
    MqttClientOptions mqtt = new MqttClientOptions();
    mqtt.setClientId("simulator-" + Long.toHexString(ThreadLocalRandom.current().nextLong()))
        .setCleanSession(true)
        .setKeepAliveInterval(20)
        .setMaxInflightQueue(window)
        .setConnectTimeout((int) TimeUnit.SECONDS.toMillis(CONNECT_TIMEOUT_S));
    if (options.user() != null) {
      mqtt.setUsername(options.user());
      if (options.password() != null) {
        mqtt.setPassword(options.password().reveal());
      }
    }
    return MqttClient.create(vertx, mqtt);
  }

  Future<?> connect(MqttClient client) {
    return client
        .connect(options.port(), options.host())
        .timeout(CONNECT_TIMEOUT_S, TimeUnit.SECONDS)
        .onSuccess(connack -> awayReported = false)
        .onFailure(this::away);
  }

  private void away(Throwable cause) {
    if (refuses(cause)) {
      refused.tryFail(cause);
    } else if (!awayReported) {
      awayReported = true;
      LOG.warn(
          "no broker at {}:{} ({}); trying again until there is one",
          options.host(),
          options.port(),
          cause.getMessage());
    }
  }

  /** Whether a failure to connect is one that another attempt does not mend. */
  static boolean refuses(Throwable cause) {
    return cause instanceof MqttConnectionException refusal
        && refusal.code() != MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
  }
}
