package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.intake.Intake;
import io.blockofenergy.edge.mqtt.MqttMetrics.Refusal;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.mqtt.MqttServerOptions;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bridge's own MQTT server: a small broker whose messages go to the intake first, and to
 * whoever has subscribed. Speaks MQTT 3.1, 3.1.1 and 5, with and without TLS. One instance, on one
 * event loop.
 */
public final class MqttBroker extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(MqttBroker.class);
  private static final long SWEEP_MILLIS = 500;
  private static final long RETAINED_SWEEP_MILLIS = 60_000;

  /** Connections that have not said CONNECT yet, beyond those that may. */
  private static final int MAX_STRANGERS = 256;

  private final MqttConfig config;
  private final Intake intake;
  private final Clock clock;
  private final MeterRegistry registry;
  private final AtomicInteger connections = new AtomicInteger();

  private final Map<Wire, Opened> opened = new HashMap<>();

  private final List<MqttListener> listeners = new ArrayList<>();
  private final List<Gauge> gauges = new ArrayList<>();
  private volatile int port;
  private volatile int tlsPort;
  private volatile StateStore store;
  private Broker broker;
  private Admission admission;
  private RetainedMessages retained;
  private MqttMetrics metrics;
  private volatile Seen seen = new Seen(0, 0, 0, 0, 0, 0);

  /**
   * @param connection null as long as the client is not let in
   */
  private record Opened(long nanos, MqttConnection connection) {}

  /** What others may see of the event loop's state, as it was a moment ago. */
  private record Seen(
      int kept,
      int subscriptions,
      long queuedBytes,
      int retained,
      long retainedBytes,
      long paused) {}

  public MqttBroker(MqttConfig config, Intake intake, Clock clock, MeterRegistry registry) {
    this.config = config;
    this.intake = intake;
    this.clock = clock;
    this.registry = registry;
  }

  /** The port it listens on, once deployed. */
  public int actualPort() {
    return port;
  }

  /** The port it listens on with TLS, once deployed; 0 without TLS. */
  public int actualTlsPort() {
    return tlsPort;
  }

  /** Why sessions and retained messages are not kept now; empty while all is well. */
  public Optional<String> problem() {
    StateStore opened = store;
    return opened == null ? Optional.of("not started") : opened.problem();
  }

  @Override
  public Future<?> start() {
    context.exceptionHandler(failure -> log.error("Unhandled failure", failure));
    SortedMap<String, byte[]> kept = new TreeMap<>();
    return vertx
        .executeBlocking(() -> StateStore.open(config.directory(), kept::put))
        .compose(
            opened -> {
              store = opened;
              build(kept);
              return listen();
            });
  }

  private void build(SortedMap<String, byte[]> kept) {
    metrics = new MqttMetrics(registry);
    intake.addSource(Broker.SOURCE);
    Sessions sessions = new Sessions(config.sessions(), store, context, clock, metrics);
    retained = new RetainedMessages(config.sessions(), store, clock);
    Exchange exchange = new Exchange(sessions, retained, store, context, metrics);
    Wills wills = new Wills(exchange, sessions, intake, store, clock);
    Backpressure backpressure =
        new Backpressure(vertx, intake, config.maxUnacknowledgedBytesOfAll());
    broker =
        new Broker(vertx, config, intake, sessions, exchange, wills, backpressure, clock, metrics);
    admission =
        new Admission(
            broker,
            new Authenticator(vertx, config, new SecureRandom()),
            () -> connections.get() < config.maxConnections(),
            this::accepted);
    StateEntries.each(kept, StateKeys.RETAINED, retained::recover);
    sessions.recover(kept);
    wills.recover(kept);
    look();
    gauge("connections", "MQTT clients connected", MqttBroker::connections);
    gauge("sessions.kept", "sessions that outlive their connection", it -> it.seen.kept());
    gauge("subscriptions", "subscriptions of all clients", it -> it.seen.subscriptions());
    gauge(
        "queued.bytes",
        "bytes that wait for subscribers, wills included",
        it -> it.seen.queuedBytes());
    gauge("retained.messages", "topics with a retained message", it -> it.seen.retained());
    gauge("retained.bytes", "all retained messages", it -> it.seen.retainedBytes());
    gauge("paused.connections", "clients that are not read from", it -> it.seen.paused());
  }

  private void gauge(String name, String description, ToDoubleFunction<MqttBroker> value) {
    gauges.add(
        Gauge.builder("boe.edge.mqtt." + name, this, value)
            .description(description)
            .register(registry));
  }

  private int connections() {
    return connections.get();
  }

  /** Reads on the event loop what others want to see. */
  private void look() {
    Sessions sessions = broker.sessions();
    seen =
        new Seen(
            sessions.kept(),
            sessions.tree().size(),
            sessions.queuedBytes(),
            retained.size(),
            retained.bytes(),
            opened.keySet().stream().filter(Wire::isPaused).count());
  }

  /** For {@code /status}. Safe for any thread. */
  public JsonObject status() {
    Seen now = seen;
    return new JsonObject()
        .put("connections", connections())
        .put("keptSessions", now.kept())
        .put("subscriptions", now.subscriptions())
        .put("queuedBytes", now.queuedBytes())
        .put("retainedMessages", now.retained())
        .put("pausedConnections", now.paused())
        .put("problem", problem().orElse(null));
  }

  /**
   * Publishes a message of the bridge's own: to subscribers, and not to the intake. Safe for any
   * thread, once deployed.
   *
   * @param retain whether the topic keeps it; durable soon after
   */
  public void publish(String topic, Buffer payload, boolean retain) {
    context.runOnContext(
        now ->
            broker
                .exchange()
                .publish(
                    new Message(
                        topic,
                        payload.getBytes(),
                        retain ? 1 : 0,
                        retain,
                        MqttProperties.NO_PROPERTIES,
                        Message.NEVER),
                    null)
                .onFailure(
                    failure -> log.debug("{} may not survive: {}", topic, failure.toString())));
  }

  /** The retained messages whose topic begins so; completes on the broker's event loop. */
  public Future<SortedMap<String, Buffer>> retained(String prefix) {
    Promise<SortedMap<String, Buffer>> found = Promise.promise();
    context.runOnContext(now -> found.complete(retained.startingWith(prefix)));
    return found.future();
  }

  private Future<Void> listen() {
    MqttListener plain = listener(options(config.host(), config.port()), "BOE_MQTT_PORT");
    Future<Void> listening = plain.listen().onSuccess(done -> port = plain.port());
    if (config.tls().isPresent()) {
      MqttTlsConfig tls = config.tls().get();
      MqttServerOptions options = options(tls.host(), tls.port());
      options
          .setSsl(true)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .setCertPath(tls.certificateFile().toString())
                  .setKeyPath(tls.keyFile().toString()));
      options.setSslHandshakeTimeout(config.connectTimeout().toSeconds());
      options.setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
      MqttListener secure = listener(options, "BOE_MQTT_TLS_PORT");
      listening =
          listening.compose(done -> secure.listen().onSuccess(also -> tlsPort = secure.port()));
    }
    return listening.onSuccess(
        done -> {
          vertx.setPeriodic(SWEEP_MILLIS, timer -> sweep());
          vertx.setPeriodic(RETAINED_SWEEP_MILLIS, timer -> retained.removeExpired());
          log.info("MQTT listens on {}:{}", config.host(), port);
          config
              .tls()
              .ifPresent(tls -> log.info("MQTT with TLS listens on {}:{}", tls.host(), tlsPort));
        });
  }

  private MqttServerOptions options(String host, int port) {
    MqttServerOptions options = new MqttServerOptions();
    options
        .setHost(host)
        .setPort(port)
        .setMaxMessageSize(broker.maxPacketBytes())
        .setMaxClientIdLength(Admission.MAX_CLIENT_ID_LENGTH)
        .setTimeoutOnConnect(0); // check() does that, also to those who dribble
    options.setTcpKeepAlive(true); // for clients of MQTT 3 that promise no sign of life
    return options;
  }

  private MqttListener listener(MqttServerOptions options, String portVariable) {
    MqttListener listener =
        new MqttListener(
            vertx,
            options,
            portVariable,
            broker.maxPacketBytes(),
            this::open,
            this::close,
            admission::connect);
    listeners.add(listener);
    return listener;
  }

  private void open(Wire wire) {
    opened.put(wire, new Opened(System.nanoTime(), null));
    if (opened.size() - connections.get() > MAX_STRANGERS) {
      metrics.refused(Refusal.BUSY);
      wire.end(MqttDisconnectReasonCode.SERVER_BUSY);
    }
  }

  private void accepted(Wire wire, MqttConnection connection) {
    opened.computeIfPresent(wire, (it, before) -> new Opened(before.nanos(), connection));
    connections.incrementAndGet();
  }

  private void close(Wire wire) {
    Opened before = opened.remove(wire);
    if (before != null && before.connection() != null) {
      connections.decrementAndGet();
    }
  }

  private void sweep() {
    long now = System.nanoTime();
    List.copyOf(opened.entrySet()).forEach(entry -> check(entry.getKey(), entry.getValue(), now));
    broker.wills().publishDue();
    broker.sessions().expire(broker.wills()::publishOf);
    look();
  }

  private void check(Wire wire, Opened it, long now) {
    if (it.connection() != null) {
      it.connection().checkKeepAlive();
    } else if (now - it.nanos() > config.connectTimeout().toNanos()) {
      if (wire.hasEnded()) {
        wire.close(); // a client that was not let in, and stays
      } else if (!wire.hasSaidConnect()) {
        metrics.refused(Refusal.TIMEOUT);
        wire.end(MqttDisconnectReasonCode.MAXIMUM_CONNECT_TIME);
      }
    }
  }

  /**
   * Wills are not published now but by the next process: whoever is connected only moves over (MQTT
   * 5, 3.1.2.5).
   */
  @Override
  public Future<?> stop() {
    gauges.forEach(registry::remove);
    for (Wire wire : List.copyOf(opened.keySet())) {
      wire.closeHandler(ignored -> {});
      wire.end(MqttDisconnectReasonCode.SERVER_SHUTTING_DOWN);
    }
    return Future.join(listeners.stream().map(MqttListener::close).toList())
        .otherwiseEmpty()
        .compose(
            done ->
                vertx.executeBlocking(
                    () -> {
                      if (store != null) {
                        store.close();
                      }
                      return null;
                    }));
  }
}
