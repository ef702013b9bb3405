package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.mqtt.Wire.Pause;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.vertx.mqtt.MqttAuth;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.MqttWill;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides who is let in, and with which session (MQTT 5, 3.1.4). Used on one event loop. */
final class Admission {
  private static final Logger log = LoggerFactory.getLogger(Admission.class);
  private static final int MQTT_5 = 5;

  /** Ids are kept, shown and compared; the standard asks for 23. */
  static final int MAX_CLIENT_ID_LENGTH = 256;

  private final Broker broker;
  private final Authenticator authenticator;
  private final BooleanSupplier hasRoom;
  private final BiConsumer<Wire, MqttConnection> accepted;

  /**
   * @param hasRoom whether one more connection may be let in
   * @param accepted told of each that is
   */
  Admission(
      Broker broker,
      Authenticator authenticator,
      BooleanSupplier hasRoom,
      BiConsumer<Wire, MqttConnection> accepted) {
    this.broker = broker;
    this.authenticator = authenticator;
    this.hasRoom = hasRoom;
    this.accepted = accepted;
  }

  /** A client has said CONNECT. */
  void connect(Wire wire, MqttEndpoint endpoint) {
    Rejection fault = fault(endpoint);
    if (fault != null) {
      reject(wire, endpoint, fault);
      return;
    }
    if (authenticator.acceptsAnybody()) {
      accept(wire, endpoint, Optional.empty());
      return;
    }
    MqttAuth auth = endpoint.auth();
    if (auth == null || auth.getUsername() == null || auth.getPassword() == null) {
      reject(wire, endpoint, Rejection.NO_CREDENTIALS);
      return;
    }
    // What the client sends behind its CONNECT waits.
    wire.pause(Pause.AUTHENTICATING);
    authenticator
        .verify(auth.getUsername(), auth.getPassword())
        .onSuccess(
            verdict -> {
              if (wire.hasEnded()) {
                return;
              }
              switch (verdict) {
                case RIGHT -> accept(wire, endpoint, Optional.of(auth.getUsername()));
                case WRONG -> reject(wire, endpoint, Rejection.WRONG_CREDENTIALS);
                default -> reject(wire, endpoint, Rejection.BUSY);
              }
              wire.resume(Pause.AUTHENTICATING);
            });
  }

  /** What is wrong with a CONNECT, whoever it is from; null when nothing is. */
  private Rejection fault(MqttEndpoint endpoint) {
    String id = endpoint.clientIdentifier();
    MqttProperties properties = endpoint.connectProperties();
    if (id.length() > MAX_CLIENT_ID_LENGTH || id.indexOf('\0') >= 0) {
      return Rejection.INVALID_ID;
    }
    if (properties.getProperty(MqttProperties.AUTHENTICATION_METHOD) != null) {
      return Rejection.NO_SUCH_METHOD;
    }
    if (Packets.number(properties, MqttProperties.RECEIVE_MAXIMUM, 1) == 0
        || Packets.number(properties, MqttProperties.MAXIMUM_PACKET_SIZE, 1) == 0) {
      return Rejection.INVALID_PROPERTY;
    }
    MqttWill will = endpoint.will();
    if (will.isWillFlag() && !TopicFilter.isTopic(will.getWillTopic())) {
      return Rejection.INVALID_WILL;
    }
    boolean comesBack =
        broker.sessions().get(id).map(session -> session.connection() != null).orElse(false);
    return comesBack || hasRoom.getAsBoolean() ? null : Rejection.BUSY;
  }

  private void reject(Wire wire, MqttEndpoint endpoint, Rejection rejection) {
    log.debug("Client {}: refused, {}", endpoint.clientIdentifier(), rejection);
    broker.metrics().refused(rejection.counted());
    endpoint.reject(rejection.code(endpoint.protocolVersion()));
    wire.ignoreInput();
  }

  private void accept(Wire wire, MqttEndpoint endpoint, Optional<String> user) {
    String client = endpoint.clientIdentifier();
    AccessList access = authenticator.access(user, client);
    Will will = will(endpoint);
    if (will != null && !access.mayPublish(will.message().topic())) {
      reject(wire, endpoint, Rejection.WILL_NOT_AUTHORIZED);
      return;
    }
    if (will != null && !broker.sessions().queued().hasRoomFor(will.message().bytes())) {
      reject(wire, endpoint, Rejection.BUSY);
      return;
    }
    Session before = broker.sessions().get(client).orElse(null);
    if (before != null && !before.user.equals(user.orElse(""))) {
      // What waits for it is not for this user.
      if (before.connection() != null || !endpoint.isCleanSession() && !before.user.isEmpty()) {
        reject(wire, endpoint, Rejection.INVALID_ID);
        return;
      }
      broker.wills().publishOf(before);
      broker.sessions().end(before);
      before = null;
    }
    long expirySeconds = expirySeconds(endpoint);
    boolean keep = expirySeconds > 0;
    if (before != null && before.connection() != null) {
      before.connection().takenOver();
      before = broker.sessions().get(client).orElse(null); // gone if it was not kept
    }
    if (before != null && endpoint.isCleanSession()) {
      broker.wills().publishOf(before);
      broker.sessions().end(before);
      before = null;
    }
    boolean present = before != null;
    if (!present && keep && !broker.sessions().hasRoom()) {
      if (endpoint.protocolVersion() < MQTT_5) {
        reject(
            wire, endpoint, Rejection.BUSY); // it cannot be told that its session will not be kept
        return;
      }
      keep = false;
      expirySeconds = 0;
    }
    Session session = present ? before : broker.sessions().create(client, user.orElse(""), keep);
    if (present) {
      withdraw(session, access);
    }
    int keepAlive = keepAliveSeconds(endpoint);
    MqttConnection connection =
        new MqttConnection(broker, wire, endpoint, session, access, keepAlive);
    connection.handlePackets();
    accepted.accept(wire, connection);
    broker.sessions().connected(session, connection, expirySeconds);
    broker.wills().set(session, will);
    endpoint.accept(present, properties(wire, endpoint, keepAlive, expirySeconds));
    session.outbox.attach(new SubscriberLink(wire, endpoint.connectProperties(), broker.clock()));
  }

  /** What the user might do when the session was made, and may not any more. */
  private void withdraw(Session session, AccessList access) {
    for (Subscription subscription : List.copyOf(session.subscriptions.values())) {
      if (!access.maySubscribe(subscription.filter())) {
        broker.sessions().unsubscribe(session, subscription.filter().text());
      }
    }
    session.outbox.forgetUnless(access::mayReceive);
  }

  private Will will(MqttEndpoint endpoint) {
    MqttWill will = endpoint.will();
    if (!will.isWillFlag()) {
      return null;
    }
    byte[] payload = will.getWillMessageBytes();
    int delay = Packets.number(will.getWillProperties(), MqttProperties.WILL_DELAY_INTERVAL, 0);
    return new Will(
        delay < 0 ? Integer.MAX_VALUE : delay,
        Message.of(
            will.getWillTopic(),
            payload == null ? new byte[0] : payload,
            will.getWillQos(),
            will.isWillRetain(),
            will.getWillProperties(),
            broker.clock().millis()));
  }

  /** Before MQTT 5 a session that is not clean has no end: it gets the longest there is. */
  private long expirySeconds(MqttEndpoint endpoint) {
    long longest = broker.config().sessions().maxExpiry().toSeconds();
    if (endpoint.protocolVersion() < MQTT_5) {
      return endpoint.isCleanSession() ? 0 : longest;
    }
    int wanted =
        Packets.number(endpoint.connectProperties(), MqttProperties.SESSION_EXPIRY_INTERVAL, 0);
    return Math.min(longest, Integer.toUnsignedLong(wanted));
  }

  private int keepAliveSeconds(MqttEndpoint endpoint) {
    int wanted = endpoint.keepAliveTimeSeconds();
    int longest = (int) broker.config().maxKeepAlive().toSeconds();
    return endpoint.protocolVersion() == MQTT_5 && (wanted == 0 || wanted > longest)
        ? longest
        : wanted;
  }

  /** What the server cannot or will not do, and what it has decided (MQTT 5, 3.2.2.3). */
  private MqttProperties properties(
      Wire wire, MqttEndpoint endpoint, int keepAlive, long expirySeconds) {
    if (endpoint.protocolVersion() < MQTT_5) {
      return MqttProperties.NO_PROPERTIES;
    }
    MqttProperties properties = new MqttProperties();
    add(properties, MqttProperties.RECEIVE_MAXIMUM, PublisherFlow.RECEIVE_MAXIMUM);
    add(properties, MqttProperties.MAXIMUM_PACKET_SIZE, broker.maxPacketBytes());
    add(properties, MqttProperties.TOPIC_ALIAS_MAXIMUM, TopicAliases.MAXIMUM);
    add(properties, MqttProperties.SHARED_SUBSCRIPTION_AVAILABLE, 0);
    int wanted =
        Packets.number(endpoint.connectProperties(), MqttProperties.SESSION_EXPIRY_INTERVAL, 0);
    if (expirySeconds != Integer.toUnsignedLong(wanted)) {
      add(properties, MqttProperties.SESSION_EXPIRY_INTERVAL, (int) expirySeconds);
    }
    if (keepAlive != endpoint.keepAliveTimeSeconds()) {
      add(properties, MqttProperties.SERVER_KEEP_ALIVE, keepAlive);
    }
    if (wire.assignedClientId() != null) {
      properties.add(
          new StringProperty(MqttProperties.ASSIGNED_CLIENT_IDENTIFIER, wire.assignedClientId()));
    }
    return properties;
  }

  private static void add(MqttProperties properties, int id, int value) {
    properties.add(new IntegerProperty(id, value));
  }
}
