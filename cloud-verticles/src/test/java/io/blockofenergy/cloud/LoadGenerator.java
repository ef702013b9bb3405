package io.blockofenergy.cloud;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Publishes Tasmota messages of about 700 bytes at QoS 1 over several connections, as fast as they
 * are acknowledged or at a given rate. Speaks just enough MQTT 3.1.1 to cost little beside what it
 * measures: for each connection a thread writes and another reads the acknowledgements.
 */
final class LoadGenerator implements AutoCloseable {
  private static final int CONNECT = 0x10;
  private static final int CONNACK = 0x20;
  private static final int PUBLISH_QOS_1 = 0x32;
  private static final int PUBACK = 0x40;

  /** So that every number has as many digits. */
  private static final long FIRST_NUMBER = 1_000_000_000;

  private static final int NUMBER_DIGITS = 10;
  private static final int NUMBER_AT = "{\"Time\":\"2026-11-01T12:00:00\",\"Number\":".length();
  private static final int PLUGS = 200;

  /** Different ones of one plug; then they repeat but for their numbers. */
  private static final int MESSAGES = 60;

  /** Of which one connection may have unacknowledged; below MQTT's 65,535 packet ids. */
  private final int window;

  private final List<Connection> connections = new ArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private final byte[][] templates = templates();

  /**
   * @param devices how many sensors to speak for, spread over the connections
   */
  LoadGenerator(int port, int clients, int window, int devices) throws IOException {
    this.window = window;
    for (int i = 0; i < clients; i++) {
      connections.add(new Connection(port, "load-" + i, i, clients, devices));
    }
  }

  /**
   * Publishes so many more messages and waits until all are acknowledged.
   *
   * @param perSecond rate of all together; 0 for no limit
   * @return the seconds that it took
   */
  double publish(int count, int perSecond, Duration limit) throws Exception {
    int first = next.get();
    long start = System.nanoTime();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (Connection connection : connections) {
      all.add(connection.run(first, first + count, perSecond, start));
    }
    try {
      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("not all of " + count + " publishes were acknowledged", e);
    }
    next.set(first + count); // each connection has looked at one number too many
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() throws IOException {
    for (Connection connection : connections) {
      connection.socket.close();
    }
  }

  /**
   * Like Tasmota's message of a plug, with a number of ten digits to tell it by.
   *
   * @param device what is the same in all messages of one plug comes from this
   * @param k which of its messages
   */
  private static String payload(int device, int k) {
    int power = device * 37 % 2000 + k * 7919 % 50;
    int voltage = 224 + (device + k) % 8;
    return String.format(
        Locale.ROOT,
        "{\"Time\":\"2026-11-01T12:%02d:%02d\",\"Number\":%d,\"Uptime\":\"%dT01:00:00\","
            + "\"UptimeSec\":%d,\"Vcc\":3.339,\"Heap\":23,\"SleepMode\":\"Dynamic\",\"Sleep\":50,"
            + "\"LoadAvg\":19,\"MqttCount\":1,\"POWER\":\"ON\",\"Wifi\":{\"AP\":1,\"SSId\":\"PLANT\","
            + "\"BSSId\":\"AA:BB:CC:DD:EE:FF\",\"Channel\":6,\"Mode\":\"11n\",\"RSSI\":%d,"
            + "\"Signal\":-%d,\"LinkCount\":1,\"Downtime\":\"0T00:00:03\"},\"Hostname\":"
            + "\"tasmota-plug-%04d\",\"IPAddress\":\"192.0.2.%d\",\"Module\":\"NOUS A1T\","
            + "\"FriendlyName\":\"Washing machine, cellar\",\"Version\":\"14.2.0(release-tasmota)\","
            + "\"ENERGY\":{\"TotalStartTime\":\"2025-08-21T00:00:00\",\"Total\":%.3f,"
            + "\"Yesterday\":%.3f,\"Today\":%.3f,\"Period\":%d,\"Power\":%d,\"ApparentPower\":%d,"
            + "\"ReactivePower\":%d,\"Factor\":0.98,\"Voltage\":%d,\"Current\":%.3f}}",
        k / 6 % 60,
        k * 10 % 60,
        FIRST_NUMBER,
        1 + device % 9,
        90_000 * (1 + device % 9) + device * 7 + k * 10,
        70 + device % 20 + k % 3,
        55 + device % 15 + k % 2,
        device,
        1 + device,
        10 + device + k * power / 360_000.0,
        device * 31 % 9000 / 1000.0,
        device * 17 % 3000 / 1000.0 + k * power / 360_000.0,
        power / 360,
        power,
        power * 102 / 100,
        power / 5,
        voltage,
        power / (double) voltage);
  }

  /** Made in advance, for making a message costs more than sending it; the number is put in. */
  private static byte[][] templates() {
    byte[][] templates = new byte[PLUGS * MESSAGES][];
    for (int i = 0; i < templates.length; i++) {
      templates[i] = payload(i % PLUGS, i / PLUGS).getBytes(StandardCharsets.UTF_8);
    }
    return templates;
  }

  private static void putNumber(byte[] buffer, int at, int number) {
    long digits = FIRST_NUMBER + number;
    for (int i = at + NUMBER_DIGITS - 1; i >= at; i--) {
      buffer[i] = (byte) ('0' + digits % 10);
      digits /= 10;
    }
  }

  private final class Connection {
    final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;
    private final Semaphore room = new Semaphore(window);
    private final AtomicInteger unacknowledged = new AtomicInteger();
    private final int index;
    private final int clients;
    private final byte[][] topics;
    private int packetId;
    private volatile CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile boolean written;

    Connection(int port, String clientId, int index, int clients, int devices) throws IOException {
      this.index = index;
      this.clients = clients;
      topics = new byte[Math.max(1, devices / clients)][];
      for (int i = 0; i < topics.length; i++) {
        topics[i] =
            ("tele/plug" + (index + i * clients) + "/SENSOR").getBytes(StandardCharsets.UTF_8);
      }
      socket = new Socket("127.0.0.1", port);
      socket.setTcpNoDelay(true);
      out = socket.getOutputStream();
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
      byte[] id = clientId.getBytes(StandardCharsets.UTF_8);
      ByteBuffer connect = ByteBuffer.allocate(14 + id.length);
      connect.put((byte) CONNECT).put((byte) (12 + id.length));
      connect.putShort((short) 4).put("MQTT".getBytes(StandardCharsets.UTF_8));
      connect.put((byte) 4).put((byte) 2).putShort((short) 0); // 3.1.1, clean session
      connect.putShort((short) id.length).put(id);
      out.write(connect.array());
      if (in.read() != CONNACK || in.read() != 2 || in.readShort() != 0) {
        throw new IOException("the server does not accept the connection");
      }
      Thread reader = new Thread(this::read, clientId + "-read");
      reader.setDaemon(true);
      reader.start();
    }

    CompletableFuture<Void> run(int first, int end, int perSecond, long startNanos) {
      done = new CompletableFuture<>();
      written = false;
      Thread writer = new Thread(() -> write(first, end, perSecond, startNanos), "load-write");
      writer.setDaemon(true);
      writer.start();
      return done;
    }

    private void write(int first, int end, int perSecond, long startNanos) {
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      try {
        int number;
        while ((number = next.getAndIncrement()) < end) {
          if (perSecond > 0) {
            pace(startNanos + (number - first) * 1_000_000_000L / perSecond);
          }
          if (!room.tryAcquire()) {
            flush(buffer);
            room.acquire();
          }
          unacknowledged.incrementAndGet();
          put(buffer, number);
          if (perSecond > 0 || buffer.remaining() < 2048) {
            flush(buffer);
          }
        }
        flush(buffer);
        written = true;
        if (unacknowledged.get() == 0) {
          done.complete(null);
        }
      } catch (IOException | InterruptedException e) {
        done.completeExceptionally(e);
      }
    }

    private static void pace(long atNanos) throws InterruptedException {
      long wait = atNanos - System.nanoTime();
      if (wait > 0) {
        TimeUnit.NANOSECONDS.sleep(wait);
      }
    }

    private void put(ByteBuffer buffer, int number) {
      int turn = number % topics.length;
      byte[] topic = topics[turn];
      byte[] payload =
          templates[(index + turn * clients) % PLUGS + PLUGS * (number / PLUGS % MESSAGES)];
      packetId = packetId % 65_535 + 1;
      int length = 2 + topic.length + 2 + payload.length;
      buffer.put((byte) PUBLISH_QOS_1).put((byte) (length & 0x7f | 0x80)).put((byte) (length >> 7));
      buffer.putShort((short) topic.length).put(topic).putShort((short) packetId).put(payload);
      putNumber(buffer.array(), buffer.position() - payload.length + NUMBER_AT, number);
    }

    private void flush(ByteBuffer buffer) throws IOException {
      out.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }

    private void read() {
      byte[] packet = new byte[127];
      try {
        while (true) {
          int type = in.read();
          if (type < 0) {
            throw new IOException("the server has closed connection " + index);
          }
          in.readFully(packet, 0, in.read()); // no answer is longer than 127 bytes
          if (type == PUBACK) {
            room.release();
            if (unacknowledged.decrementAndGet() == 0 && written) {
              done.complete(null);
            }
          }
        }
      } catch (IOException e) {
        done.completeExceptionally(e);
      }
    }
  }
}
