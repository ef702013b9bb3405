package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.intake.Intake;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.mqtt.MqttAuth;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The MQTT 3.1.1 server for sensors: takes publishes, refuses subscriptions, acknowledges what the
 * journal has made durable. One instance, on one event loop.
 */
public final class MqttIngress extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(MqttIngress.class);

  /** What the intake calls this server. */
  static final String SOURCE = "mqtt";

  /** Fixed header, topic and packet id beside the payload. */
  private static final int HEADER_ALLOWANCE = 1024;

  private static final int CONNECT_SECONDS = 10;
  private static final int MQTT_3_1_1 = 4;
  private static final int MAX_SESSIONS = 4096;

  private final MqttConfig config;
  private final Intake intake;
  private final MeterRegistry registry;
  private final Map<String, MqttConnection> connections = new HashMap<>();
  private final Map<String, MqttConnection.Session> sessions =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, MqttConnection.Session> eldest) {
          return size() > MAX_SESSIONS;
        }
      };
  private final AtomicInteger open = new AtomicInteger();
  private volatile MqttServer server;

  public MqttIngress(MqttConfig config, Intake intake, MeterRegistry registry) {
    this.config = config;
    this.intake = intake;
    this.registry = registry;
  }

  /** The port it listens on, once deployed. */
  public int actualPort() {
    return server.actualPort();
  }

  @Override
  public Future<?> start() {
    Gauge.builder("boe.edge.mqtt.connections", open, AtomicInteger::get)
        .description("MQTT clients connected")
        .register(registry);
    context.exceptionHandler(MqttIngress::unhandled);
    return listen();
  }

  /** What a client still sent when its connection was closed makes the server throw. */
  private static void unhandled(Throwable failure) {
    StackTraceElement[] trace = failure.getStackTrace();
    if (failure instanceof IllegalArgumentException
        && trace.length > 0
        && trace[0].getClassName().startsWith("io.vertx.mqtt.impl.")) {
      log.debug("MQTT: {}", failure.getMessage());
    } else {
      log.error("Unhandled failure", failure);
    }
  }

  private Future<?> listen() {
    server =
        MqttServer.create(
            vertx,
            new MqttServerOptions()
                .setHost(config.host())
                .setPort(config.port())
                .setMaxMessageSize(config.maxMessageBytes() + HEADER_ALLOWANCE)
                .setTimeoutOnConnect(CONNECT_SECONDS));
    server.endpointHandler(this::connect);
    server.exceptionHandler(failure -> log.debug("MQTT: {}", failure.toString()));
    return server
        .listen()
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof BindException
                        ? new IllegalStateException(
                            "MQTT cannot listen on "
                                + config.host()
                                + ":"
                                + config.port()
                                + " ("
                                + failure.getMessage()
                                + "): choose another port with BOE_MQTT_PORT",
                            failure)
                        : failure))
        .onSuccess(ignored -> log.info("MQTT listens on {}:{}", config.host(), actualPort()));
  }

  @Override
  public Future<?> stop() {
    return server == null ? Future.succeededFuture() : server.close();
  }

  private void connect(MqttEndpoint endpoint) {
    if (endpoint.protocolVersion() > MQTT_3_1_1) {
      endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_UNSUPPORTED_PROTOCOL_VERSION);
      return;
    }
    if (open.get() >= config.maxConnections()) {
      endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE);
      return;
    }
    if (config.user().isPresent()) {
      MqttAuth auth = endpoint.auth();
      if (auth == null || auth.getUsername() == null || auth.getPassword() == null) {
        endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED);
        return;
      }
      if (!areValid(auth)) {
        endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD);
        return;
      }
    }
    accept(endpoint);
  }

  private boolean areValid(MqttAuth auth) {
    // Both are always compared, so that the time tells nothing about which is wrong.
    boolean user =
        MessageDigest.isEqual(
            config.user().orElseThrow().getBytes(StandardCharsets.UTF_8),
            auth.getUsername().getBytes(StandardCharsets.UTF_8));
    return config.password().orElseThrow().matches(auth.getPassword()) & user;
  }

  private void accept(MqttEndpoint endpoint) {
    String client = endpoint.clientIdentifier();
    boolean sessionPresent = !endpoint.isCleanSession() && sessions.containsKey(client);
    MqttConnection.Session session = sessions.get(client);
    if (!sessionPresent) {
      session = new MqttConnection.Session();
      sessions.remove(client);
      if (!endpoint.isCleanSession()) {
        sessions.put(client, session);
      }
    }
    MqttConnection connection =
        new MqttConnection(endpoint, session, intake, config.maxUnacknowledgedBytes());
    MqttConnection before = connections.put(client, connection);
    open.incrementAndGet();
    endpoint.closeHandler(
        ignored -> {
          open.decrementAndGet();
          connections.remove(client, connection);
        });
    if (before != null) {
      before.close(); // MQTT-3.1.4-2: the newcomer takes over
    }
    endpoint.accept(sessionPresent);
  }
}
