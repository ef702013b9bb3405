package io.blockofenergy.edge.mqtt;

import static io.blockofenergy.edge.Await.await;
import static io.blockofenergy.edge.mqtt.BrokerFixture.READING;
import static io.blockofenergy.edge.mqtt.BrokerFixture.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.journal.JournalConfig;
import io.blockofenergy.edge.journal.JournalFixture;
import io.blockofenergy.edge.mqtt.RawClient.Packet;
import io.blockofenergy.telemetry.Batch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients can take from the broker, and that they wait instead of being thrown out. */
class MqttLimitsIT {
  private static final int HEAVY = 4;
  private static final int LIGHT = 12;
  private static final int OF_ALL_BYTES = 384 << 10;

  /** What is read of a connection at once, before it is asked whether there is room for more. */
  private static final int READ_BYTES = 16 * (64 << 10);

  @TempDir Path directory;

  /** A flood that is many times what may be unacknowledged, while nothing can be acknowledged. */
  @Test
  void letsPublishersFeelThatTheJournalIsFullAndLosesNothingAtAnyQos() throws Exception {
    // A few heavy clients reach their own bound, and the many light ones that of all together.
    String yaml = "maxUnacknowledgedBytes: 256KiB\nmaxUnacknowledgedBytesOfAll: " + OF_ALL_BYTES;
    try (BrokerFixture broker = new BrokerFixture(directory, yaml, JournalConfig.MIN_MAX_BYTES)) {
      List<CompletableFuture<Integer>> floods = new ArrayList<>();
      for (int client = 0; client < HEAVY + LIGHT; client++) {
        int id = client;
        floods.add(CompletableFuture.supplyAsync(() -> flood(broker, id)));
      }
      await(() -> broker.journal.isFull() && broker.gauge("paused.connections") > HEAVY);
      assertThat(broker.registry.get("boe.edge.journal.waiting.bytes").gauge().value())
          .isLessThan(OF_ALL_BYTES + (HEAVY + LIGHT) * READ_BYTES);
      CompletableFuture<Void> all =
          CompletableFuture.allOf(floods.toArray(CompletableFuture[]::new));
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!all.isDone() && System.nanoTime() < end) {
        release(broker);
      }
      int sent = floods.stream().mapToInt(CompletableFuture::join).sum();
      await(
          () -> {
            release(broker);
            return broker.count("boe.edge.messages", "outcome", "journaled") == sent;
          });
      assertThat(broker.count("boe.edge.messages", "outcome", "refused")).isZero();
      await(() -> broker.gauge("paused.connections") == 0);
    }
  }

  /** Sends all of it without waiting for an acknowledgement, and then waits for all of them. */
  private static int flood(BrokerFixture broker, int id) {
    int count = id < HEAVY ? 200 : 10;
    int qos = id % 3;
    String filler = JournalFixture.noise(48_000);
    try (RawClient client = broker.raw("flood" + id, 4, true)) {
      client.socket.setSoTimeout(60_000);
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int i = 1; i <= count; i++) {
                    client.publish(i, qos, false, READING, large(id, i, filler));
                  }
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      for (int i = 1; i <= count && qos > 0; i++) {
        Packet packet = client.packet();
        assertThat(packet.type()).isEqualTo(qos == 1 ? RawClient.PUBACK : RawClient.PUBREC);
        assertThat(packet.uint16(0)).isEqualTo(i);
      }
      writer.join();
      client.send(new byte[] {(byte) 0xc0, 0});
      client.packet(); // everything before the PINGREQ was taken
      return count;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void release(BrokerFixture broker) {
    try {
      Optional<Batch> batch = broker.nextBatch();
      if (batch.isPresent()) {
        broker.journal.acknowledged(batch.get().id());
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String large(int id, int i, String filler) {
    return "{\"n\":\"" + id + "-" + i + "\",\"x\":\"" + filler + "\",\"ENERGY\":{\"Power\":203}}";
  }

  @Test
  void slowsDownWhoPublishesTooOftenAndTakesAllOfIt() throws Exception {
    try (BrokerFixture broker = new BrokerFixture(directory, "maxPublishRate: 20")) {
      long start = System.nanoTime();
      try (RawClient client = broker.raw("fast", 4, true)) {
        for (int i = 1; i <= 50; i++) {
          client.publish(i, 1, false, READING, message(i));
        }
        for (int i = 1; i <= 50; i++) {
          assertThat(client.packet().uint16(0)).isEqualTo(i);
        }
      }
      // A busy machine takes longer, never shorter: 20 at once and 30 at 20 a second.
      assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1400));
      assertThat(broker.count("boe.edge.mqtt.paused")).isPositive();
    }
  }

  @Test
  void closesConnectionsThatNeverCompleteTheirConnect() throws Exception {
    try (BrokerFixture broker = new BrokerFixture(directory, "connectTimeout: 1s");
        RawClient silent = RawClient.open(broker.port(), 4);
        RawClient dribbling = RawClient.open(broker.port(), 4)) {
      // A CONNECT whose client id of 88 bytes comes one by one.
      dribbling.send(new byte[] {0x10, 100, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 88});
      CompletableFuture<Boolean> closed = CompletableFuture.supplyAsync(silent::isClosed);
      while (dribbling.in.available() == 0 && trySend(dribbling)) {
        TimeUnit.MILLISECONDS.sleep(100); // it is slow, and never silent for long
      }
      assertThat(dribbling.isClosed()).isTrue();
      assertThat(closed.orTimeout(20, TimeUnit.SECONDS).join()).isTrue();
      await(() -> broker.count("boe.edge.mqtt.refused", "reason", "timeout") == 2);
    }
  }

  private static boolean trySend(RawClient client) {
    try {
      client.send(new byte[] {'x'});
      return true;
    } catch (IOException e) {
      return false; // the server has closed the connection
    }
  }

  @Test
  void letsNoMoreConnectThanItMayButLetsAClientComeBack() throws Exception {
    try (BrokerFixture broker = new BrokerFixture(directory, "maxConnections: 2");
        RawClient one = broker.raw("one", 4, true);
        RawClient two = broker.raw("two", 4, true)) {
      try (MqttClient third = broker.paho("three", true)) {
        throw new AssertionError("let in " + third);
      } catch (MqttException e) {
        assertThat(e.getReasonCode()).isEqualTo(3);
      }
      try (RawClient again = broker.raw("two", 4, true)) {
        assertThat(two.isClosed()).isTrue();
        again.publish(1, 1, false, READING, message(1));
        assertThat(again.packet().type()).isEqualTo(RawClient.PUBACK);
      }
      assertThat(one.socket.isClosed()).isFalse();
    }
  }

  /** 200 MB of properties, which Netty would read before it looks at the size. */
  @Test
  void stopsAPacketThatIsTooLargeAtItsFirstBytes() throws Exception {
    try (BrokerFixture broker = new BrokerFixture(directory, "maxMessageBytes: 1KiB")) {
      try (RawClient stranger = RawClient.open(broker.port(), 5)) {
        stranger.send(new byte[] {0x10, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x5f});
        assertThat(stranger.isClosed()).isTrue();
      }
      try (RawClient client = broker.raw("five", 5, true)) {
        client.send(new byte[] {0x30, (byte) 0x81, 0x10});
        Packet farewell = client.packet();
        assertThat(farewell.type()).isEqualTo(RawClient.DISCONNECT);
        assertThat(farewell.body()[0]).isEqualTo((byte) 0x95);
      }
    }
  }

  @Test
  void boundsSubscriptionsQueuesSessionsAndRetainedMessages() throws Exception {
    String yaml =
        """
        sessions: { maxSubscriptions: 3, maxQueuedMessages: 4, maxCount: 1 }
        retained: { maxMessages: 2 }
        """;
    try (BrokerFixture broker = new BrokerFixture(directory, yaml)) {
      try (RawClient five = broker.raw("five", 5, false)) {
        for (int i = 0; i < 3; i++) {
          assertThat(five.subscribe("q/" + i, 1)).isEqualTo(1);
        }
        assertThat(five.subscribe("q/3", 1)).isEqualTo(0x97);
        assertThat(five.subscribe("q/2", 0)).isZero();
      }
      await(() -> broker.gauge("connections") == 0);
      for (int i = 0; i < 6; i++) {
        broker.publish("-t", "q/0", "-q", "1", "-m", "m" + i);
        broker.publish("-t", "r/" + i, "-r", "-q", "1", "-m", "m" + i);
      }
      assertThat(broker.count("boe.edge.mqtt.dropped", "reason", "queue_full")).isEqualTo(2);
      assertThat(broker.count("boe.edge.mqtt.retained.refused")).isEqualTo(4);
      await(() -> broker.gauge("retained.messages") == 2);
      // The one session that may be kept is owed something, so a second one is not kept.
      try (MqttClient second = broker.paho("second", false)) {
        throw new AssertionError("let in " + second);
      } catch (MqttException e) {
        assertThat(e.getReasonCode()).isEqualTo(3);
      }
      try (RawClient five = broker.raw("another", 5, false)) {
        assertThat(five.sessionWasPresent()).isFalse();
      }
      try (RawClient back = broker.raw("five", 5, false)) {
        assertThat(back.sessionWasPresent()).isTrue();
        for (int i = 0; i < 4; i++) {
          assertThat(back.message()).isEqualTo("m" + i);
        }
      }
    }
  }

  /**
   * Its packet ids are known as received, and not acknowledged yet, for as long as a sync takes.
   */
  @Test
  void takesFromAnMqtt5ClientAllThatItsReceiveMaximumAllows() throws Exception {
    try (BrokerFixture broker = new BrokerFixture(directory, "");
        RawClient five = broker.raw("five", 5, false)) {
      for (int i = 1; i <= PublisherFlow.RECEIVE_MAXIMUM; i++) {
        five.publish(i, 2, false, "x", "");
      }
      for (int i = 1; i <= PublisherFlow.RECEIVE_MAXIMUM; i++) {
        assertThat(five.packet().type()).isEqualTo(RawClient.PUBREC);
      }
    }
  }

  @Test
  void leavesNothingOfAPausedClientWhoseIdIsTakenOver() throws Exception {
    try (BrokerFixture broker = new BrokerFixture(directory, "maxPublishRate: 1")) {
      for (int i = 0; i < 20; i++) {
        try (RawClient first = broker.raw("same", 4, true)) {
          for (int j = 1; j <= 5; j++) {
            first.publish(j, 1, false, "x", "");
          }
          for (int j = 0; j < 50; j++) {
            String filter = "left/" + i + "/" + j;
            first.send(
                0x82,
                body -> {
                  body.writeShort(9);
                  RawClient.text(body, filter);
                  body.writeByte(1);
                });
          }
          broker.raw("same", 4, true).close();
        }
      }
      await(() -> broker.gauge("connections") == 0);
      await(() -> broker.gauge("subscriptions") == 0);
    }
  }

  @Test
  void boundsWhatWillsTake() throws Exception {
    try (BrokerFixture broker =
        new BrokerFixture(directory, "sessions: { maxQueuedBytesOfAll: 256KiB }")) {
      List<RawClient> clients = new ArrayList<>();
      int refused = 0;
      for (int i = 0; i < 10; i++) {
        String id = "will" + i;
        RawClient client = RawClient.open(broker.port(), 4);
        clients.add(client);
        client.send(
            0x10,
            body -> {
              RawClient.text(body, "MQTT");
              body.write(new byte[] {4, 6, 0, 60});
              RawClient.text(body, id);
              RawClient.text(body, "a/will");
              RawClient.text(body, "x".repeat(50_000));
            });
        refused += client.packet().body()[1];
      }
      assertThat(refused).isPositive();
      for (RawClient client : clients) {
        client.close();
      }
      await(() -> broker.gauge("connections") == 0 && broker.gauge("queued.bytes") == 0);
    }
  }

  /** What a client is not told before MQTT 5 it must not be punished for. */
  @Test
  void endsAnMqtt5ConnectionThatSendsMoreThanTheReceiveMaximum() throws Exception {
    try (BrokerFixture broker = new BrokerFixture(directory, "");
        RawClient five = broker.raw("five", 5, true);
        RawClient four = broker.raw("four", 4, true)) {
      int last = PublisherFlow.RECEIVE_MAXIMUM + 1;
      for (int i = 1; i <= last; i++) {
        four.publish(i, 2, false, "x", "");
        five.publish(i, 2, false, "x", "");
      }
      Packet packet = five.packet();
      while (packet.type() == RawClient.PUBREC) {
        packet = five.packet();
      }
      assertThat(packet.type()).isEqualTo(RawClient.DISCONNECT);
      assertThat(packet.body()[0]).isEqualTo((byte) 0x93);
      for (int i = 1; i <= last; i++) {
        assertThat(four.packet().uint16(0)).isEqualTo(i);
      }
    }
  }
}
