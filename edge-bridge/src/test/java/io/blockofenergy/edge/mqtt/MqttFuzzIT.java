package io.blockofenergy.edge.mqtt;

import static io.blockofenergy.edge.Await.await;
import static io.blockofenergy.edge.mqtt.BrokerFixture.READING;
import static io.blockofenergy.edge.mqtt.BrokerFixture.message;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Whatever comes over the wire costs the one who sends it the connection, and nobody anything. */
class MqttFuzzIT {
  private static final int PACKETS = 100_000;
  private static final int PER_CONNECTION = 8;
  private static final int CLIENTS = 20;

  /** Types of packets, those more often that lead further. */
  private static final int[] TYPES = {
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 8, 8, 8, 8, 10, 4, 5, 6, 7, 12, 12, 12, 14, 15, 0, 2, 9, 13
  };

  private static final int[] PROPERTIES = {
    0x01, 0x02, 0x03, 0x08, 0x09, 0x0b, 0x11, 0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1c,
    0x1f, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x7f
  };
  private static final String[] TOPICS = {
    READING, "a/b", "$SYS/x", "stat/p/STATUS10", "zigbee2mqtt/x", "", "a/+", "é/\u0000"
  };
  private static final String[] FILTERS = {"#", "a/+", "+/#", "a/#/b", "$share/g/a", "tele/#", ""};

  @TempDir Path directory;
  private final Random random = new Random(20_261_125);
  private int version;

  @Test
  void randomAndMutatedPacketsLetNoExceptionEscapeAndTheServerServesOn() throws Exception {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(log);
    try (BrokerFixture broker = new BrokerFixture(directory, "maxMessageBytes: 4KiB")) {
      for (int sent = 0; sent < PACKETS; sent += PER_CONNECTION) {
        converse(broker.port());
      }
      await(() -> broker.gauge("connections") == 0);
      // The packets went deep, and were not all thrown away at the door.
      assertThat(broker.count("boe.edge.messages", "outcome", "journaled")).isGreaterThan(500);
      assertThat(broker.count("boe.edge.messages", "outcome", "malformed")).isGreaterThan(500);
      assertThat(broker.count("boe.edge.mqtt.delivered")).isGreaterThan(500);
      assertThat(broker.count("boe.edge.mqtt.refused", "reason", "invalid")).isGreaterThan(100);

      broker.restart();
      try (RawClient subscriber = broker.raw("after", 5, true)) {
        subscriber.subscribe("served/on", 1);
        assertThat(broker.publish("-t", "served/on", "-q", "2", "-m", "yes")).isZero();
        assertThat(subscriber.message()).isEqualTo("yes");
      }
      double journaled = broker.count("boe.edge.messages", "outcome", "journaled");
      assertThat(broker.publish("-t", READING, "-q", "1", "-m", message(-1))).isZero();
      assertThat(broker.count("boe.edge.messages", "outcome", "journaled"))
          .isEqualTo(journaled + 1);
    } finally {
      root.detachAppender(log);
    }
    assertThat(log.list)
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .extracting(ILoggingEvent::getFormattedMessage)
        .isEmpty();
  }

  /** One connection, until the server closes it or has read everything. */
  private void converse(int port) throws IOException {
    version = 3 + random.nextInt(3);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean polite = random.nextInt(10) > 0;
    for (int i = 0; i < PER_CONNECTION; i++) {
      boolean intact = i == 0 ? polite : random.nextInt(4) > 0;
      byte[] packet = packet(i == 0 && polite ? 1 : pick(TYPES));
      bytes.write(intact ? packet : mutated(packet));
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(bytes.toByteArray());
      socket.shutdownOutput();
      while (socket.getInputStream().read() >= 0) {
        // its answers
      }
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("the server has not closed a connection that had ended", e);
    } catch (IOException e) {
      return; // closed while there was still something to read
    }
  }

  private byte[] mutated(byte[] packet) {
    byte[] result = packet.clone();
    switch (random.nextInt(4)) {
      case 0 -> { // some bytes are others
        for (int i = random.nextInt(4); i >= 0; i--) {
          result[random.nextInt(result.length)] = (byte) random.nextInt(256);
        }
      }
      case 1 -> { // one bit is another
        result[random.nextInt(result.length)] ^= (byte) (1 << random.nextInt(8));
      }
      case 2 -> { // the end is missing
        result = java.util.Arrays.copyOf(result, 1 + random.nextInt(result.length));
      }
      default -> { // nothing like MQTT
        result = new byte[1 + random.nextInt(64)];
        random.nextBytes(result);
      }
    }
    return result;
  }

  /** A packet of that type as the standard wants it, or nearly. */
  private byte[] packet(int type) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(body);
    int flags = 0;
    switch (type) {
      case 1 -> connect(out);
      case 3 -> flags = publish(out);
      case 4, 5, 6, 7 -> {
        flags = type == 6 ? 2 : 0;
        out.writeShort(random.nextInt(20));
        if (version == 5 && random.nextBoolean()) {
          out.writeByte(pick(0, 0x10, 0x80, 0x92, 0x55));
          properties(out);
        }
      }
      case 8, 10 -> {
        flags = 2;
        out.writeShort(1 + random.nextInt(20));
        if (version == 5) {
          properties(out);
        }
        for (int i = random.nextInt(4); i > 0; i--) {
          RawClient.text(out, FILTERS[random.nextInt(FILTERS.length)]);
          if (type == 8) {
            out.writeByte(random.nextInt(version == 5 ? 48 : 3));
          }
        }
      }
      case 14, 15 -> {
        if (version == 5 && random.nextBoolean()) {
          out.writeByte(pick(0, 4, 0x81));
          properties(out);
        }
      }
      case 12 -> {
        // PINGREQ has no body
      }
      default -> {
        for (int i = random.nextInt(8); i > 0; i--) {
          out.writeByte(random.nextInt(256)); // what a client does not send
        }
      }
    }
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(type << 4 | flags);
    RawClient.length(packet, body.size());
    body.writeTo(packet);
    return packet.toByteArray();
  }

  private void connect(DataOutputStream out) throws IOException {
    boolean will = random.nextInt(4) == 0;
    RawClient.text(out, version == 3 ? "MQIsdp" : "MQTT");
    out.writeByte(version);
    int flags = random.nextBoolean() ? 2 : 0;
    out.writeByte(flags | (will ? 4 | random.nextInt(4) << 3 | random.nextInt(2) << 5 : 0));
    out.writeShort(random.nextInt(100));
    if (version == 5) {
      properties(out);
    }
    RawClient.text(out, "fuzz-" + random.nextInt(CLIENTS));
    if (will) {
      if (version == 5) {
        properties(out);
      }
      RawClient.text(out, TOPICS[random.nextInt(TOPICS.length)]);
      RawClient.text(out, "gone");
    }
  }

  private int publish(DataOutputStream out) throws IOException {
    int qos = random.nextInt(3);
    RawClient.text(out, TOPICS[random.nextInt(random.nextInt(4) > 0 ? 2 : TOPICS.length)]);
    if (qos > 0) {
      out.writeShort(random.nextInt(20));
    }
    if (version == 5) {
      properties(out);
    }
    byte[] payload = message(random.nextInt(1000)).getBytes(StandardCharsets.UTF_8);
    out.write(random.nextBoolean() ? payload : mutated(payload));
    return qos << 1 | (random.nextInt(8) == 0 ? 1 : 0) | (random.nextInt(8) == 0 ? 8 : 0);
  }

  /** None most of the time, for few packets may have those that are drawn. */
  private void properties(DataOutputStream out) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream inside = new DataOutputStream(bytes);
    if (random.nextInt(6) == 0) {
      for (int i = random.nextInt(3); i >= 0; i--) {
        inside.writeByte(PROPERTIES[random.nextInt(PROPERTIES.length)]);
        switch (random.nextInt(4)) {
          case 0 -> inside.writeByte(random.nextInt(256));
          case 1 -> inside.writeShort(random.nextInt(100));
          case 2 -> inside.writeInt(random.nextInt());
          default -> RawClient.text(inside, "p".repeat(random.nextInt(10)));
        }
      }
    }
    RawClient.length(out, bytes.size());
    bytes.writeTo(out);
  }

  private int pick(int... values) {
    return values[random.nextInt(values.length)];
  }
}
