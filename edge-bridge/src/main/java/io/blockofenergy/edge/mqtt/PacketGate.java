package io.blockofenergy.edge.mqtt;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectPayload;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttUnacceptableProtocolVersionException;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.ReferenceCountUtil;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubCompReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubRecReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubRelReasonCode;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between Netty's decoder and vertx-mqtt, and lets only packets pass that a client may send
 * now (MQTT 5, 4.13). vertx-mqtt answers the others with exceptions that nobody can tell the
 * connection of.
 */
final class PacketGate extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(PacketGate.class);

  private final Wire wire;
  private final Consumer<Wire> connecting;
  private boolean connectSeen;

  /**
   * @param connecting told of the wire just before vertx-mqtt gets its CONNECT, and of null after
   */
  PacketGate(Wire wire, Consumer<Wire> connecting) {
    this.wire = wire;
    this.connecting = connecting;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (wire.hasEnded() || !(message instanceof MqttMessage packet)) {
      ReferenceCountUtil.release(message);
      return;
    }
    wire.read();
    MqttDisconnectReasonCode fault = fault(packet);
    if (fault != null) {
      ReferenceCountUtil.release(message);
      wire.end(fault);
    } else if (packet instanceof MqttConnectMessage connect) {
      connectSeen = true;
      connecting.accept(wire);
      context.fireChannelRead(named(connect));
      connecting.accept(null);
    } else {
      context.fireChannelRead(packet);
      if (isDisconnect(packet)) {
        wire.readNoMore();
      }
    }
  }

  /** A disconnect is the last packet that counts (MQTT-3.14.4-2). */
  private static boolean isDisconnect(MqttMessage packet) {
    return packet.fixedHeader() != null
        && packet.fixedHeader().messageType() == MqttMessageType.DISCONNECT;
  }

  /** What is wrong with a packet; null when nothing is. */
  private MqttDisconnectReasonCode fault(MqttMessage packet) {
    DecoderResult result = packet.decoderResult();
    if (result.isFailure()) {
      if (!connectSeen && result.cause() instanceof MqttUnacceptableProtocolVersionException) {
        return null; // vertx-mqtt has an answer to it
      }
      log.debug("Undecodable MQTT packet: {}", result.cause().toString());
      return result.cause() instanceof TooLongFrameException
          ? MqttDisconnectReasonCode.PACKET_TOO_LARGE
          : MqttDisconnectReasonCode.MALFORMED_PACKET;
    }
    boolean connect = packet instanceof MqttConnectMessage;
    if (connect == connectSeen) {
      return MqttDisconnectReasonCode.PROTOCOL_ERROR; // CONNECT is the first packet, and only that
    }
    if (packet instanceof MqttConnectMessage it) {
      return isValid(it) ? null : MqttDisconnectReasonCode.MALFORMED_PACKET;
    }
    return switch (packet.fixedHeader().messageType()) {
      case PUBLISH ->
          isValid((MqttPublishMessage) packet) ? null : MqttDisconnectReasonCode.MALFORMED_PACKET;
      case SUBSCRIBE ->
          ((MqttSubscribeMessage) packet).payload().topicSubscriptions().isEmpty()
              ? MqttDisconnectReasonCode.PROTOCOL_ERROR
              : null;
      case UNSUBSCRIBE ->
          ((MqttUnsubscribeMessage) packet).payload().topics().isEmpty()
              ? MqttDisconnectReasonCode.PROTOCOL_ERROR
              : null;
      case PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT ->
          hasKnownReason(packet) ? null : MqttDisconnectReasonCode.MALFORMED_PACKET;
      case PINGREQ -> null;
      default -> MqttDisconnectReasonCode.PROTOCOL_ERROR;
    };
  }

  private static boolean isValid(MqttConnectMessage connect) {
    var header = connect.variableHeader();
    boolean will = header.isWillFlag();
    return (will ? header.willQos() <= 2 : header.willQos() == 0 && !header.isWillRetain())
        && (!will || connect.payload().willTopic() != null)
        && (!header.hasPassword()
            || header.hasUserName()
            || header.version() == MqttVersion.MQTT_5.protocolLevel());
  }

  /** Empty topics stand for an alias; whether there is one is not known here. */
  private boolean isValid(MqttPublishMessage publish) {
    String topic = publish.variableHeader().topicName();
    boolean dupAtMostOnce =
        publish.fixedHeader().isDup() && publish.fixedHeader().qosLevel().value() == 0;
    return topic.indexOf('\0') < 0 && !dupAtMostOnce && (wire.isMqtt5() || !topic.isEmpty());
  }

  private static boolean hasKnownReason(MqttMessage packet) {
    try {
      MqttMessageType type = packet.fixedHeader().messageType();
      if (packet.variableHeader() instanceof MqttPubReplyMessageVariableHeader reply) {
        byte code = reply.reasonCode();
        return switch (type) {
          case PUBACK -> MqttPubAckReasonCode.valueOf(code) != null;
          case PUBREC -> MqttPubRecReasonCode.valueOf(code) != null;
          case PUBREL -> MqttPubRelReasonCode.valueOf(code) != null;
          default -> MqttPubCompReasonCode.valueOf(code) != null;
        };
      }
      return packet.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header
          && MqttDisconnectReasonCode.valueOf(header.reasonCode()) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Gives an MQTT 5 client that has no id one, also when it does not ask for a clean start
   * (MQTT-3.1.3-6); vertx-mqtt would refuse it.
   */
  private MqttConnectMessage named(MqttConnectMessage connect) {
    MqttConnectPayload payload = connect.payload();
    if (!payload.clientIdentifier().isEmpty()
        || connect.variableHeader().version() != MqttVersion.MQTT_5.protocolLevel()) {
      return connect;
    }
    wire.assignClientId(UUID.randomUUID().toString());
    return new MqttConnectMessage(
        connect.fixedHeader(),
        connect.variableHeader(),
        new MqttConnectPayload(
            wire.assignedClientId(),
            payload.willProperties(),
            payload.willTopic(),
            payload.willMessageInBytes(),
            payload.userName(),
            payload.passwordInBytes()));
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    wire.writabilityChanged();
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    context.fireChannelInactive();
    wire.closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof Error) {
      log.error("An MQTT connection has failed", cause);
    } else {
      log.debug("MQTT connection: {}", cause.toString());
    }
    wire.end(MqttDisconnectReasonCode.MALFORMED_PACKET);
  }
}
