package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.edge.decode.TasmotaDecoder;
import io.blockofenergy.edge.intake.Intake;
import io.blockofenergy.edge.intake.IntakeConfig;
import io.blockofenergy.edge.journal.BridgeIdentity;
import io.blockofenergy.edge.journal.Journal;
import io.blockofenergy.edge.journal.JournalConfig;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The MQTT server with clients that others wrote, over a real journal. */
class MqttIngressIT {
  private static final String TOPIC = "tele/plug7/SENSOR";

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final SigningKey key = SigningKey.generate();
  private Journal journal;
  private Intake intake;
  private MqttBroker ingress;

  @BeforeEach
  void start() throws Exception {
    start(Optional.empty(), 1 << 30);
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    intake.close();
    journal.close();
  }

  @Test
  void journalsWhatMosquittoPublishesAtEachQos() throws Exception {
    for (int qos = 0; qos <= 2; qos++) {
      mosquitto(0, "-q", "" + qos, "-t", TOPIC, "-m", message(qos));
    }
    await(() -> count("journaled") == 3);
    assertThat(payloads(3)).containsExactlyInAnyOrder(message(0), message(1), message(2));
  }

  @Test
  void acknowledgesPahoOnlyWhatIsOnTheDisk() throws Exception {
    try (MqttClient client = paho("paho", null)) {
      for (int i = 0; i < 20; i++) {
        client.publish(TOPIC, bytes(message(i)), 1 + i % 2, false);
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
    try (MqttAsyncClient client = new MqttAsyncClient(url(), "many", new MemoryPersistence())) {
      client.connect(options).waitForCompletion(10_000);
      List<String> sent = new ArrayList<>();
      CountDownLatch acknowledged = new CountDownLatch(900);
      client.setCallback(new Acknowledgements(acknowledged));
      for (int i = 0; i < 900; i++) {
        sent.add(message(i));
        client.publish(TOPIC, bytes(message(i)), 1, false);
      }
      assertThat(acknowledged.await(20, TimeUnit.SECONDS)).isTrue();
      client.disconnect().waitForCompletion(10_000);
      assertThat(payloads(900)).containsExactlyElementsOf(sent);
    }
  }

  @Test
  void deadLettersMalformedMessagesAndAcknowledgesThem() throws Exception {
    mosquitto(0, "-q", "1", "-t", TOPIC, "-m", "{\"ENERGY\":");
    mosquitto(0, "-q", "2", "-t", TOPIC, "-m", "{\"ENERGY\":{\"Power\":\"12\"}}");
    mosquitto(0, "-q", "1", "-t", TOPIC, "-m", message(1));
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
    mosquitto(0, "-q", "1", "-t", "tele/plug7/STATE", "-m", "{}");
    mosquitto(0, "-q", "1", "-t", TOPIC, "-m", "{\"Time\":\"2025-08-21T18:23:28\"}");
    assertThat(count("no_reading")).isEqualTo(2);
  }

  @Test
  void asksForCredentialsWhenConfigured() throws Exception {
    stopIngress();
    start(Optional.of("meter"), 1 << 30);
    assertThat(reasonOf(null)).isEqualTo(5);
    assertThat(reasonOf("wrong")).isEqualTo(4);
    mosquitto(0, "-u", "meter", "-P", "right", "-q", "1", "-t", TOPIC, "-m", message(1));
    assertThat(count("journaled")).isEqualTo(1);
  }

  @Test
  void storesARedeliveryOnce() throws Exception {
    for (int qos = 1; qos <= 2; qos++) {
      String message = message(qos);
      try (RawClient client = new RawClient("raw")) {
        client.publish(7, qos, false, message);
        assertThat(client.packet()[0] & 0xf0).isEqualTo(qos == 1 ? 0x40 : 0x50);
      }
      // The connection is gone without the client having seen the acknowledgement.
      try (RawClient client = new RawClient("raw")) {
        client.publish(7, qos, true, message);
        assertThat(client.packet()[0] & 0xf0).isEqualTo(qos == 1 ? 0x40 : 0x50);
        if (qos == 2) {
          client.send(0x62, new byte[] {0, 7});
          assertThat(client.packet()).containsExactly(0x70, 2, 0, 7);
        }
      }
    }
    assertThat(count("journaled")).isEqualTo(2);
    assertThat(count("duplicate")).isEqualTo(2);
  }

  @Test
  void letsANewcomerTakeOverItsClientId() throws Exception {
    try (RawClient first = new RawClient("same");
        RawClient second = new RawClient("same")) {
      assertThat(first.in.read()).isEqualTo(-1);
      second.publish(1, 1, false, message(1));
      assertThat(second.packet()).containsExactly(0x40, 2, 0, 1);
    }
    await(() -> registry.get("boe.edge.mqtt.connections").gauge().value() == 0);
  }

  @Test
  void disconnectsAClientThatIsSilentBeyondItsKeepAlive() throws Exception {
    try (RawClient client = new RawClient("silent", 1)) {
      assertThat(client.in.read()).isEqualTo(-1);
    }
  }

  @Test
  void disconnectsAClientWhoseMessageIsTooLarge() throws Exception {
    try (RawClient client = new RawClient("large")) {
      client.publish(1, 1, false, "x".repeat(100_000));
      assertThat(client.in.read()).isEqualTo(-1);
    }
    mosquitto(0, "-q", "1", "-t", TOPIC, "-m", message(1));
  }

  @Test
  void withholdsTheAcknowledgementWhileTheJournalIsFull() throws Exception {
    stopIngress();
    start(Optional.empty(), JournalConfig.MIN_MAX_BYTES);
    String filler = "x".repeat(50_000);
    try (RawClient client = new RawClient("filler")) {
      int sent = 0;
      int acknowledged = 0;
      while (!journal.isFull()) {
        if (sent - acknowledged < 20) {
          client.publish(++sent, 1, false, large(sent, filler));
        }
        while (client.in.available() > 0) {
          client.packet();
          acknowledged++;
        }
      }
      assertThat(acknowledged).isLessThan(sent);
      mosquitto(0, "-q", "0", "-t", TOPIC, "-m", message(1));
      await(() -> registry.get("boe.edge.mqtt.paused.connections").gauge().value() == 1);
      int released = 0;
      while (acknowledged < sent) {
        Optional<Batch> batch = journal.next();
        if (batch.isPresent()) {
          released += batch.get().count();
          journal.acknowledged(batch.get().id());
        }
        while (client.in.available() > 0) {
          client.packet();
          acknowledged++;
        }
      }
      assertThat(released).isPositive();
      int all = sent + 1;
      await(() -> count("journaled") == all); // at QoS 0 nothing is lost either
      assertThat(count("refused")).isZero();
    }
  }

  @Test
  void namesTheVariableWhenThePortIsTaken() {
    MqttConfig taken = config(ingress.actualPort(), Optional.empty());
    MqttBroker second = new MqttBroker(taken, intake, Clock.systemUTC(), registry);
    assertThatThrownBy(
            () ->
                vertx
                    .deployVerticle(second)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS))
        .hasMessageContaining("BOE_MQTT_PORT");
  }

  private void start(Optional<String> user, long maxBytes) throws Exception {
    BridgeIdentity identity =
        new BridgeIdentity("b1", "home", ZoneOffset.UTC, directory.resolve("key"));
    journal =
        Journal.open(
            new JournalConfig(
                directory.resolve("journal"), maxBytes, 8 << 20, Duration.ofMillis(1)),
            identity,
            key,
            Clock.systemUTC(),
            registry);
    intake =
        new Intake(
            vertx,
            new IntakeConfig(directory.resolve("dead-letters.jsonl"), 1 << 20),
            journal,
            List.of(new TasmotaDecoder(ZoneOffset.UTC, Clock.systemUTC())),
            Clock.systemUTC(),
            registry);
    ingress = new MqttBroker(config(0, user), intake, Clock.systemUTC(), registry);
    vertx
        .deployVerticle(ingress)
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private void stopIngress() throws Exception {
    vertx
        .undeploy(ingress.deploymentID())
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
    intake.close();
    journal.close();
  }

  private MqttConfig config(int port, Optional<String> user) {
    Map<String, String> settings = new HashMap<>();
    settings.put("BOE_MQTT_PORT", "" + port);
    settings.put("BOE_MQTT_DIRECTORY", "" + directory.resolve("mqtt-" + port));
    user.ifPresent(
        name -> {
          settings.put("BOE_MQTT_USER", name);
          settings.put("BOE_MQTT_PASSWORD", "right");
        });
    return MqttConfig.from(Settings.of(settings));
  }

  private int reasonOf(String password) throws MqttException {
    try (MqttClient client = paho("credentials", password)) {
      client.disconnect();
      return 0;
    } catch (MqttException e) {
      return e.getReasonCode();
    }
  }

  private MqttClient paho(String id, String password) throws MqttException {
    MqttClient client = new MqttClient(url(), id, new MemoryPersistence());
    MqttConnectOptions options = new MqttConnectOptions();
    if (password != null) {
      options.setUserName("meter");
      options.setPassword(password.toCharArray());
    }
    client.connect(options);
    return client;
  }

  private String url() {
    return "tcp://127.0.0.1:" + ingress.actualPort();
  }

  private void mosquitto(int expected, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("mosquitto_pub", "-h", "127.0.0.1", "-p", "" + ingress.actualPort()));
    command.addAll(Arrays.asList(arguments));
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(expected);
  }

  private double count(String outcome) {
    Counter counter = registry.find("boe.edge.messages").tag("outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  private List<String> payloads(int readings) throws IOException {
    List<String> payloads = new ArrayList<>();
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (payloads.size() < readings && System.nanoTime() < deadline) {
      journal
          .next()
          .ifPresent(b -> b.readings().stream().map(Reading::payload).forEach(payloads::add));
    }
    return payloads;
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static String message(int i) {
    return "{\"Time\":\"2025-08-21T18:23:28\",\"UptimeSec\":" + i + ",\"ENERGY\":{\"Power\":203}}";
  }

  private static String large(int i, String filler) {
    return "{\"n\":" + i + ",\"x\":\"" + filler + "\",\"ENERGY\":{\"Power\":203}}";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private record Acknowledgements(CountDownLatch latch)
      implements org.eclipse.paho.client.mqttv3.MqttCallback {
    @Override
    public void connectionLost(Throwable cause) {}

    @Override
    public void messageArrived(String topic, org.eclipse.paho.client.mqttv3.MqttMessage message) {}

    @Override
    public void deliveryComplete(org.eclipse.paho.client.mqttv3.IMqttDeliveryToken token) {
      latch.countDown();
    }
  }

  /** MQTT 3.1.1 by hand, for what well-behaved clients cannot be made to do. */
  private final class RawClient implements AutoCloseable {
    final Socket socket = new Socket("127.0.0.1", ingress.actualPort());
    final DataInputStream in = new DataInputStream(socket.getInputStream());
    final OutputStream out = socket.getOutputStream();

    RawClient(String id) throws IOException {
      this(id, 60);
    }

    RawClient(String id, int keepAlive) throws IOException {
      socket.setSoTimeout(20_000);
      ByteBuffer connect = ByteBuffer.allocate(12 + id.length());
      connect.put(new byte[] {0, 4, 'M', 'Q', 'T', 'T', 4, 0}).putShort((short) keepAlive);
      connect.putShort((short) id.length()).put(bytes(id));
      send(0x10, connect.array());
      byte[] connack = packet();
      assertThat(connack[0]).isEqualTo((byte) 0x20);
      assertThat(connack[3]).isZero();
    }

    void publish(int packetId, int qos, boolean dup, String message) throws IOException {
      byte[] payload = bytes(message);
      ByteBuffer publish = ByteBuffer.allocate(4 + TOPIC.length() + payload.length);
      publish.putShort((short) TOPIC.length()).put(bytes(TOPIC));
      publish.putShort((short) packetId).put(payload);
      send(0x30 | (qos << 1) | (dup ? 8 : 0), publish.array());
    }

    void send(int header, byte[] body) throws IOException {
      ByteBuffer packet = ByteBuffer.allocate(5 + body.length).put((byte) header);
      int length = body.length;
      do {
        packet.put((byte) (length % 128 | (length >= 128 ? 128 : 0)));
        length /= 128;
      } while (length > 0);
      packet.put(body);
      out.write(packet.array(), 0, packet.position());
    }

    byte[] packet() throws IOException {
      byte[] head = in.readNBytes(2);
      assertThat(head).hasSize(2);
      byte[] packet = Arrays.copyOf(head, 2 + head[1]);
      in.readFully(packet, 2, head[1]);
      return packet;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
