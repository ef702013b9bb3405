package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.decode.TasmotaDecoder;
import io.blockofenergy.edge.intake.Intake;
import io.blockofenergy.edge.intake.IntakeConfig;
import io.blockofenergy.edge.journal.BridgeIdentity;
import io.blockofenergy.edge.journal.Journal;
import io.blockofenergy.edge.journal.JournalConfig;
import io.blockofenergy.edge.journal.JournalFixture;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/** A broker over a real journal that can be restarted, and clients for it. */
final class BrokerFixture implements AutoCloseable {
  static final String READING = "tele/plug7/SENSOR";

  final Path directory;
  final Vertx vertx = Vertx.vertx();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final Journal journal;
  private final Intake intake;
  private String yaml;
  private MqttBroker broker;

  /**
   * @param yaml the settings under {@code mqtt:}
   */
  BrokerFixture(Path directory, String yaml) throws IOException {
    this(directory, yaml, 1 << 30);
  }

  BrokerFixture(Path directory, String yaml, long maxJournalBytes) throws IOException {
    this(directory, yaml, maxJournalBytes, true);
  }

  static BrokerFixture notStarted(Path directory, String yaml) throws IOException {
    return new BrokerFixture(directory, yaml, 1 << 30, false);
  }

  private BrokerFixture(Path directory, String yaml, long maxJournalBytes, boolean started)
      throws IOException {
    this.directory = Files.createDirectories(directory);
    this.yaml = yaml;
    journal =
        Journal.open(
            new JournalConfig(
                directory.resolve("journal"), maxJournalBytes, 8 << 20, Duration.ofMillis(1)),
            new BridgeIdentity("b1", "home", ZoneOffset.UTC, directory.resolve("key")),
            SigningKey.generate(),
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
    if (started) {
      start();
    }
  }

  static MqttConfig config(Path directory, String yaml) throws IOException {
    Path file = directory.resolve("bridge.yaml");
    String port = yaml.startsWith("port:") ? "" : "port: 0\n";
    Files.writeString(file, "mqtt:\n" + (port + yaml).strip().indent(2));
    Settings settings =
        Settings.load(file, Map.of("BOE_MQTT_DIRECTORY", "" + directory.resolve("mqtt")), Map.of());
    MqttConfig config = MqttConfig.from(settings);
    settings.validate();
    return config;
  }

  void start() throws IOException {
    broker = new MqttBroker(config(directory, yaml), intake, Clock.systemUTC(), registry);
    get(vertx.deployVerticle(broker));
  }

  void stop() {
    get(vertx.undeploy(broker.deploymentID()));
  }

  /** As a new process would: with what the old one has kept on the disk. */
  void restart() throws IOException {
    stop();
    start();
  }

  void restart(String otherYaml) throws IOException {
    stop();
    yaml = otherYaml;
    start();
  }

  int port() {
    return broker.actualPort();
  }

  int tlsPort() {
    return broker.actualTlsPort();
  }

  @Override
  public void close() throws IOException {
    get(vertx.close());
    intake.close();
    journal.close();
  }

  private static <T> T get(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  /** The journal's next batch, of either lane, in order. */
  Optional<Batch> nextBatch() {
    try {
      return JournalFixture.next(journal);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  double count(String name, String... tags) {
    Counter counter = registry.find(name).tags(tags).counter();
    return counter == null ? 0 : counter.count();
  }

  double gauge(String name) {
    return registry.get("boe.edge.mqtt." + name).gauge().value();
  }

  RawClient raw(String id) throws IOException {
    return RawClient.connect(port(), id, 4, false);
  }

  RawClient raw(String id, int version, boolean clean) throws IOException {
    return RawClient.connect(port(), id, version, clean);
  }

  /** Paho, connected. */
  MqttClient paho(String id, boolean clean) throws MqttException {
    MqttClient client = new MqttClient("tcp://127.0.0.1:" + port(), id, new MemoryPersistence());
    MqttConnectOptions options = new MqttConnectOptions();
    options.setCleanSession(clean);
    client.connect(options);
    return client;
  }

  /** Runs mosquitto_pub, and says what its exit code is. */
  int publish(String... arguments) throws Exception {
    return mosquitto("mosquitto_pub", port(), arguments).waitFor();
  }

  /** What mosquitto_sub prints until it ends. */
  List<String> subscribe(String... arguments) throws Exception {
    return lines(mosquitto("mosquitto_sub", port(), arguments));
  }

  static List<String> lines(Process process) throws Exception {
    try (var output = process.inputReader()) {
      List<String> lines = output.lines().toList();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      return lines;
    }
  }

  Process mosquitto(String program, int port, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(program, "-h", "127.0.0.1", "-p", "" + port));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  static String message(int i) {
    return "{\"Time\":\"2025-08-21T18:23:28\",\"UptimeSec\":" + i + ",\"ENERGY\":{\"Power\":203}}";
  }
}
