package io.blockofenergy.edge.mqtt;

import static io.blockofenergy.edge.Await.await;
import static io.blockofenergy.edge.mqtt.BrokerFixture.READING;
import static io.blockofenergy.edge.mqtt.BrokerFixture.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.edge.journal.JournalConfig;
import io.blockofenergy.edge.journal.JournalFixture;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The way of a reading from the wire into the journal, with publishers that others wrote. */
@Timeout(120)
class MqttIntakeIT {
  private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  @TempDir Path directory;
  private BrokerFixture broker;

  @BeforeEach
  void start() throws Exception {
    broker = new BrokerFixture(directory, "");
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  @Test
  void journalsWhatMosquittoPublishesAtEachQos() throws Exception {
    for (int qos = 0; qos <= 2; qos++) {
      assertThat(broker.publish("-q", "" + qos, "-t", READING, "-m", message(qos))).isZero();
    }
    await(() -> count("journaled") == 3);
    assertThat(payloads(3)).containsExactlyInAnyOrder(message(0), message(1), message(2));
  }

  @Test
  void acknowledgesPahoOnlyWhatIsOnTheDisk() throws Exception {
    try (MqttClient client = broker.paho("paho", true)) {
      for (int i = 0; i < 20; i++) {
        client.publish(READING, bytes(message(i)), 1 + i % 2, false);
        assertThat(count("journaled")).isEqualTo(i + 1);
      }
      client.disconnect();
    }
    assertThat(payloads(20)).hasSize(20).doesNotHaveDuplicates();
  }

  @Test
  void keepsManyInFlightInOrder() throws Exception {
    MqttConnectOptions options = new MqttConnectOptions();
    options.setMaxInflight(1000);
    String url = "tcp://127.0.0.1:" + broker.port();
    try (MqttAsyncClient client = new MqttAsyncClient(url, "many", new MemoryPersistence())) {
      client.connect(options).waitForCompletion(10_000);
      List<String> sent = new ArrayList<>();
      CountDownLatch acknowledged = new CountDownLatch(900);
      client.setCallback(new Acknowledgements(acknowledged));
      for (int i = 0; i < 900; i++) {
        sent.add(message(i));
        client.publish(READING, bytes(message(i)), 1, false);
      }
      assertThat(acknowledged.await(20, TimeUnit.SECONDS)).isTrue();
      client.disconnect().waitForCompletion(10_000);
      assertThat(payloads(900)).containsExactlyElementsOf(sent);
    }
  }

  @Test
  void deadLettersMalformedMessagesAndAcknowledgesThem() throws Exception {
    broker.publish("-q", "1", "-t", READING, "-m", "{\"ENERGY\":");
    broker.publish("-q", "2", "-t", READING, "-m", "{\"ENERGY\":{\"Power\":\"12\"}}");
    broker.publish("-q", "1", "-t", READING, "-m", message(1));
    assertThat(count("malformed")).isEqualTo(2);
    assertThat(count("journaled")).isEqualTo(1);
    List<String> lines = Files.readAllLines(directory.resolve("dead-letters.jsonl"));
    assertThat(lines).hasSize(2);
    assertThat(new JsonObject(lines.get(1)).getString("reason"))
        .contains("ENERGY.Power is not a number");
    assertThat(
            new String(new JsonObject(lines.get(0)).getBinary("payload"), StandardCharsets.UTF_8))
        .isEqualTo("{\"ENERGY\":");
  }

  @Test
  void acknowledgesMessagesThatAreNoReadings() throws Exception {
    broker.publish("-q", "1", "-t", "tele/plug7/STATE", "-m", "{}");
    broker.publish("-q", "1", "-t", READING, "-m", "{\"Time\":\"2025-08-21T18:23:28\"}");
    assertThat(count("no_reading")).isEqualTo(2);
  }

  @Test
  void storesARedeliveryOnce() throws Exception {
    for (int qos = 1; qos <= 2; qos++) {
      int acknowledgement = qos == 1 ? RawClient.PUBACK : RawClient.PUBREC;
      try (RawClient client = broker.raw("raw")) {
        client.publish(7, qos, false, READING, message(qos));
        assertThat(client.packet().type()).isEqualTo(acknowledgement);
      }
      // The connection is gone without the client having seen the acknowledgement.
      try (RawClient client = broker.raw("raw")) {
        client.publish(7, qos, true, READING, message(qos));
        assertThat(client.packet().type()).isEqualTo(acknowledgement);
        if (qos == 2) {
          client.answer(RawClient.PUBREL, 7);
          assertThat(client.packet().type()).isEqualTo(RawClient.PUBCOMP);
        }
      }
    }
    assertThat(count("journaled")).isEqualTo(2);
    assertThat(count("duplicate")).isEqualTo(2);
  }

  @Test
  void disconnectsAClientWhoseMessageIsTooLarge() throws Exception {
    try (RawClient client = broker.raw("large")) {
      client.publish(1, 1, false, READING, "x".repeat(100_000));
      assertThat(client.isClosed()).isTrue();
    }
    assertThat(broker.publish("-q", "1", "-t", READING, "-m", message(1))).isZero();
  }

  @Test
  void withholdsTheAcknowledgementWhileTheJournalIsFull() throws Exception {
    broker.close();
    broker = new BrokerFixture(directory, "", JournalConfig.MIN_MAX_BYTES);
    String filler = JournalFixture.noise(50_000);
    try (RawClient client = broker.raw("filler");
        RawClient careless = broker.raw("careless")) {
      int sent = 0;
      int atMostOnce = 0;
      int acknowledged = 0;
      long askedNanos = 0;
      // It is full again and again until all of it is compressed.
      while (broker.gauge("paused.connections") == 0) {
        if (sent - acknowledged < 20) {
          client.publish(++sent, 1, false, READING, large(sent, filler));
        }
        while (client.in.available() > 0) {
          client.packet();
          acknowledged++;
        }
        // One may come in a moment in which there is room: then the next one has to wait.
        if (broker.journal.isFull() && System.nanoTime() - askedNanos > ASK_NANOS) {
          askedNanos = System.nanoTime();
          careless.publish(0, 0, false, READING, message(++atMostOnce));
        }
      }
      assertThat(acknowledged).isLessThan(sent);
      int released = 0;
      while (acknowledged < sent) {
        Optional<Batch> batch = broker.nextBatch();
        if (batch.isPresent()) {
          released += batch.get().count();
          broker.journal.acknowledged(batch.get().id());
        }
        while (client.in.available() > 0) {
          client.packet();
          acknowledged++;
        }
      }
      assertThat(released).isPositive();
      int all = sent + atMostOnce;
      System.err.println(
          "DEBUG sent "
              + sent
              + " amo "
              + atMostOnce
              + " j "
              + count("journaled")
              + " full "
              + broker.journal.isFull()
              + " paused "
              + broker.gauge("paused.connections")
              + " refused "
              + count("refused")
              + " nor "
              + count("no_reading")
              + " "
              + count("malformed")
              + " dup "
              + count("duplicate"));
      await(() -> count("journaled") == all); // at QoS 0 nothing is lost either
      assertThat(count("refused")).isZero();
    }
  }

  @Test
  void namesTheVariableWhenThePortIsTaken() throws Exception {
    try (BrokerFixture second =
        BrokerFixture.notStarted(directory.resolve("second"), "port: " + broker.port())) {
      assertThatThrownBy(second::start).hasMessageContaining("BOE_MQTT_PORT");
    }
  }

  private double count(String outcome) {
    return broker.count("boe.edge.messages", "outcome", outcome);
  }

  private List<String> payloads(int readings) {
    List<String> payloads = new ArrayList<>();
    await(
        () -> {
          broker
              .nextBatch()
              .ifPresent(
                  batch -> batch.readings().stream().map(Reading::payload).forEach(payloads::add));
          return payloads.size() >= readings;
        });
    return payloads;
  }

  private static String large(int i, String filler) {
    return "{\"n\":" + i + ",\"x\":\"" + filler + "\",\"ENERGY\":{\"Power\":203}}";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private record Acknowledgements(CountDownLatch latch) implements MqttCallback {
    @Override
    public void connectionLost(Throwable cause) {}

    @Override
    public void messageArrived(String topic, MqttMessage message) {}

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {
      latch.countDown();
    }
  }
}
