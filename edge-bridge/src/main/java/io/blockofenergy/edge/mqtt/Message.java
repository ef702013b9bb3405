package io.blockofenergy.edge.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringPair;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;
import java.util.List;

/**
 * An application message on its way to subscribers.
 *
 * @param payload not to be changed
 * @param retain as it was published
 * @param properties those that go to the subscribers as they came (MQTT 5, 3.3.2.3)
 * @param expiresAt UTC milliseconds from which on it is not delivered; {@link #NEVER}
 */
record Message(
    String topic,
    byte[] payload,
    int qos,
    boolean retain,
    MqttProperties properties,
    long expiresAt) {

  static final long NEVER = Long.MAX_VALUE;

  /** What it takes in memory beside its texts, roughly. */
  private static final int OVERHEAD_BYTES = 256;

  private static final List<Integer> PASSED_ON =
      List.of(
          MqttProperties.PAYLOAD_FORMAT_INDICATOR,
          MqttProperties.CONTENT_TYPE,
          MqttProperties.RESPONSE_TOPIC,
          MqttProperties.CORRELATION_DATA,
          MqttProperties.USER_PROPERTY);

  /**
   * Takes over what a publisher or a will has sent.
   *
   * @param sent its properties, of which some are for the server
   * @param nowMillis UTC
   */
  static Message of(
      String topic, byte[] payload, int qos, boolean retain, MqttProperties sent, long nowMillis) {
    MqttProperties passedOn = MqttProperties.NO_PROPERTIES;
    for (int id : PASSED_ON) {
      MqttProperty<?> property = sent.getProperty(id);
      if (property != null) {
        passedOn = passedOn == MqttProperties.NO_PROPERTIES ? new MqttProperties() : passedOn;
        passedOn.add(property);
      }
    }
    long expiresAt =
        sent.getProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL) instanceof IntegerProperty it
            ? nowMillis + 1000 * Integer.toUnsignedLong(it.value())
            : NEVER;
    return new Message(topic, payload, qos, retain, passedOn, expiresAt);
  }

  boolean hasExpired(long nowMillis) {
    return expiresAt <= nowMillis;
  }

  /** What it takes in memory, roughly. */
  int bytes() {
    int bytes = OVERHEAD_BYTES + 2 * topic.length() + payload.length;
    for (MqttProperty<?> property : properties.listAll()) {
      bytes += OVERHEAD_BYTES + valueBytes(property);
    }
    return bytes;
  }

  private static int valueBytes(MqttProperty<?> property) {
    if (property instanceof StringProperty text) {
      return 2 * text.value().length();
    }
    if (property instanceof BinaryProperty binary) {
      return binary.value().length;
    }
    int bytes = 0;
    if (property instanceof UserProperties pairs) {
      for (StringPair pair : pairs.value()) {
        bytes += OVERHEAD_BYTES + 2 * (pair.key.length() + pair.value.length());
      }
    }
    return bytes;
  }
}
