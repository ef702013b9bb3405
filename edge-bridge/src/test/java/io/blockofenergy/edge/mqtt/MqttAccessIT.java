package io.blockofenergy.edge.mqtt;

import static io.blockofenergy.edge.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.mqtt.RawClient.Packet;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what, and TLS. */
class MqttAccessIT {
  private static final int CLEAN = 2;

  private static final int BAD_CREDENTIALS = 4;
  private static final int NOT_AUTHORIZED = 5;
  private static final int ID_REJECTED = 2;

  @TempDir Path directory;
  private BrokerFixture broker;

  @BeforeEach
  void start() throws Exception {
    Process openssl =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                directory + "/key.pem",
                "-out",
                directory + "/cert.pem")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("openssl.log").toFile())
            .start();
    assertThat(openssl.waitFor()).isZero();
    broker = new BrokerFixture(directory, yaml());
  }

  private String yaml() {
    return """
            user: simple
            password: simple-password
            tls:
              port: 0
              certificateFile: %1$s/cert.pem
              keyFile: %1$s/key.pem
            users:
              admin:
                passwordHash: %2$s
              sensor:
                passwordHash: %3$s
                publish: [ "tele/%%c/#", "stat/%%c/#" ]
                subscribe: [ "cmnd/%%c/#" ]
            """
        .formatted(directory, hash("admin-password"), hash("sensor-password"));
  }

  private static String hash(String password) {
    return PasswordHash.of(password, 5000, new SecureRandom()).text();
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  @Test
  void letsInWhoKnowsAPasswordAndNobodyElse() throws Exception {
    for (int i = 0; i < 2; i++) { // the second time from memory
      assertThat(reason("a", "admin", "admin-password")).isZero();
      assertThat(reason("a", "admin", "sensor-password")).isEqualTo(BAD_CREDENTIALS);
      assertThat(reason("a", "simple", "simple-password")).isZero();
      assertThat(reason("a", "simple", "admin-password")).isEqualTo(BAD_CREDENTIALS);
      assertThat(reason("a", "nobody", "simple-password")).isEqualTo(BAD_CREDENTIALS);
      assertThat(reason("a", null, null)).isEqualTo(NOT_AUTHORIZED);
    }
    assertThat(broker.count("boe.edge.mqtt.refused", "reason", "credentials")).isEqualTo(8);
  }

  @Test
  void takesWhatIsSentBehindConnectOnceThePasswordIsVerified() throws Exception {
    try (RawClient client = RawClient.open(broker.port(), 4)) {
      client.send(0x10, body -> login(body, 4, "eager", "admin", "admin-password"));
      client.publish(1, 1, false, "x/y", "sent before CONNACK");
      assertThat(client.packet().type()).isEqualTo(RawClient.CONNACK);
      assertThat(client.packet().type()).isEqualTo(RawClient.PUBACK);
    }
  }

  @Test
  void aSessionThatAnotherUserHasLeftDoesNotLockAClientOut() throws Exception {
    try (RawClient squatter = RawClient.open(broker.port(), 4)) {
      squatter.send(0x10, body -> login(body, 4, 0, "plug-1", "admin", "admin-password"));
      assertThat(squatter.packet().body()[1]).isZero();
    }
    await(() -> broker.gauge("connections") == 0 && broker.gauge("sessions.kept") == 1);
    try (RawClient keeps = RawClient.open(broker.port(), 4)) {
      keeps.send(0x10, body -> login(body, 4, 0, "plug-1", "sensor", "sensor-password"));
      assertThat(keeps.packet().body()[1]).as("it must not get what waits there").isNotZero();
    }
    assertThat(reason("plug-1", "sensor", "sensor-password")).as("with a clean one").isZero();
  }

  @Test
  void aSubscriptionEndsWithTheRightToIt() throws Exception {
    try (RawClient client = RawClient.open(broker.port(), 4)) {
      client.send(0x10, body -> login(body, 4, 0, "plug-2", "sensor", "sensor-password"));
      assertThat(client.packet().body()[1]).isZero();
      assertThat(client.subscribe("cmnd/plug-2/#", 1)).isEqualTo(1);
    }
    await(() -> broker.gauge("connections") == 0);
    String[] login = {"-u", "admin", "-P", "admin-password", "-q", "1"};
    assertThat(broker.publish(with(login, "-t", "cmnd/plug-2/POWER", "-m", "before"))).isZero();
    broker.restart(yaml().replace("cmnd/%c/#", "other/%c/#"));
    assertThat(broker.publish(with(login, "-t", "cmnd/plug-2/POWER", "-m", "after"))).isZero();
    try (RawClient client = RawClient.open(broker.port(), 4)) {
      client.send(0x10, body -> login(body, 4, 0, "plug-2", "sensor", "sensor-password"));
      assertThat(client.packet().body()).as("the session is still there").containsExactly(1, 0);
      client.send(new byte[] {(byte) 0xc0, 0});
      assertThat(client.packet().header()).as("PINGRESP and nothing before it").isEqualTo(0xd0);
    }
    await(() -> broker.gauge("subscriptions") == 0);
  }

  @Test
  void servesTlsAndShowsItsCertificate() throws Exception {
    String[] login = {"-u", "admin", "-P", "admin-password"};
    Process subscriber =
        broker.mosquitto(
            "mosquitto_sub",
            broker.tlsPort(),
            "--cafile",
            directory + "/cert.pem",
            "-u",
            "admin",
            "-P",
            "admin-password",
            "-t",
            "a/#",
            "-C",
            "1");
    await(() -> broker.gauge("subscriptions") == 1);
    assertThat(broker.publish(with(login, "-t", "a/b", "-m", "x".repeat(60_000)))).isZero();
    assertThat(BrokerFixture.lines(subscriber)).containsExactly("x".repeat(60_000));
    Process stranger =
        broker.mosquitto(
            "mosquitto_pub",
            broker.tlsPort(),
            with(login, "--capath", "/nonexistent", "-t", "a/b", "-m", "x"));
    assertThat(stranger.waitFor()).isNotZero();
  }

  @Test
  void letsASensorPublishAsItselfOnly() throws Exception {
    try (MqttClient watcher = client("watcher", "admin", "admin-password");
        MqttClient sensor = client("plug7", "sensor", "sensor-password")) {
      List<String> got = Collections.synchronizedList(new ArrayList<>());
      watcher.subscribe("#", 2, (topic, m) -> got.add(topic));
      for (int qos = 0; qos <= 2; qos++) {
        sensor.publish("tele/plug8/STATE", new byte[1], qos, true);
        sensor.publish("tele/plug7/STATE", new byte[1], qos, true);
      }
      await(() -> got.size() == 3);
      assertThat(got).containsOnly("tele/plug7/STATE");
      assertThat(broker.count("boe.edge.mqtt.denied", "action", "publish")).isEqualTo(3);
      assertThat(broker.count("boe.edge.messages", "outcome", "no_reading")).isEqualTo(3);
      watcher.disconnect();
      sensor.disconnect();
    }
  }

  @Test
  void tellsAClientOfMqtt5WhatItMayNotDo() throws Exception {
    try (RawClient sensor = RawClient.open(broker.port(), 5)) {
      sensor.send(0x10, body -> login(body, 5, "plug7", "sensor", "sensor-password"));
      assertThat(sensor.packet().type()).isEqualTo(RawClient.CONNACK);
      sensor.publish(1, 1, false, "tele/plug8/STATE", "x");
      assertThat(sensor.packet()).satisfies(it -> refusal(it, RawClient.PUBACK));
      sensor.publish(2, 2, false, "tele/plug8/STATE", "x");
      assertThat(sensor.packet()).satisfies(it -> refusal(it, RawClient.PUBREC));
      assertThat(sensor.subscribe("cmnd/plug7/POWER", 1)).isEqualTo(1);
      assertThat(sensor.subscribe("cmnd/+/POWER", 1)).isEqualTo(0x87);
      assertThat(sensor.subscribe("#", 1)).isEqualTo(0x87);
    }
    assertThat(broker.count("boe.edge.mqtt.denied", "action", "subscribe")).isEqualTo(2);
  }

  private static void refusal(Packet packet, int type) {
    assertThat(packet.type()).isEqualTo(type);
    assertThat(packet.body()[2]).isEqualTo((byte) 0x87);
  }

  @Test
  void refusesAWillThatItsClientMayNotPublish() throws Exception {
    MqttConnectOptions options = options("sensor", "sensor-password");
    options.setWill("tele/plug8/LWT", "Offline".getBytes(), 1, true);
    assertThat(reason("plug7", options)).isEqualTo(NOT_AUTHORIZED);
    options.setWill("tele/plug7/LWT", "Offline".getBytes(), 1, true);
    assertThat(reason("plug7", options)).isZero();
  }

  @Test
  void givesASessionOnlyToTheUserWhoHasMadeIt() throws Exception {
    MqttConnectOptions admin = options("admin", "admin-password");
    admin.setCleanSession(false);
    assertThat(reason("mine", admin)).isZero();
    MqttConnectOptions sensor = options("sensor", "sensor-password");
    sensor.setCleanSession(false);
    assertThat(reason("mine", sensor)).isEqualTo(ID_REJECTED);
    assertThat(reason("mine", admin)).isZero();
  }

  /** As somebody would who has many guesses: the event loop must stay free for others. */
  @Test
  void refusesMoreGuessesThanItCanVerifyAtATime() throws Exception {
    List<RawClient> guessers = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        String id = "guesser" + i;
        RawClient client = RawClient.open(broker.port(), 4);
        guessers.add(client);
        client.send(0x10, body -> login(body, 4, id, "admin", "guess"));
      }
      int busy = 0;
      for (RawClient client : guessers) {
        int code = client.packet().body()[1];
        assertThat(code).isIn(3, BAD_CREDENTIALS);
        busy += code == 3 ? 1 : 0;
      }
      assertThat(broker.count("boe.edge.mqtt.refused", "reason", "busy")).isEqualTo(busy);
    } finally {
      for (RawClient client : guessers) {
        client.close();
      }
    }
    assertThat(reason("a", "admin", "admin-password")).isZero();
  }

  private static void login(
      java.io.DataOutputStream body, int version, String id, String user, String password)
      throws IOException {
    login(body, version, CLEAN, id, user, password);
  }

  /**
   * @param clean {@link #CLEAN}, or 0 for a session that is kept
   */
  private static void login(
      java.io.DataOutputStream body,
      int version,
      int clean,
      String id,
      String user,
      String password)
      throws IOException {
    RawClient.text(body, "MQTT");
    body.write(new byte[] {(byte) version, (byte) (0xc0 | clean), 0, 60});
    if (version == 5) {
      body.writeByte(0);
    }
    RawClient.text(body, id);
    RawClient.text(body, user);
    RawClient.text(body, password);
  }

  private int reason(String id, String user, String password) throws MqttException {
    return reason(id, options(user, password));
  }

  private int reason(String id, MqttConnectOptions options) throws MqttException {
    try (MqttClient client =
        new MqttClient("tcp://127.0.0.1:" + broker.port(), id, new MemoryPersistence())) {
      client.connect(options);
      client.disconnect();
      return 0;
    } catch (MqttException e) {
      return e.getReasonCode();
    }
  }

  private MqttClient client(String id, String user, String password) throws MqttException {
    MqttClient client =
        new MqttClient("tcp://127.0.0.1:" + broker.port(), id, new MemoryPersistence());
    client.connect(options(user, password));
    return client;
  }

  private static MqttConnectOptions options(String user, String password) {
    MqttConnectOptions options = new MqttConnectOptions();
    options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1); // and not 3.1 when refused
    if (user != null) {
      options.setUserName(user);
      options.setPassword(password.toCharArray());
    }
    return options;
  }

  private static String[] with(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
