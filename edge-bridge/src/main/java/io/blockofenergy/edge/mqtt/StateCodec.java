package io.blockofenergy.edge.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringPair;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The values of {@link StateStore} as bytes: a version, then the fields in their order, texts and
 * arrays with their length in front. Reading something else throws {@link IOException}.
 */
final class StateCodec {
  private static final int VERSION = 1;

  /** How long a kept session lives on without a connection, and whose it is. */
  record SessionRecord(String user, long expirySeconds, long disconnectedAt) {}

  private interface Fields {
    void writeTo(DataOutputStream out) throws IOException;
  }

  private StateCodec() {}

  static byte[] encode(Message message) {
    return bytes(out -> write(out, message));
  }

  static Message message(byte[] value) throws IOException {
    try (DataInputStream in = open(value)) {
      return readMessage(in);
    }
  }

  static byte[] encode(Delivery delivery) {
    return bytes(
        out -> {
          out.writeByte(delivery.qos);
          out.writeBoolean(delivery.retain);
          out.writeShort(delivery.packetId);
          out.writeInt(delivery.identifiers.size());
          for (int identifier : delivery.identifiers) {
            out.writeInt(identifier);
          }
          out.writeBoolean(delivery.isReceived());
          if (!delivery.isReceived()) {
            write(out, delivery.message());
          }
        });
  }

  /** Whether the subscriber got it before is not known any more, so it may have. */
  static Delivery delivery(long number, byte[] value) throws IOException {
    try (DataInputStream in = open(value)) {
      int qos = in.readUnsignedByte();
      boolean retain = in.readBoolean();
      int packetId = in.readUnsignedShort();
      List<Integer> identifiers = new ArrayList<>();
      for (int i = in.readInt(); i > 0; i--) {
        identifiers.add(in.readInt());
      }
      Message message = in.readBoolean() ? null : readMessage(in);
      Delivery delivery = new Delivery(number, message, qos, retain, identifiers, packetId);
      delivery.sent();
      return delivery;
    }
  }

  static byte[] encode(Will will) {
    return bytes(
        out -> {
          out.writeInt(will.delaySeconds());
          write(out, will.message());
        });
  }

  static Will will(byte[] value) throws IOException {
    try (DataInputStream in = open(value)) {
      return new Will(in.readInt(), readMessage(in));
    }
  }

  static byte[] encode(Subscription subscription) {
    return bytes(
        out -> {
          write(out, subscription.filter().text());
          out.writeByte(subscription.qos());
          out.writeBoolean(subscription.noLocal());
          out.writeBoolean(subscription.retainAsPublished());
          out.writeInt(subscription.identifier());
        });
  }

  static Subscription subscription(byte[] value) throws IOException {
    try (DataInputStream in = open(value)) {
      TopicFilter filter =
          TopicFilter.parse(readText(in)).orElseThrow(() -> new IOException("no topic filter"));
      return new Subscription(
          filter, in.readUnsignedByte(), in.readBoolean(), in.readBoolean(), in.readInt());
    }
  }

  static byte[] encode(SessionRecord session) {
    return bytes(
        out -> {
          write(out, session.user());
          out.writeLong(session.expirySeconds());
          out.writeLong(session.disconnectedAt());
        });
  }

  static SessionRecord session(byte[] value) throws IOException {
    try (DataInputStream in = open(value)) {
      return new SessionRecord(readText(in), in.readLong(), in.readLong());
    }
  }

  private static byte[] bytes(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      fields.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  private static DataInputStream open(byte[] value) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(value));
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IOException("version " + version);
    }
    return in;
  }

  private static void write(DataOutputStream out, Message message) throws IOException {
    write(out, message.topic());
    write(out, message.payload());
    out.writeByte(message.qos());
    out.writeBoolean(message.retain());
    out.writeLong(message.expiresAt());
    var properties = message.properties().listAll();
    out.writeInt(properties.size());
    for (MqttProperty<?> property : properties) {
      out.writeByte(property.propertyId());
      if (property instanceof IntegerProperty number) {
        out.writeInt(number.value());
      } else if (property instanceof StringProperty text) {
        write(out, text.value());
      } else if (property instanceof BinaryProperty binary) {
        write(out, binary.value());
      } else if (property instanceof UserProperties pairs) {
        out.writeInt(pairs.value().size());
        for (StringPair pair : pairs.value()) {
          write(out, pair.key);
          write(out, pair.value);
        }
      }
    }
  }

  private static Message readMessage(DataInputStream in) throws IOException {
    String topic = readText(in);
    byte[] payload = readBytes(in);
    int qos = in.readUnsignedByte();
    boolean retain = in.readBoolean();
    long expiresAt = in.readLong();
    int count = in.readInt();
    MqttProperties properties = count == 0 ? MqttProperties.NO_PROPERTIES : new MqttProperties();
    for (; count > 0; count--) {
      properties.add(readProperty(in));
    }
    return new Message(topic, payload, qos, retain, properties, expiresAt);
  }

  private static MqttProperty<?> readProperty(DataInputStream in) throws IOException {
    int id = in.readUnsignedByte();
    return switch (id) {
      case MqttProperties.PAYLOAD_FORMAT_INDICATOR -> new IntegerProperty(id, in.readInt());
      case MqttProperties.CONTENT_TYPE, MqttProperties.RESPONSE_TOPIC ->
          new StringProperty(id, readText(in));
      case MqttProperties.CORRELATION_DATA -> new BinaryProperty(id, readBytes(in));
      case MqttProperties.USER_PROPERTY -> {
        UserProperties pairs = new UserProperties();
        for (int i = in.readInt(); i > 0; i--) {
          pairs.add(readText(in), readText(in));
        }
        yield pairs;
      }
      default -> throw new IOException("property " + id);
    };
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    write(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String readText(DataInputStream in) throws IOException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("length " + length);
    }
    return in.readNBytes(length);
  }
}
