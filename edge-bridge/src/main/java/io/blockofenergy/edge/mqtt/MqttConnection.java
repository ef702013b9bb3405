package io.blockofenergy.edge.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.messages.MqttDisconnectMessage;
import io.vertx.mqtt.messages.MqttPubRecMessage;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's connection, from CONNACK on. Used on one event loop. */
final class MqttConnection {
  private static final Logger log = LoggerFactory.getLogger(MqttConnection.class);

  private final Broker broker;
  private final Wire wire;
  private final MqttEndpoint endpoint;
  private final Session session;
  private final PublisherFlow publisher;
  private final SubscriberFlow subscriber;
  private final long maxSilenceNanos;

  /**
   * @param keepAliveSeconds 0 for a client that may be silent
   */
  MqttConnection(
      Broker broker,
      Wire wire,
      MqttEndpoint endpoint,
      Session session,
      AccessList access,
      int keepAliveSeconds) {
    this.broker = broker;
    this.wire = wire;
    this.endpoint = endpoint;
    this.session = session;
    this.publisher = new PublisherFlow(broker, this, wire, session, access);
    this.subscriber = new SubscriberFlow(broker, wire, session, access);
    // One and a half times what the client has promised (MQTT-3.1.2-24).
    this.maxSilenceNanos = TimeUnit.MILLISECONDS.toNanos(1500L * keepAliveSeconds);
  }

  /** Sets vertx-mqtt's handlers; to be called before it accepts the client. */
  void handlePackets() {
    endpoint.publishAutoAck(false);
    endpoint.autoKeepAlive(false);
    endpoint.publishHandler(publisher::publish);
    endpoint.publishReleaseHandler(publisher::release);
    endpoint.publishAcknowledgeHandler(session.outbox::acknowledged);
    endpoint.publishReceivedMessageHandler(this::received);
    endpoint.publishCompletionHandler(session.outbox::completed);
    endpoint.subscribeHandler(subscriber::subscribe);
    endpoint.unsubscribeHandler(subscriber::unsubscribe);
    endpoint.pingHandler(ping -> wire.write(Packets.pingresp()));
    endpoint.disconnectMessageHandler(this::disconnecting);
    endpoint.exceptionHandler(
        failure -> log.debug("Client {}: {}", session.client, failure.toString()));
    wire.closeHandler(this::closed);
    wire.writableHandler(now -> session.outbox.pump());
  }

  private void received(MqttPubRecMessage message) {
    boolean refused = Byte.toUnsignedInt(message.code().value()) >= 0x80;
    if (!session.outbox.received(message.messageId(), refused) && !refused) {
      wire.write(Packets.pubrel(message.messageId(), Packets.PACKET_ID_NOT_FOUND));
    }
  }

  /** DISCONNECT; the connection is closed after it. */
  private void disconnecting(MqttDisconnectMessage message) {
    if (message.properties().getProperty(MqttProperties.SESSION_EXPIRY_INTERVAL)
        instanceof IntegerProperty it) {
      long expirySeconds =
          Math.min(
              Integer.toUnsignedLong(it.value()),
              broker.config().sessions().maxExpiry().toSeconds());
      if (session.expirySeconds == 0 && expirySeconds > 0) {
        return; // a protocol error (MQTT 5, 3.14.2.2.2), so the will stays
      }
      session.expirySeconds = expirySeconds;
    }
    if (message.code() == MqttDisconnectReasonCode.NORMAL) {
      broker.wills().drop(session);
    }
  }

  /** Another connection has come with the same client id (MQTT-3.1.4-3). */
  void takenOver() {
    leave();
    wire.end(MqttDisconnectReasonCode.SESSION_TAKEN_OVER);
  }

  private void closed(Void now) {
    broker.backpressure().gone(this);
    publisher.closed();
    if (session.connection() == this) {
      leave();
    }
  }

  private void leave() {
    broker.wills().connectionLost(session);
    broker.sessions().disconnected(session);
  }

  void journalHasRoom() {
    publisher.journalHasRoom();
  }

  void roomMade() {
    publisher.roomMade();
  }

  /** Ends the connection if the client has been silent for too long. */
  void checkKeepAlive() {
    if (maxSilenceNanos > 0 && wire.silentNanos() > maxSilenceNanos) {
      wire.end(MqttDisconnectReasonCode.KEEP_ALIVE_TIMEOUT);
    }
  }
}
