package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.intake.Intake.Outcome;
import io.blockofenergy.edge.mqtt.MqttMetrics.Denial;
import io.blockofenergy.edge.mqtt.Wire.Pause;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.vertx.core.Future;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What one client publishes: to the intake and to subscribers, acknowledged in the order in which
 * it came (MQTT-4.6.0-2), each message once it is safe. A client that is ahead of what can be made
 * safe, or faster than it may be, is not read from until it is not. Used on one event loop.
 */
final class PublisherFlow {
  /** What an MQTT 5 client is told as receive maximum. */
  static final int RECEIVE_MAXIMUM = 1000;

  /** Clients before MQTT 5 are not told, and have to release some time all the same. */
  private static final int MAX_UNRELEASED = 4096;

  /** What one unacknowledged message takes beside its payload, roughly: empty ones count too. */
  private static final int OVERHEAD_BYTES = 512;

  private static final class Pending {
    final MqttPublishMessage message;
    final String topic;
    final int qos;
    final int bytes;
    int reason = Packets.SUCCESS;
    Outcome outcome;
    boolean received;
    boolean safe;
    boolean refused;

    Pending(MqttPublishMessage message, String topic) {
      this.message = message;
      this.topic = topic;
      this.qos = message.qosLevel().value();
      this.bytes = message.payload().length() + OVERHEAD_BYTES;
    }
  }

  private final Broker broker;
  private final MqttConnection connection;
  private final Wire wire;
  private final Session session;
  private final AccessList access;
  private final PublishRate rate;
  private final TopicAliases aliases = new TopicAliases();
  private final Deque<Pending> unacknowledged = new ArrayDeque<>();

  /** Of those at QoS 2: they are forwarded when the intake has them, in their order. */
  private final Deque<Pending> unforwarded = new ArrayDeque<>();

  /** Those at QoS 2 that are in both, until their PUBREC is sent. */
  private int receivedAndUnacknowledged;

  private long unacknowledgedBytes;
  private Pending held;

  PublisherFlow(
      Broker broker, MqttConnection connection, Wire wire, Session session, AccessList access) {
    this.broker = broker;
    this.connection = connection;
    this.wire = wire;
    this.session = session;
    this.access = access;
    this.rate = new PublishRate(broker.config().maxPublishRate(), System.nanoTime());
  }

  /** PUBLISH. */
  void publish(MqttPublishMessage message) {
    Optional<String> topic = aliases.topic(message);
    if (topic.isEmpty()) {
      wire.end(MqttDisconnectReasonCode.TOPIC_ALIAS_INVALID);
      return;
    }
    Pending pending = new Pending(message, topic.get());
    if (pending.qos == 0 && held == null && broker.backpressure().wouldLose(pending.topic)) {
      held = pending;
      pause(Pause.JOURNAL_FULL);
      broker.backpressure().awaitJournal(connection);
      return;
    }
    take(pending);
  }

  /** The journal, which this waited for, has room. */
  void journalHasRoom() {
    takeHeld();
    wire.resume(Pause.JOURNAL_FULL);
  }

  private void takeHeld() {
    Pending pending = held;
    held = null;
    if (pending != null) {
      take(pending);
    }
  }

  /** Other connections have given back room, which this waited for. */
  void roomMade() {
    resumeOrWait();
  }

  /** The connection is gone; what is with the intake goes on. */
  void closed() {
    takeHeld();
  }

  private void pause(Pause reason) {
    if (!wire.isPaused()) {
      broker.metrics().paused();
    }
    wire.pause(reason);
  }

  private void take(Pending pending) {
    long wait = rate.take(System.nanoTime());
    if (wait > 0) {
      pause(Pause.RATE);
      broker
          .vertx()
          .setTimer(1 + TimeUnit.NANOSECONDS.toMillis(wait), timer -> wire.resume(Pause.RATE));
    }
    if (pending.qos > 0) {
      takeKept(pending);
    } else if (mayPublish(pending)) {
      forward(pending);
      toIntake(pending);
    }
  }

  private boolean mayPublish(Pending pending) {
    if (access.mayPublish(pending.topic)) {
      return true;
    }
    broker.metrics().denied(Denial.PUBLISH);
    return false;
  }

  private void takeKept(Pending pending) {
    boolean again = isKnown(pending);
    int unreleased = session.received.size();
    if (!again
        && (wire.isMqtt5()
            ? unreleased + unacknowledged.size() - receivedAndUnacknowledged >= RECEIVE_MAXIMUM
            : unreleased >= MAX_UNRELEASED)) {
      wire.end(MqttDisconnectReasonCode.RECEIVE_MAXIMUM_EXCEEDED);
      return;
    }
    unacknowledged.add(pending);
    account(pending.bytes);
    if (again) {
      broker.intake().count(Broker.SOURCE, Outcome.DUPLICATE);
      safe(pending);
    } else if (!mayPublish(pending)) {
      // Before MQTT 5 there is no way to say so (MQTT-3.3.5-2).
      pending.reason = Byte.toUnsignedInt(MqttPubAckReasonCode.NOT_AUTHORIZED.value());
      safe(pending);
    } else if (pending.qos == 1) {
      Future<Void> forwarded = forward(pending);
      toIntake(pending).onSuccess(outcome -> settle(pending, outcome, forwarded));
    } else {
      unforwarded.add(pending);
      toIntake(pending)
          .onSuccess(
              outcome -> {
                pending.outcome = outcome;
                forwardInOrder();
              });
    }
    if (!hasRoom() || !broker.backpressure().hasRoom()) {
      pause(Pause.UNACKNOWLEDGED);
      resumeOrWait();
    }
  }

  private boolean hasRoom() {
    return unacknowledgedBytes <= broker.config().maxUnacknowledgedBytes();
  }

  /** Whoever has no acknowledgement to come any more is told by the others' room. */
  private void resumeOrWait() {
    if (!broker.backpressure().hasRoom()) {
      broker.backpressure().awaitRoom(connection);
    } else if (unacknowledgedBytes < broker.config().maxUnacknowledgedBytes() / 2) {
      wire.resume(Pause.UNACKNOWLEDGED);
    }
  }

  /** A client that has lost its state may reuse an id, but then not with DUP. */
  private boolean isKnown(Pending pending) {
    return pending.qos == 2
        && pending.message.isDup()
        && session.received.contains(pending.message.messageId());
  }

  /**
   * At QoS 0, too, it may wait: the journal can become full between {@link #publish}, which then
   * pauses the client, and here.
   */
  private Future<Outcome> toIntake(Pending pending) {
    return broker
        .intake()
        .take(
            Broker.SOURCE, pending.topic, pending.message.payload(), pending.message.isDup(), true);
  }

  /** Completes when what has to survive a crash does. */
  private Future<Void> forward(Pending pending) {
    MqttPublishMessage message = pending.message;
    if (!message.isRetain() && !broker.exchange().hasSubscribers()) {
      return Future.succeededFuture();
    }
    return broker
        .exchange()
        .publish(
            Message.of(
                pending.topic,
                message.payload().getBytes(),
                pending.qos,
                message.isRetain(),
                message.properties(),
                broker.clock().millis()),
            session);
  }

  /** What subscribers have got must be known as received, so both are done in one go. */
  private void forwardInOrder() {
    while (!unforwarded.isEmpty() && unforwarded.peek().outcome != null) {
      Pending pending = unforwarded.remove();
      if (pending.outcome == Outcome.REFUSED || isKnown(pending)) {
        // Known: a connection before this one has brought it, and was only now done with it.
        settle(pending, pending.outcome, Future.succeededFuture());
        continue;
      }
      boolean alive = broker.sessions().get(session.client).orElse(null) == session;
      if (alive) {
        broker.sessions().received(session, pending.message.messageId());
        pending.received = true;
        receivedAndUnacknowledged++;
      }
      Future<Void> forwarded = forward(pending);
      settle(
          pending,
          pending.outcome,
          alive && session.kept && forwarded.succeeded() ? broker.exchange().synced() : forwarded);
    }
  }

  private void settle(Pending pending, Outcome outcome, Future<Void> forwarded) {
    if (outcome == Outcome.REFUSED) {
      pending.refused = true;
      acknowledge();
    } else if (forwarded.succeeded()) {
      safe(pending);
    } else {
      forwarded.onComplete(
          done -> {
            pending.refused = done.failed();
            safe(pending);
          });
    }
  }

  private void safe(Pending pending) {
    pending.safe = true;
    acknowledge();
  }

  private void acknowledge() {
    while (!unacknowledged.isEmpty()
        && (unacknowledged.peek().safe || unacknowledged.peek().refused)) {
      Pending pending = unacknowledged.remove();
      account(-pending.bytes);
      receivedAndUnacknowledged -= pending.received ? 1 : 0;
      if (pending.refused) {
        // The client sends it again on its next connection.
        wire.end(MqttDisconnectReasonCode.QUOTA_EXCEEDED);
      } else if (pending.qos == 1) {
        wire.write(Packets.puback(pending.message.messageId(), pending.reason));
      } else {
        wire.write(Packets.pubrec(pending.message.messageId(), pending.reason));
      }
    }
    if (wire.isPausedFor(Pause.UNACKNOWLEDGED)) {
      resumeOrWait();
    }
  }

  private void account(int bytes) {
    unacknowledgedBytes += bytes;
    if (bytes > 0) {
      broker.backpressure().took(bytes);
    } else {
      broker.backpressure().gaveBack(-bytes);
    }
  }

  /** PUBREL: only when a crash would not find the id any more, for the client may use it anew. */
  void release(int packetId) {
    boolean known = broker.sessions().released(session, packetId);
    MqttMessage answer =
        Packets.pubcomp(packetId, known ? Packets.SUCCESS : Packets.PACKET_ID_NOT_FOUND);
    if (!known || !session.kept) {
      wire.write(answer);
      return;
    }
    broker
        .exchange()
        .synced()
        .onSuccess(done -> wire.write(answer))
        .onFailure(e -> wire.end(MqttDisconnectReasonCode.IMPLEMENTATION_SPECIFIC_ERROR));
  }
}
