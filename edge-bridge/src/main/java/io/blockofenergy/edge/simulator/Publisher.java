package io.blockofenergy.edge.simulator;

import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.mqtt.MqttClient;
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
 * One MQTT connection that publishes at QoS 1. When it is lost it comes back by itself, and forgets
 * what was not acknowledged: its owner decides what is published again. For one event loop.
 */
final class Publisher {
  /** Messages that count as one: acknowledged when the last of them is. */
  private static final class Delivery {
    private final Runnable acknowledged;
    private int missing;

    Delivery(int messages, Runnable acknowledged) {
      this.missing = messages;
      this.acknowledged = acknowledged;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
  private static final long FIRST_RETRY_MS = 500;
  private static final long LONGEST_RETRY_MS = 15_000;
  private static final long DRAIN_MS = 2_000;

  /** One device's messages may go over the window, so that a device always fits. */
  private static final int LARGEST_DELIVERY = 16;

  private final Broker broker;
  private final int window;
  private final Runnable connected;
  private final Runnable lost;
  private final Map<Integer, Delivery> pending = new HashMap<>();
  // Acknowledgements that overtook the completion of their own write.
  private final Set<Integer> early = new HashSet<>();
  private MqttClient client;
  private boolean stopping;
  private int attempts;
  private int onTheWay;
  private Promise<Void> drained;

  /**
   * @param window messages that may be on the way
   * @param connected called when there is a connection, at first and again
   * @param lost called when a connection is gone, and with it what was on the way
   */
  Publisher(Broker broker, int window, Runnable connected, Runnable lost) {
    this.broker = broker;
    this.window = window;
    this.connected = connected;
    this.lost = lost;
  }

  void start() {
    MqttClient attempt = broker.client(window + LARGEST_DELIVERY);
    attempt.publishCompletionHandler(id -> acknowledged(attempt, id));
    attempt.exceptionHandler(cause -> LOG.debug("connection failed", cause));
    attempt.closeHandler(closed -> lost(attempt));
    broker
        .connect(attempt)
        .onSuccess(connack -> connected(attempt))
        .onFailure(cause -> notConnected(attempt, cause));
  }

  /** Waits for what is on the way, but not for long, and disconnects. Never fails. */
  Future<Void> stop() {
    stopping = true;
    if (client == null) {
      return Future.succeededFuture();
    }
    drained = Promise.promise();
    settleDrain();
    return drained
        .future()
        .timeout(DRAIN_MS, TimeUnit.MILLISECONDS)
        .otherwiseEmpty()
        .compose(done -> client == null ? Future.succeededFuture() : client.disconnect())
        .otherwiseEmpty();
  }

  /** Whether there is a connection with room for another device's messages. */
  boolean ready() {
    return client != null && !stopping && onTheWay < window;
  }

  /**
   * Publishes what counts as one. Only when it is {@link #ready}.
   *
   * @param messages at most {@value #LARGEST_DELIVERY}
   * @param mayRepeat whether they may have been published before, and are to be marked so
   * @param acknowledged called when the broker has them all; never when the connection is lost
   */
  void publish(List<Message> messages, boolean mayRepeat, Runnable acknowledged) {
    MqttClient connection = client;
    Delivery delivery = new Delivery(messages.size(), acknowledged);
    onTheWay += messages.size();
    for (Message message : messages) {
      connection
          .publish(
              message.topic(),
              Buffer.buffer(message.payload()),
              MqttQoS.AT_LEAST_ONCE,
              mayRepeat,
              false)
          .onSuccess(id -> sent(connection, id, delivery))
          .onFailure(
              cause -> {
                // An unknown fate: end the connection, and all that is on it is decided anew.
                LOG.debug("publishing failed", cause);
                connection.disconnect().onFailure(ignored -> lost(connection));
              });
    }
  }

  private void sent(MqttClient connection, int id, Delivery delivery) {
    if (client == connection) {
      pending.put(id, delivery);
      if (early.remove(id)) {
        acknowledged(connection, id);
      }
    }
  }

  private void acknowledged(MqttClient connection, int id) {
    if (client != connection) {
      return;
    }
    Delivery delivery = pending.remove(id);
    if (delivery == null) {
      early.add(id);
      return;
    }
    onTheWay--;
    delivery.missing--;
    if (delivery.missing == 0) {
      delivery.acknowledged.run();
    }
    settleDrain();
  }

  private void connected(MqttClient attempt) {
    if (stopping) {
      attempt.disconnect().onFailure(cause -> LOG.debug("disconnecting failed", cause));
      return;
    }
    client = attempt;
    attempts = 0;
    connected.run();
  }

  private void notConnected(MqttClient attempt, Throwable cause) {
    attempt.disconnect().onFailure(ignored -> LOG.debug("nothing to disconnect"));
    if (!Broker.refuses(cause)) {
      retry();
    }
  }

  private void lost(MqttClient connection) {
    if (client != connection) {
      return;
    }
    client = null;
    pending.clear();
    early.clear();
    onTheWay = 0;
    if (stopping) {
      settleDrain();
    } else {
      lost.run();
      retry();
    }
  }

  private void retry() {
    if (stopping) {
      return;
    }
    long ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS << Math.min(attempts++, 10));
    broker
        .vertx()
        .setTimer(
            ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1),
            timer -> {
              if (!stopping) {
                start();
              }
            });
  }

  private void settleDrain() {
    if (drained != null && onTheWay == 0) {
      drained.tryComplete();
    }
  }
}
