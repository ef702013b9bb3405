package io.blockofenergy.edge.mqtt;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubAckPayload;
import io.netty.handler.codec.mqtt.MqttUnsubAckMessage;
import io.netty.handler.codec.mqtt.MqttUnsubAckPayload;
import java.util.List;

/**
 * What packets say, and the packets that the server sends after CONNACK, but for DISCONNECT.
 * vertx-mqtt can make most of them, but leaves out the reason codes of PUBREC and PUBCOMP, and
 * sends each on its own.
 */
final class Packets {
  static final int SUCCESS = 0;
  static final int PACKET_ID_NOT_FOUND = 0x92;

  private static final MqttMessage PINGRESP =
      new MqttMessage(header(MqttMessageType.PINGRESP, MqttQoS.AT_MOST_ONCE));
  private static final MqttFixedHeader PUBACK =
      header(MqttMessageType.PUBACK, MqttQoS.AT_MOST_ONCE);
  private static final MqttFixedHeader PUBREC =
      header(MqttMessageType.PUBREC, MqttQoS.AT_MOST_ONCE);
  private static final MqttFixedHeader PUBREL =
      header(MqttMessageType.PUBREL, MqttQoS.AT_LEAST_ONCE);
  private static final MqttFixedHeader PUBCOMP =
      header(MqttMessageType.PUBCOMP, MqttQoS.AT_MOST_ONCE);

  private Packets() {}

  private static MqttFixedHeader header(MqttMessageType type, MqttQoS qos) {
    return new MqttFixedHeader(type, false, qos, false, 0);
  }

  /** A property of a packet that has come. */
  static int number(MqttProperties properties, int id, int otherwise) {
    return properties.getProperty(id) instanceof IntegerProperty it ? it.value() : otherwise;
  }

  static MqttMessage pingresp() {
    return PINGRESP;
  }

  static MqttMessage puback(int packetId, int reason) {
    return reply(PUBACK, packetId, reason);
  }

  static MqttMessage pubrec(int packetId, int reason) {
    return reply(PUBREC, packetId, reason);
  }

  static MqttMessage pubrel(int packetId, int reason) {
    return reply(PUBREL, packetId, reason);
  }

  static MqttMessage pubcomp(int packetId, int reason) {
    return reply(PUBCOMP, packetId, reason);
  }

  /** The reason goes to clients of MQTT 5 only; the encoder knows which those are. */
  private static MqttMessage reply(MqttFixedHeader header, int packetId, int reason) {
    return new MqttMessage(
        header,
        new MqttPubReplyMessageVariableHeader(
            packetId, (byte) reason, MqttProperties.NO_PROPERTIES));
  }

  static MqttMessage suback(int packetId, List<Integer> reasons) {
    return new MqttSubAckMessage(
        header(MqttMessageType.SUBACK, MqttQoS.AT_MOST_ONCE),
        new MqttMessageIdAndPropertiesVariableHeader(packetId, MqttProperties.NO_PROPERTIES),
        new MqttSubAckPayload(reasons));
  }

  static MqttMessage unsuback(int packetId, List<Short> reasons) {
    return new MqttUnsubAckMessage(
        header(MqttMessageType.UNSUBACK, MqttQoS.AT_MOST_ONCE),
        new MqttMessageIdAndPropertiesVariableHeader(packetId, MqttProperties.NO_PROPERTIES),
        new MqttUnsubAckPayload(reasons));
  }

  static MqttPublishMessage publish(Delivery delivery, String topic, MqttProperties properties) {
    return new MqttPublishMessage(
        new MqttFixedHeader(
            MqttMessageType.PUBLISH,
            delivery.wasSentBefore(),
            MqttQoS.valueOf(delivery.qos),
            delivery.retain,
            0),
        new MqttPublishVariableHeader(topic, delivery.packetId, properties),
        Unpooled.wrappedBuffer(delivery.message().payload()));
  }
}
