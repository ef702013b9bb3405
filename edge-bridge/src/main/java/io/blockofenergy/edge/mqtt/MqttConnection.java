package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.intake.Intake;
import io.blockofenergy.edge.intake.Intake.Outcome;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.messages.MqttPublishMessage;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: acknowledges its messages in the order they came (MQTT-4.6.0), each once
 * it is safe. Used on one event loop.
 */
final class MqttConnection {
  /** What outlives a connection of a client that keeps its session (MQTT 3.1.1, 4.1). */
  static final class Session {
    /** Packet ids at QoS 2 that are journaled and not yet released (MQTT-4.3.3). */
    private final Set<Integer> unreleased = new HashSet<>();
  }

  private static final Logger log = LoggerFactory.getLogger(MqttConnection.class);

  /** A client has to release some time; without a bound it could fill the memory with ids. */
  private static final int MAX_UNRELEASED = 4096;

  /** What one unacknowledged message takes beside its payload, roughly: empty ones count too. */
  private static final int OVERHEAD_BYTES = 128;

  private static final class Pending {
    final MqttQoS qos;
    final int packetId;
    final int bytes;
    Outcome outcome;

    Pending(MqttPublishMessage message) {
      qos = message.qosLevel();
      packetId = message.messageId();
      bytes = message.payload().length() + OVERHEAD_BYTES;
    }
  }

  private final MqttEndpoint endpoint;
  private final Session session;
  private final Intake intake;
  private final long maxUnacknowledgedBytes;
  private final ArrayDeque<Pending> unacknowledged = new ArrayDeque<>();
  private long unacknowledgedBytes;

  MqttConnection(
      MqttEndpoint endpoint, Session session, Intake intake, long maxUnacknowledgedBytes) {
    this.endpoint = endpoint;
    this.session = session;
    this.intake = intake;
    this.maxUnacknowledgedBytes = maxUnacknowledgedBytes;
    endpoint.publishAutoAck(false);
    endpoint.publishHandler(this::publish);
    endpoint.publishReleaseHandler(this::release);
    endpoint.subscribeHandler(
        subscribe ->
            endpoint.subscribeAcknowledge(
                subscribe.messageId(),
                Collections.nCopies(subscribe.topicSubscriptions().size(), MqttQoS.FAILURE)));
    endpoint.unsubscribeHandler(
        unsubscribe -> endpoint.unsubscribeAcknowledge(unsubscribe.messageId()));
    endpoint.exceptionHandler(
        failure -> log.debug("Client {}: {}", endpoint.clientIdentifier(), failure.toString()));
  }

  void close() {
    if (endpoint.isConnected()) {
      endpoint.close();
    }
  }

  private void publish(MqttPublishMessage message) {
    if (message.qosLevel() == MqttQoS.AT_MOST_ONCE) {
      intake.take(MqttIngress.SOURCE, message.topicName(), message.payload(), false, false);
      return;
    }
    Pending pending = new Pending(message);
    unacknowledged.add(pending);
    unacknowledgedBytes += pending.bytes;
    if (unacknowledgedBytes > maxUnacknowledgedBytes) {
      log.debug("Client {} has too much unacknowledged", endpoint.clientIdentifier());
      close();
      return;
    }
    // A client that has lost its state may reuse an id, but then not with DUP.
    if (pending.qos == MqttQoS.EXACTLY_ONCE
        && message.isDup()
        && session.unreleased.contains(pending.packetId)) {
      pending.outcome = Outcome.DUPLICATE;
      intake.count(MqttIngress.SOURCE, Outcome.DUPLICATE);
      acknowledge();
      return;
    }
    intake
        .take(MqttIngress.SOURCE, message.topicName(), message.payload(), message.isDup(), true)
        .onSuccess(
            outcome -> {
              pending.outcome = outcome;
              acknowledge();
            });
  }

  private void acknowledge() {
    while (!unacknowledged.isEmpty() && unacknowledged.peek().outcome != null) {
      Pending pending = unacknowledged.poll();
      unacknowledgedBytes -= pending.bytes;
      if (!endpoint.isConnected()) {
        continue;
      }
      if (pending.outcome == Outcome.REFUSED) {
        // MQTT 3.1.1 cannot refuse a message; the client sends it again on its next connection.
        close();
      } else if (pending.qos == MqttQoS.AT_LEAST_ONCE) {
        endpoint.publishAcknowledge(pending.packetId);
      } else if (session.unreleased.size() >= MAX_UNRELEASED) {
        close();
      } else {
        session.unreleased.add(pending.packetId);
        endpoint.publishReceived(pending.packetId);
      }
    }
  }

  private void release(int packetId) {
    session.unreleased.remove(packetId);
    endpoint.publishComplete(packetId);
  }
}
