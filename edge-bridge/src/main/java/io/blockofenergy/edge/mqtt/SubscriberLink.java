package io.blockofenergy.edge.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringPair;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * Sends messages over one connection, within what its client has asked for: receive maximum,
 * maximum packet size, topic aliases (MQTT 5, 3.1.2.11). Used on one event loop.
 */
final class SubscriberLink implements Link {
  /** More in flight would not be faster, only more to send again. */
  private static final int MAX_WINDOW = 100;

  /** Aliases are worth it for topics that come often; a client that offers more needs not. */
  private static final int MAX_ALIASES = 32;

  private static final long ANY_BYTES = 0xffff_ffffL;

  private final Wire wire;
  private final Clock clock;
  private final boolean mqtt5;
  private final int window;
  private final long maxPacketBytes;
  private final int maxAliases;
  private final Map<String, Integer> aliases = new HashMap<>();

  /**
   * @param connect the CONNECT's properties
   */
  SubscriberLink(Wire wire, MqttProperties connect, Clock clock) {
    this.wire = wire;
    this.clock = clock;
    this.mqtt5 = wire.isMqtt5();
    this.window =
        Math.min(MAX_WINDOW, Packets.number(connect, MqttProperties.RECEIVE_MAXIMUM, MAX_WINDOW));
    this.maxPacketBytes =
        Integer.toUnsignedLong(Packets.number(connect, MqttProperties.MAXIMUM_PACKET_SIZE, -1));
    this.maxAliases =
        Math.min(MAX_ALIASES, Packets.number(connect, MqttProperties.TOPIC_ALIAS_MAXIMUM, 0));
  }

  @Override
  public int window() {
    return window;
  }

  @Override
  public boolean isWritable() {
    return wire.isWritable();
  }

  @Override
  public boolean publish(Delivery delivery) {
    Message message = delivery.message();
    if (!mqtt5) {
      wire.write(Packets.publish(delivery, message.topic(), MqttProperties.NO_PROPERTIES));
      return true;
    }
    Integer alias = aliases.get(message.topic());
    boolean newAlias = alias == null && aliases.size() < maxAliases;
    String topic = alias == null ? message.topic() : "";
    MqttProperties properties = properties(delivery);
    if (newAlias) {
      alias = aliases.size() + 1;
    }
    if (alias != null) {
      properties.add(new IntegerProperty(MqttProperties.TOPIC_ALIAS, alias));
    }
    if (maxPacketBytes < ANY_BYTES
        && packetBytes(topic, delivery.qos, properties, message.payload().length)
            > maxPacketBytes) {
      return false;
    }
    if (newAlias) {
      aliases.put(message.topic(), alias);
    }
    wire.write(Packets.publish(delivery, topic, properties));
    return true;
  }

  private MqttProperties properties(Delivery delivery) {
    MqttProperties properties = new MqttProperties();
    delivery.message().properties().listAll().forEach(properties::add);
    if (delivery.message().expiresAt() != Message.NEVER) {
      long left = Math.max(0, delivery.message().expiresAt() - clock.millis()) / 1000;
      properties.add(new IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, (int) left));
    }
    delivery.identifiers.forEach(
        identifier ->
            properties.add(
                new IntegerProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER, identifier)));
    return properties;
  }

  /** As Netty's encoder will make it. */
  private static long packetBytes(String topic, int qos, MqttProperties properties, int payload) {
    long inside = 0;
    for (MqttProperty<?> property : properties.listAll()) {
      inside += propertyBytes(property);
    }
    long rest = textBytes(topic) + (qos > 0 ? 2 : 0) + lengthBytes(inside) + inside + payload;
    return 1 + lengthBytes(rest) + rest;
  }

  private static long propertyBytes(MqttProperty<?> property) {
    if (property instanceof UserProperties pairs) {
      long bytes = 0;
      for (StringPair pair : pairs.value()) {
        bytes += 1 + textBytes(pair.key) + textBytes(pair.value);
      }
      return bytes;
    }
    if (property instanceof StringProperty text) {
      return 1 + textBytes(text.value());
    }
    if (property instanceof BinaryProperty binary) {
      return 1 + 2 + binary.value().length;
    }
    return 1
        + switch (property.propertyId()) {
          case MqttProperties.PAYLOAD_FORMAT_INDICATOR -> 1;
          case MqttProperties.TOPIC_ALIAS -> 2;
          case MqttProperties.SUBSCRIPTION_IDENTIFIER ->
              lengthBytes(((IntegerProperty) property).value());
          default -> 4;
        };
  }

  private static long textBytes(String text) {
    return 2 + text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Of a variable byte integer (MQTT 5, 1.5.5). */
  private static int lengthBytes(long number) {
    return number < 1 << 7 ? 1 : number < 1 << 14 ? 2 : number < 1 << 21 ? 3 : 4;
  }

  @Override
  public void release(int packetId) {
    wire.write(Packets.pubrel(packetId, Packets.SUCCESS));
  }
}
