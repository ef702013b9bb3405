package io.blockofenergy.edge.source;

import io.blockofenergy.edge.intake.Intake;
import io.blockofenergy.edge.intake.Intake.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import io.vertx.mqtt.MqttConnectionException;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.MqttSubAckMessage;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One external broker: a persistent session (MQTT 3.1.1, clean session off) whose messages are
 * acknowledged, in their order, when the intake has them safe. What the intake refuses is not
 * acknowledged: the connection is given up, and the broker delivers it again on the next one. It
 * comes back by itself, after a pause that grows and is half chance. Works on one event loop; safe
 * for any thread.
 */
final class Source {
  private static final Logger log = LoggerFactory.getLogger(Source.class);
  private static final long CONNECT_TIMEOUT_MS = 10_000;
  private static final long STOP_TIMEOUT_MS = 5_000;
  private static final long FIRST_PAUSE_MS = 200;
  private static final long LONGEST_PAUSE_MS = 30_000;
  private static final int REFUSED_SUBSCRIPTION = 0x80;

  private static final class Pending {
    final MqttPublishMessage message;
    boolean safe;

    Pending(MqttPublishMessage message) {
      this.message = message;
    }
  }

  private final Vertx vertx;
  private final Context context;
  private final String bridge;
  private final SourceConfig config;
  private final List<String> filters;
  private final List<String> obsolete;
  private final Intake intake;
  private final Clock clock;
  private final MeterRegistry registry;

  // Shown to those who ask for the status.
  private volatile boolean connected;
  private volatile Instant since;
  private volatile Instant lastMessageAt;
  private volatile String problem = "not connected yet";

  // The context's own.
  private final ArrayDeque<Pending> unacknowledged = new ArrayDeque<>();
  private final Counter connections;
  private Gauge connectedGauge;
  private MqttClient client;
  private Promise<Void> drained;
  private boolean overlapping;
  private boolean stopping;
  private int attempts;

  /**
   * @param before the configuration that the broker's session was made by, or null: what it
   *     subscribed to and this one does not is unsubscribed
   */
  Source(
      Vertx vertx,
      String bridge,
      SourceConfig config,
      SourceConfig before,
      Intake intake,
      Clock clock,
      MeterRegistry registry) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.bridge = bridge;
    this.config = config;
    this.filters = new TopicFilters(config.topics()).filters();
    this.obsolete =
        before == null ? new ArrayList<>() : new TopicFilters(before.topics()).filters();
    this.obsolete.removeAll(filters);
    this.intake = intake;
    this.clock = clock;
    this.registry = registry;
    this.connections =
        Counter.builder("boe.edge.source.connections")
            .description("times that the bridge has connected to this broker")
            .tag("source", config.name())
            .register(registry);
    intake.addSource(config.name());
    this.since = clock.instant();
  }

  SourceConfig config() {
    return config;
  }

  /** {@code {uri, connected, since, lastMessageAt, problem}}. */
  JsonObject status() {
    return new JsonObject()
        .put("uri", config.uri())
        .put("connected", connected)
        .put("since", since.truncatedTo(ChronoUnit.MILLIS).toString())
        .put(
            "lastMessageAt",
            lastMessageAt == null ? null : lastMessageAt.truncatedTo(ChronoUnit.MILLIS).toString())
        .put("problem", problem);
  }

  /** Connects. Its predecessor under the same name has stopped. */
  void start() {
    context.runOnContext(
        now -> {
          connectedGauge =
              Gauge.builder("boe.edge.source.connected", this, source -> source.connected ? 1 : 0)
                  .description("1 while the bridge is connected to this broker")
                  .tag("source", config.name())
                  .register(registry);
          connect();
        });
  }

  /**
   * Stops for good: takes nothing more, waits for what is with the intake, acknowledges it and
   * disconnects. The broker keeps what was not taken.
   *
   * @param endSession whether the broker is to forget the session, and what it keeps for it
   */
  Future<Void> stop(boolean endSession) {
    Promise<Void> stopped = Promise.promise();
    context.runOnContext(
        now -> {
          stopping = true;
          registry.remove(connectedGauge);
          drained = Promise.promise();
          acknowledge();
          drained
              .future()
              .timeout(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS)
              .otherwiseEmpty()
              .compose(done -> client == null ? Future.succeededFuture() : client.disconnect())
              .otherwiseEmpty()
              .compose(done -> endSession ? endSession() : Future.succeededFuture())
              .onComplete(
                  done -> {
                    connected = false;
                    problem = "stopped";
                  })
              .onComplete(stopped);
        });
    return stopped.future();
  }

  private Future<Void> endSession() {
    MqttClient clean = MqttClient.create(vertx, options(true));
    return clean
        .connect(config.port(), config.host())
        .timeout(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .compose(connack -> clean.disconnect())
        .recover(
            failure -> {
              log.info(
                  "source {}: its session at {} could not be ended and may keep messages: {}",
                  config.name(),
                  config.uri(),
                  failure.getMessage());
              return clean.disconnect();
            })
        .otherwiseEmpty();
  }

  private MqttClientOptions options(boolean cleanSession) {
    MqttClientOptions options = new MqttClientOptions();
    options
        .setClientId(config.clientId(bridge))
        .setCleanSession(cleanSession)
        .setKeepAliveInterval((int) config.keepAlive().toSeconds())
        .setMaxMessageSize(config.maxMessageBytes());
    options.setAutoAck(false);
    options.setConnectTimeout((int) CONNECT_TIMEOUT_MS);
    config.user().ifPresent(options::setUsername);
    config.password().ifPresent(password -> options.setPassword(password.reveal()));
    if (config.tls()) {
      options.setSsl(true);
      options.setHostnameVerificationAlgorithm("HTTPS");
      config
          .authorities()
          .ifPresent(
              pem ->
                  options.setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(pem))));
    }
    return options;
  }

  private void connect() {
    if (stopping) {
      return;
    }
    MqttClient attempt = MqttClient.create(vertx, options(false));
    client = attempt;
    // Before the connection is there: a session that was kept delivers at once.
    attempt.publishHandler(message -> received(attempt, message));
    attempt.subscribeCompletionHandler(answer -> subscribed(attempt, answer));
    attempt.unsubscribeCompletionHandler(id -> overlapping = false);
    attempt.exceptionHandler(
        failure -> log.debug("source {}: {}", config.name(), failure.toString()));
    attempt.closeHandler(closed -> lost(attempt, "connection lost"));
    attempt
        .connect(config.port(), config.host())
        .timeout(CONNECT_TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .compose(connack -> subscribe(attempt))
        .onFailure(failure -> giveUp(attempt, reason(failure)));
  }

  private Future<Integer> subscribe(MqttClient attempt) {
    Map<String, Integer> wanted = new LinkedHashMap<>();
    filters.forEach(filter -> wanted.put(filter, MqttQoS.AT_LEAST_ONCE.value()));
    // In this order no message falls between; one that both filters match may come twice.
    overlapping = !obsolete.isEmpty();
    Future<Integer> subscribed = attempt.subscribe(wanted);
    return overlapping ? subscribed.compose(id -> attempt.unsubscribe(obsolete)) : subscribed;
  }

  private void subscribed(MqttClient attempt, MqttSubAckMessage answer) {
    if (attempt != client) {
      return;
    }
    if (answer.grantedQoSLevels().contains(REFUSED_SUBSCRIPTION)) {
      giveUp(attempt, "the broker refuses a subscription");
      return;
    }
    connected = true;
    since = clock.instant();
    problem = null;
    connections.increment();
    log.info("source {}: connected to {}", config.name(), config.uri());
  }

  private void received(MqttClient attempt, MqttPublishMessage message) {
    if (attempt != client || stopping) {
      return; // not acknowledged, so it comes again
    }
    lastMessageAt = clock.instant();
    Pending pending = new Pending(message);
    boolean kept = message.qosLevel() != MqttQoS.AT_MOST_ONCE;
    if (kept) {
      unacknowledged.add(pending);
    }
    if (message.isRetain()) {
      // It repeats what was published before: then it was taken, or it is older than this bridge.
      intake.count(config.name(), Outcome.RETAINED);
      pending.safe = true;
      acknowledge();
      return;
    }
    boolean maybeAgain = message.isDup() || overlapping;
    intake
        .take(config.name(), message.topicName(), message.payload(), maybeAgain, kept)
        .onSuccess(
            outcome ->
                context.runOnContext(
                    now -> {
                      if (attempt != client || !kept) {
                        return;
                      }
                      if (outcome == Outcome.REFUSED) {
                        giveUp(attempt, "the bridge cannot take messages now");
                      } else {
                        pending.safe = true;
                        acknowledge();
                      }
                    }));
  }

  /** In the order of arrival (MQTT-4.6.0-2). */
  private void acknowledge() {
    while (!unacknowledged.isEmpty() && unacknowledged.peek().safe) {
      unacknowledged.remove().message.ack();
      attempts = 0;
    }
    if (drained != null && unacknowledged.isEmpty()) {
      drained.tryComplete();
    }
  }

  private void giveUp(MqttClient attempt, String why) {
    if (attempt != client) {
      return;
    }
    lost(attempt, why);
    attempt
        .disconnect()
        .onFailure(failure -> log.debug("source {}: {}", config.name(), failure.toString()));
  }

  private void lost(MqttClient attempt, String why) {
    if (attempt != client) {
      return;
    }
    client = null;
    unacknowledged.clear(); // the broker has them still
    acknowledge();
    if (!stopping && (connected || !why.equals(problem))) {
      log.warn("source {}: {} at {}; trying again", config.name(), why, config.uri());
      since = clock.instant();
    }
    connected = false;
    problem = why;
    if (!stopping) {
      long ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(attempts++, 10));
      vertx.setTimer(
          ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1), timer -> connect());
    }
  }

  private static String reason(Throwable failure) {
    return failure instanceof MqttConnectionException refusal
        ? "refused: " + refusal.code()
        : "no connection: " + failure.getMessage();
  }
}
