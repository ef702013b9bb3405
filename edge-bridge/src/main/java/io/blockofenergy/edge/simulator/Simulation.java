package io.blockofenergy.edge.simulator;

import io.blockofenergy.telemetry.Secret;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import io.vertx.mqtt.MqttConnectionException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a household at QoS 1 over one MQTT connection: live at once, the history beside it at a
 * bounded rate. When the connection is lost it comes back by itself; then unacknowledged history is
 * published again, while live messages are not, just as a plug does not keep them: the next one
 * carries the counter on.
 */
final class Simulation extends VerticleBase {
  /**
   * Where and how fast.
   *
   * @param user null to connect without credentials
   * @param password null for none; only with a user
   * @param interval between two live messages of one meter, in whole seconds
   * @param historyStep between two messages of one meter's past, in whole seconds
   * @param historyPerSecond messages of the past published in a second, at most
   */
  record Options(
      String host,
      int port,
      String user,
      Secret password,
      Duration interval,
      Duration historyStep,
      int historyPerSecond) {}

  /** A message that is on its way; without a history item it is a live one. */
  private record Pending(History.Item item) {}

  private static final Logger LOG = LoggerFactory.getLogger(Simulation.class);
  private static final int HISTORY_WINDOW = 400;
  private static final int LIVE_WINDOW = 64;
  private static final long PUMP_MS = 50;
  private static final long SAVE_MS = 2_000;
  private static final long SUMMARY_MS = 60_000;
  private static final long CONNECT_TIMEOUT_S = 10;
  private static final long FIRST_RETRY_MS = 500;
  private static final long LONGEST_RETRY_MS = 15_000;
  private static final long DRAIN_MS = 2_000;

  private final Household household;
  private final History history;
  private final Options options;
  private final Clock clock;
  private final Promise<Void> refused = Promise.promise();

  private final Map<Integer, Pending> pending = new HashMap<>();
  // Acknowledgements that overtook the completion of their own write.
  private final Set<Integer> early = new HashSet<>();
  private MqttClient client;
  private boolean stopping;
  private boolean awayReported;
  private boolean historyReported;
  private int attempts;
  private int liveOnTheWay;
  private long publishedCount;
  private long acknowledgedCount;
  private long skippedCount;
  private Promise<Void> drained;

  Simulation(Household household, History history, Options options, Clock clock) {
    this.household = household;
    this.history = history;
    this.options = options;
    this.clock = clock;
  }

  /** Fails when the broker refuses the connection for good; never succeeds. */
  Future<Void> refused() {
    return refused.future();
  }

  @Override
  public Future<?> start() {
    List<Meter> meters = household.meters();
    for (int i = 0; i < meters.size(); i++) {
      Meter meter = meters.get(i);
      // One plug after another, not all in the same instant.
      long offset = 1 + options.interval().toMillis() * i / meters.size();
      vertx.setPeriodic(offset, options.interval().toMillis(), timer -> live(meter));
    }
    vertx.setPeriodic(PUMP_MS, timer -> pumpHistory());
    vertx.setPeriodic(SAVE_MS, timer -> history.save());
    vertx.setPeriodic(SUMMARY_MS, timer -> summarise());
    historyReported = history.done();
    connect();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    stopping = true;
    if (client == null) {
      history.save();
      return Future.succeededFuture();
    }
    drained = Promise.promise();
    settleDrain();
    return drained
        .future()
        .timeout(DRAIN_MS, TimeUnit.MILLISECONDS)
        .otherwiseEmpty()
        .compose(done -> client == null ? Future.succeededFuture() : client.disconnect())
        .otherwiseEmpty()
        .onComplete(
            done -> {
              history.save();
              summarise();
            });
  }

  private void connect() {
    MqttClientOptions mqtt = new MqttClientOptions();
    mqtt.setClientId("simulator-" + Long.toHexString(ThreadLocalRandom.current().nextLong()))
        .setCleanSession(true)
        .setKeepAliveInterval(20)
        .setMaxInflightQueue(HISTORY_WINDOW + LIVE_WINDOW)
        .setConnectTimeout((int) TimeUnit.SECONDS.toMillis(CONNECT_TIMEOUT_S));
    if (options.user() != null) {
      mqtt.setUsername(options.user());
      if (options.password() != null) {
        mqtt.setPassword(options.password().reveal());
      }
    }
    MqttClient attempt = MqttClient.create(vertx, mqtt);
    attempt.publishCompletionHandler(id -> acknowledged(attempt, id));
    attempt.exceptionHandler(cause -> LOG.debug("connection failed", cause));
    attempt.closeHandler(closed -> lost(attempt));
    attempt
        .connect(options.port(), options.host())
        .timeout(CONNECT_TIMEOUT_S, TimeUnit.SECONDS)
        .onSuccess(connack -> connected(attempt))
        .onFailure(cause -> notConnected(attempt, cause));
  }

  private void connected(MqttClient attempt) {
    if (stopping) {
      attempt.disconnect().onFailure(cause -> LOG.debug("disconnecting failed", cause));
      return;
    }
    client = attempt;
    attempts = 0;
    awayReported = false;
    LOG.info(
        "connected to {}:{}, publishing {} plugs every {} s{}",
        options.host(),
        options.port(),
        household.meters().size(),
        options.interval().toSeconds(),
        history.done() ? "" : ", and their history (" + history.percent() + " % done)");
  }

  private void notConnected(MqttClient attempt, Throwable cause) {
    attempt.disconnect().onFailure(ignored -> LOG.debug("nothing to disconnect"));
    if (cause instanceof MqttConnectionException refusal
        && refusal.code() != MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE) {
      stopping = true;
      refused.tryFail(refusal);
      return;
    }
    if (!awayReported) {
      awayReported = true;
      LOG.warn(
          "no broker at {}:{} ({}); trying again until there is one",
          options.host(),
          options.port(),
          cause.getMessage());
    }
    retry();
  }

  private void lost(MqttClient connection) {
    if (client != connection) {
      return;
    }
    client = null;
    pending.clear();
    early.clear();
    liveOnTheWay = 0;
    history.rewind();
    if (stopping) {
      settleDrain();
    } else {
      LOG.warn("lost the connection to {}:{}", options.host(), options.port());
      retry();
    }
  }

  private void retry() {
    if (stopping) {
      return;
    }
    long ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS << Math.min(attempts++, 10));
    vertx.setTimer(
        ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1),
        timer -> {
          if (!stopping) {
            connect();
          }
        });
  }

  private void live(Meter meter) {
    if (stopping) {
      return;
    }
    if (client == null || liveOnTheWay >= LIVE_WINDOW) {
      skippedCount++;
      return;
    }
    liveOnTheWay++;
    publish(meter, clock.instant().truncatedTo(ChronoUnit.SECONDS), options.interval(), null);
  }

  private void pumpHistory() {
    if (client == null || stopping) {
      return;
    }
    long budget = Math.max(1, options.historyPerSecond() * PUMP_MS / 1_000);
    while (budget-- > 0 && history.outstanding() < HISTORY_WINDOW) {
      History.Item item = history.next();
      if (item == null) {
        break;
      }
      publish(household.meters().get(item.meter), item.at, options.historyStep(), item);
    }
    if (!historyReported && history.done()) {
      historyReported = true;
      history.save();
      LOG.info("the history is published");
    }
  }

  private void publish(Meter meter, Instant at, Duration period, History.Item item) {
    MqttClient connection = client;
    Pending message = new Pending(item);
    publishedCount++;
    connection
        .publish(
            TasmotaMessage.topic(meter.name()),
            Buffer.buffer(TasmotaMessage.of(meter, at, period)),
            MqttQoS.AT_LEAST_ONCE,
            item != null && history.mayRepeat(),
            false)
        .onSuccess(
            id -> {
              if (client == connection) {
                pending.put(id, message);
                if (early.remove(id)) {
                  acknowledged(connection, id);
                }
              }
            })
        .onFailure(
            cause -> {
              // An unknown fate: end the connection, and all that is on it is decided anew.
              LOG.debug("publishing failed", cause);
              connection.disconnect().onFailure(ignored -> lost(connection));
            });
  }

  private void acknowledged(MqttClient connection, int id) {
    if (client != connection) {
      return;
    }
    Pending message = pending.remove(id);
    if (message == null) {
      early.add(id);
      return;
    }
    acknowledgedCount++;
    if (message.item() == null) {
      liveOnTheWay--;
    } else {
      history.acknowledged(message.item());
    }
    settleDrain();
  }

  private void settleDrain() {
    if (drained != null && pending.isEmpty()) {
      drained.tryComplete();
    }
  }

  private void summarise() {
    LOG.info(
        "{} readings published, {} acknowledged, {} left out while the broker was away or slow;"
            + " the household draws {} W{}",
        publishedCount,
        acknowledgedCount,
        skippedCount,
        Math.round(household.powerW(clock.instant())),
        history.done() ? "" : "; history " + history.percent() + " %");
  }
}
