package io.blockofenergy.edge.mqtt;

import static io.blockofenergy.edge.Await.await;
import static io.blockofenergy.edge.mqtt.BrokerFixture.READING;
import static io.blockofenergy.edge.mqtt.BrokerFixture.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.mqtt.RawClient.Packet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The broker with subscribers that others wrote. */
class MqttBrokerIT {
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

  @ParameterizedTest
  @ValueSource(strings = {"mqttv31", "mqttv311", "mqttv5"})
  void bringsMessagesToSubscribersOfEachVersionAtTheLowerQos(String version) throws Exception {
    Process subscriber =
        broker.mosquitto(
            "mosquitto_sub",
            broker.port(),
            "-V",
            version,
            "-q",
            "1",
            "-t",
            "cmnd/+/POWER",
            "-C",
            "3",
            "-F",
            "%t %q %r %p");
    await(() -> broker.gauge("subscriptions") == 1);
    for (int qos = 0; qos <= 2; qos++) {
      assertThat(
              broker.publish(
                  "-V", version, "-t", "cmnd/plug7/POWER", "-q", "" + qos, "-m", "m" + qos))
          .isZero();
    }
    assertThat(BrokerFixture.lines(subscriber))
        .containsExactlyInAnyOrder(
            "cmnd/plug7/POWER 0 0 m0", "cmnd/plug7/POWER 1 0 m1", "cmnd/plug7/POWER 1 0 m2");
    await(() -> broker.gauge("connections") == 0);
    await(() -> broker.gauge("subscriptions") == 0);
  }

  @Test
  void journalsAReadingAndBringsItToSubscribers() throws Exception {
    try (MqttClient client = broker.paho("watcher", true)) {
      List<String> got = Collections.synchronizedList(new ArrayList<>());
      client.subscribe("tele/#", 1, (topic, m) -> got.add(new String(m.getPayload())));
      broker.publish("-t", READING, "-q", "1", "-m", message(1));
      broker.publish("-t", READING, "-q", "2", "-m", message(2));
      await(() -> got.size() == 2);
      assertThat(got).containsExactly(message(1), message(2));
      assertThat(broker.count("boe.edge.messages", "outcome", "journaled")).isEqualTo(2);
      client.disconnect();
    }
  }

  @Test
  void keepsRetainedMessagesAcrossARestart() throws Exception {
    broker.publish("-t", "homeassistant/sensor/a/config", "-r", "-q", "1", "-m", "a1");
    broker.publish("-t", "homeassistant/sensor/a/config", "-r", "-q", "0", "-m", "a2");
    broker.publish("-t", "homeassistant/sensor/b/config", "-r", "-q", "2", "-m", "b");
    broker.publish("-t", "homeassistant/sensor/c/config", "-r", "-q", "1", "-m", "c");
    broker.publish("-t", "homeassistant/sensor/c/config", "-r", "-n", "-q", "1");
    List<String> expected =
        List.of("homeassistant/sensor/a/config 1 a2", "homeassistant/sensor/b/config 1 b");
    String[] subscription = {
      "-t", "homeassistant/#", "-q", "1", "-W", "2", "-C", "2", "-F", "%t %r %p"
    };
    assertThat(broker.subscribe(subscription)).containsExactlyElementsOf(expected);
    broker.restart();
    assertThat(broker.gauge("retained.messages")).isEqualTo(2);
    assertThat(broker.subscribe(subscription)).containsExactlyElementsOf(expected);
  }

  @Test
  void deliversManyRetainedMessagesToASubscriberThatHasRoomForFew() throws Exception {
    int count = 3000;
    try (RawClient source = broker.raw("source", 4, true)) {
      for (int i = 1; i <= count; i++) {
        source.publish(i, i % 2, false, true, "config/" + i, "x" + i);
      }
      for (int i = 0; i < count / 2; i++) {
        assertThat(source.packet().type()).isEqualTo(RawClient.PUBACK);
      }
    }
    assertThat(broker.subscribe("-t", "config/#", "-q", "1", "-C", "" + count, "-W", "20"))
        .hasSize(count)
        .doesNotHaveDuplicates();
    assertThat(broker.count("boe.edge.mqtt.dropped", "reason", "queue_full")).isZero();
  }

  @Test
  void deliversRetainedMessagesAsTheOptionsOfMqtt5Say() throws Exception {
    broker.publish("-t", "state/x", "-r", "-m", "old");
    assertThat(
            broker.subscribe(
                "-V", "5", "-t", "state/#", "--retain-handling", "never", "-W", "1", "-E"))
        .isEmpty();
    Process asPublished =
        broker.mosquitto(
            "mosquitto_sub",
            broker.port(),
            "-V",
            "5",
            "-t",
            "state/#",
            "--retain-as-published",
            "-C",
            "2",
            "-F",
            "%r %p");
    await(() -> broker.gauge("subscriptions") == 1);
    broker.publish("-t", "state/x", "-r", "-m", "new");
    assertThat(BrokerFixture.lines(asPublished)).containsExactly("1 old", "1 new");
  }

  @Test
  void passesPropertiesOnAndCountsDownTheExpiry() throws Exception {
    broker.publish(
        "-V",
        "5",
        "-t",
        "p/q",
        "-r",
        "-q",
        "1",
        "-m",
        "x",
        "-D",
        "publish",
        "user-property",
        "a",
        "b",
        "-D",
        "publish",
        "content-type",
        "text/plain",
        "-D",
        "publish",
        "response-topic",
        "answer",
        "-D",
        "publish",
        "correlation-data",
        "77",
        "-D",
        "publish",
        "message-expiry-interval",
        "1000");
    broker.restart();
    List<String> lines =
        broker.subscribe(
            "-V",
            "5",
            "-t",
            "p/#",
            "-C",
            "1",
            "-F",
            "%P|%C|%R|%D|%E|%p",
            "-W",
            "5",
            "-D",
            "subscribe",
            "subscription-identifier",
            "42");
    assertThat(lines).hasSize(1);
    String[] fields = lines.get(0).split("\\|");
    assertThat(fields[0]).isEqualTo("a:b");
    assertThat(fields[1]).isEqualTo("text/plain");
    assertThat(fields[2]).isEqualTo("answer");
    assertThat(fields[3]).isEqualTo("77");
    assertThat(Integer.parseInt(fields[4])).isBetween(900, 1000);
  }

  @Test
  void publishesTheWillOfAClientThatGoesWithoutAWord() throws Exception {
    try (MqttClient watcher = broker.paho("watcher", true)) {
      List<String> got = Collections.synchronizedList(new ArrayList<>());
      watcher.subscribe("tele/+/LWT", 1, (topic, m) -> got.add(topic + " " + m));
      Process polite = will("polite");
      Process rude = will("rude");
      // mosquitto_sub says DISCONNECT on SIGTERM, but not before it has come to subscribe.
      await(() -> broker.gauge("subscriptions") == 3);
      polite.destroy();
      polite.waitFor();
      rude.destroyForcibly().waitFor();
      await(() -> broker.gauge("connections") == 1);
      await(() -> !got.isEmpty());
      assertThat(got).containsExactly("tele/rude/LWT Offline");
      watcher.disconnect();
    }
  }

  @Test
  void publishesAfterARestartTheWillsOfThoseWhoWereConnectedThen() throws Exception {
    Process client = will("plug7");
    await(() -> broker.gauge("connections") == 1);
    broker.stop();
    client.destroyForcibly().waitFor();
    broker.start();
    assertThat(broker.subscribe("-t", "tele/+/LWT", "-C", "1", "-W", "5", "-F", "%r %p"))
        .containsExactly("1 Offline");
    broker.restart();
    await(() -> broker.gauge("retained.messages") == 1);
  }

  private Process will(String id) throws Exception {
    return broker.mosquitto(
        "mosquitto_sub",
        broker.port(),
        "-i",
        id,
        "-t",
        "cmnd/" + id,
        "--will-topic",
        "tele/" + id + "/LWT",
        "--will-payload",
        "Offline",
        "--will-retain",
        "--will-qos",
        "1");
  }

  @Test
  void keepsWhatASessionIsOwedAcrossARestart() throws Exception {
    try (RawClient away = broker.raw("away")) {
      assertThat(away.sessionWasPresent()).isFalse();
      assertThat(away.subscribe("cmnd/#", 2)).isEqualTo(2);
    }
    await(() -> broker.gauge("connections") == 0);
    broker.restart();
    for (int i = 0; i < 9; i++) {
      broker.publish("-t", "cmnd/x", "-q", "" + i % 3, "-m", "m" + i);
    }
    broker.restart();
    try (RawClient back = broker.raw("away")) {
      assertThat(back.sessionWasPresent()).isTrue();
      for (String expected : List.of("m1", "m2", "m4", "m5", "m7", "m8")) {
        assertThat(back.message()).isEqualTo(expected);
        if ((back.lastHeader & 6) == 2) {
          back.answer(RawClient.PUBACK, back.lastId);
        } else {
          back.answer(RawClient.PUBREC, back.lastId);
        }
      }
      for (int i = 0; i < 3; i++) {
        Packet release = back.packet();
        assertThat(release.type()).isEqualTo(RawClient.PUBREL);
        back.answer(RawClient.PUBCOMP, release.uint16(0));
      }
    }
    await(() -> broker.gauge("queued.bytes") == 0);
    broker.restart();
    try (RawClient back = broker.raw("away", 4, true)) {
      assertThat(back.sessionWasPresent()).isFalse();
    }
  }

  /** Also when the bridge goes down between PUBREC and PUBREL. */
  @Test
  void bringsAMessageAtQos2OnceThroughRestartsOnBothSides() throws Exception {
    try (RawClient subscriber = broker.raw("subscriber")) {
      subscriber.subscribe("exactly/once", 2);
      try (RawClient publisher = broker.raw("publisher")) {
        publisher.publish(5, 2, false, "exactly/once", "1");
        assertThat(publisher.packet().type()).isEqualTo(RawClient.PUBREC);
      }
      assertThat(subscriber.message()).isEqualTo("1");
    }
    int id;
    broker.restart();
    try (RawClient publisher = broker.raw("publisher");
        RawClient subscriber = broker.raw("subscriber")) {
      publisher.publish(5, 2, true, "exactly/once", "1"); // the PUBREC got lost
      assertThat(publisher.packet().type()).isEqualTo(RawClient.PUBREC);
      publisher.answer(RawClient.PUBREL, 5);
      assertThat(publisher.packet().type()).isEqualTo(RawClient.PUBCOMP);
      assertThat(subscriber.message()).isEqualTo("1");
      assertThat(subscriber.lastHeader & 8).as("DUP").isEqualTo(8);
      id = subscriber.lastId;
      subscriber.answer(RawClient.PUBREC, id);
      assertThat(subscriber.packet().type()).isEqualTo(RawClient.PUBREL);
    }
    broker.restart();
    try (RawClient publisher = broker.raw("publisher");
        RawClient subscriber = broker.raw("subscriber")) {
      Packet release = subscriber.packet();
      assertThat(release.type()).isEqualTo(RawClient.PUBREL);
      assertThat(release.uint16(0)).isEqualTo(id);
      subscriber.answer(RawClient.PUBCOMP, id);
      publisher.publish(5, 2, false, "exactly/once", "2"); // the id is free again
      assertThat(subscriber.message()).isEqualTo("2");
    }
  }

  @Test
  void letsANewcomerTakeOverTheIdAndItsSession() throws Exception {
    try (RawClient first = broker.raw("same", 5, false)) {
      first.subscribe("a", 1);
      try (RawClient second = broker.raw("same", 5, false)) {
        assertThat(second.sessionWasPresent()).isTrue();
        Packet farewell = first.packet();
        assertThat(farewell.type()).isEqualTo(RawClient.DISCONNECT);
        assertThat(farewell.body()[0]).isEqualTo((byte) 0x8e);
        broker.publish("-t", "a", "-q", "1", "-m", "x");
        assertThat(second.message()).isEqualTo("x");
      }
    }
    await(() -> broker.gauge("connections") == 0);
  }

  /** A client that subscribes, and then reads nothing of what it asked for. */
  @Test
  void neverLetsAPublisherWaitForASlowSubscriber() throws Exception {
    try (RawClient slow = broker.raw("slow", 4, true);
        RawClient publisher = broker.raw("publisher", 4, true)) {
      slow.subscribe("#", 0);
      String payload = "x".repeat(50_000);
      for (int i = 1; i <= 400; i++) { // 20 MB, more than sockets take
        publisher.publish(i, 1, false, "big/" + i, payload);
        assertThat(publisher.packet().uint16(0)).isEqualTo(i);
      }
      await(() -> broker.count("boe.edge.mqtt.dropped", "reason", "queue_full") > 0);
      assertThat(broker.gauge("queued.bytes")).isLessThanOrEqualTo(1 << 20);
    }
    await(() -> broker.gauge("queued.bytes") == 0);
  }

  @Test
  void answersWhatItWillNotDo() throws Exception {
    try (RawClient five = broker.raw("five", 5, true);
        RawClient four = broker.raw("four", 4, true)) {
      assertThat(five.subscribe("$share/group/a", 1)).isEqualTo(0x9e);
      assertThat(four.subscribe("$share/group/a", 1)).isEqualTo(0x80);
      assertThat(five.subscribe("a/#/b", 1)).isEqualTo(0x8f);
      five.send(0xa2, body -> body.write(new byte[] {0, 3, 0, 0, 1, 'x'}));
      Packet unsuback = five.packet();
      assertThat(unsuback.body()).containsExactly(0, 3, 0, 0x11);
      five.publish(0, 0, false, "", "no alias");
      Packet farewell = five.packet();
      assertThat(farewell.type()).isEqualTo(RawClient.DISCONNECT);
      assertThat(farewell.body()[0]).isEqualTo((byte) 0x94);
    }
  }

  @Test
  void endsAConnectionThatSaysConnectTwice() throws Exception {
    try (RawClient client = broker.raw("twice", 4, true)) {
      client.send(
          0x10, body -> body.write(new byte[] {0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'x'}));
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void forgetsASessionWhenItsTimeIsOver() throws Exception {
    try (RawClient client = RawClient.open(broker.port(), 5)) {
      client.send(
          0x10,
          body -> {
            RawClient.text(body, "MQTT");
            body.write(new byte[] {5, 0, 0, 60, 5, 0x11, 0, 0, 0, 1});
            RawClient.text(body, "short");
          });
      client.packet();
      client.subscribe("a", 1);
    }
    await(() -> broker.gauge("sessions.kept") == 1 && broker.gauge("connections") == 0);
    await(() -> broker.gauge("sessions.kept") == 0);
    assertThat(broker.gauge("subscriptions")).isZero();
  }

  @Test
  void keepsAskingClientsAliveAndNotSilentOnes() throws Exception {
    try (RawClient silent = RawClient.connect(broker.port(), "silent", 5, true, 1);
        RawClient asking = RawClient.connect(broker.port(), "asking", 4, true, 1)) {
      Packet farewell = null;
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (farewell == null && System.nanoTime() < end) {
        asking.send(new byte[] {(byte) 0xc0, 0});
        assertThat(asking.packet().header()).isEqualTo(0xd0);
        farewell = silent.in.available() > 0 ? silent.packet() : null;
      }
      assertThat(farewell).isNotNull();
      assertThat(farewell.body()[0]).isEqualTo((byte) 0x8d);
    }
  }

  @Test
  void deliversAMessageOnceHoweverManySubscriptionsMatch() throws Exception {
    try (RawClient client = broker.raw("many", 4, true)) {
      client.subscribe("a/#", 0);
      client.subscribe("a/+", 1);
      client.subscribe("a/b", 2);
      client.publish(1, 1, false, "a/b", "x");
      int publishes = 0;
      for (int i = 0; i < 2; i++) {
        publishes += client.packet().type() == RawClient.PUBLISH ? 1 : 0;
      }
      assertThat(publishes).isEqualTo(1);
      client.send(new byte[] {(byte) 0xc0, 0});
      assertThat(client.packet().header()).as("PINGRESP and nothing before it").isEqualTo(0xd0);
    }
  }

  @Test
  void refusesAWillOnATopicThatIsNone() throws Exception {
    try (RawClient client = RawClient.open(broker.port(), 4)) {
      client.send(
          0x10,
          body -> {
            RawClient.text(body, "MQTT");
            body.write(new byte[] {4, 6, 0, 60});
            RawClient.text(body, "x");
            RawClient.text(body, "a/+");
            RawClient.text(body, "will");
          });
      assertThat(client.packet().body()).containsExactly(0, 5);
    }
  }

  @Test
  void takesPublishesAtEachQosFromPahoWithRetainAndReadsThemBack() throws Exception {
    try (MqttClient client = broker.paho("paho", true)) {
      for (int qos = 0; qos <= 2; qos++) {
        MqttMessage message = new MqttMessage(("q" + qos).getBytes());
        message.setQos(qos);
        message.setRetained(true);
        client.publish("back/" + qos, message);
      }
      List<String> got = Collections.synchronizedList(new ArrayList<>());
      client.subscribe("back/+", 2, (topic, m) -> got.add(topic + m + m.getQos() + m.isRetained()));
      await(() -> got.size() == 3);
      assertThat(got).containsExactlyInAnyOrder("back/0q00true", "back/1q11true", "back/2q22true");
      client.disconnect();
    }
  }
}
