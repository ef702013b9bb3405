package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** MQTT by hand, for what well-behaved clients cannot be made to do. */
final class RawClient implements AutoCloseable {
  /** A packet that the server has sent. */
  record Packet(int header, byte[] body) {
    int type() {
      return header >> 4;
    }

    int uint16(int at) {
      return (body[at] & 0xff) << 8 | body[at + 1] & 0xff;
    }
  }

  interface Body {
    void writeTo(DataOutputStream out) throws IOException;
  }

  static final int CONNACK = 2;
  static final int PUBLISH = 3;
  static final int PUBACK = 4;
  static final int PUBREC = 5;
  static final int PUBREL = 6;
  static final int PUBCOMP = 7;
  static final int SUBACK = 9;
  static final int DISCONNECT = 14;

  final Socket socket;
  final DataInputStream in;
  private final OutputStream out;
  private final int version;
  private Packet connack;

  private RawClient(int port, int version) throws IOException {
    this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
    this.version = version;
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** A connection on which nothing was said yet. */
  static RawClient open(int port, int version) throws IOException {
    return new RawClient(port, version);
  }

  /**
   * A client that was let in.
   *
   * @param version 3 for MQTT 3.1, 4 for 3.1.1, 5; with 5 and not clean the session does not expire
   */
  static RawClient connect(int port, String id, int version, boolean clean) throws IOException {
    return connect(port, id, version, clean, 60);
  }

  static RawClient connect(int port, String id, int version, boolean clean, int keepAlive)
      throws IOException {
    RawClient client = new RawClient(port, version);
    client.send(
        0x10,
        body -> {
          text(body, version == 3 ? "MQIsdp" : "MQTT");
          body.writeByte(version);
          body.writeByte(clean ? 2 : 0);
          body.writeShort(keepAlive);
          if (version == 5) {
            body.writeByte(clean ? 0 : 5);
            if (!clean) {
              body.writeByte(0x11);
              body.writeInt(-1);
            }
          }
          text(body, id);
        });
    client.connack = client.packet();
    assertThat(client.connack.type()).isEqualTo(CONNACK);
    assertThat(client.connack.body()[1]).isZero();
    return client;
  }

  boolean sessionWasPresent() {
    return connack.body()[0] == 1;
  }

  RawClient publish(int packetId, int qos, boolean dup, String topic, String payload)
      throws IOException {
    return publish(packetId, qos, dup, false, topic, payload);
  }

  RawClient publish(
      int packetId, int qos, boolean dup, boolean retain, String topic, String payload)
      throws IOException {
    return send(
        0x30 | qos << 1 | (dup ? 8 : 0) | (retain ? 1 : 0),
        body -> {
          text(body, topic);
          if (qos > 0) {
            body.writeShort(packetId);
          }
          if (version == 5) {
            body.writeByte(0);
          }
          body.write(payload.getBytes(StandardCharsets.UTF_8));
        });
  }

  /** Subscribes and takes SUBACK; the answer is its reason code. */
  int subscribe(String filter, int options) throws IOException {
    send(
        0x82,
        body -> {
          body.writeShort(9);
          if (version == 5) {
            body.writeByte(0);
          }
          text(body, filter);
          body.writeByte(options);
        });
    Packet suback = packet();
    assertThat(suback.type()).isEqualTo(SUBACK);
    return suback.body()[suback.body().length - 1] & 0xff;
  }

  /** PUBACK, PUBREC, PUBREL or PUBCOMP. */
  RawClient answer(int type, int packetId) throws IOException {
    return send(type << 4 | (type == PUBREL ? 2 : 0), body -> body.writeShort(packetId));
  }

  RawClient send(int header, Body body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    body.writeTo(new DataOutputStream(bytes));
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(header);
    length(packet, bytes.size());
    bytes.writeTo(packet);
    return send(packet.toByteArray());
  }

  /** A variable byte integer (MQTT 5, 1.5.5). */
  static void length(OutputStream out, int length) throws IOException {
    int rest = length;
    do {
      out.write(rest % 128 | (rest >= 128 ? 128 : 0));
      rest /= 128;
    } while (rest > 0);
  }

  RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeShort(bytes.length);
    out.write(bytes);
  }

  Packet packet() throws IOException {
    int header = in.readUnsignedByte();
    int length = 0;
    int digit;
    int shift = 0;
    do {
      digit = in.readUnsignedByte();
      length |= (digit & 0x7f) << shift;
      shift += 7;
    } while ((digit & 0x80) != 0);
    byte[] body = new byte[length];
    in.readFully(body);
    return new Packet(header, body);
  }

  /** Takes a PUBLISH of MQTT 3.1.1 and gives its payload; its id is in {@link #lastId}. */
  String message() throws IOException {
    Packet packet = packet();
    assertThat(packet.type()).isEqualTo(PUBLISH);
    int at = 2 + packet.uint16(0);
    lastHeader = packet.header();
    if ((packet.header() & 6) != 0) {
      lastId = packet.uint16(at);
      at += 2;
    }
    if (version == 5) {
      at += 1 + packet.body()[at];
    }
    return new String(packet.body(), at, packet.body().length - at, StandardCharsets.UTF_8);
  }

  int lastId;
  int lastHeader;

  /** Whether the server closes the connection; what it sends before is thrown away. */
  boolean isClosed() {
    try {
      while (in.read() >= 0) {
        // not yet
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset, which is one way to close
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
