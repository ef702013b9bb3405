package io.blockofenergy.edge.source;

import static io.blockofenergy.edge.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.decode.TasmotaDecoder;
import io.blockofenergy.edge.intake.Intake;
import io.blockofenergy.edge.intake.IntakeConfig;
import io.blockofenergy.edge.journal.BridgeIdentity;
import io.blockofenergy.edge.journal.Journal;
import io.blockofenergy.edge.journal.JournalConfig;
import io.blockofenergy.edge.journal.JournalFixture;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** External brokers that others wrote, over a real journal. */
class SourcesIT {
  private static final String TOPIC = "tele/plug7/SENSOR";

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final SigningKey key = SigningKey.generate();
  private final List<Mosquitto> brokers = new ArrayList<>();
  private final List<String> seen = new ArrayList<>();
  private Journal journal;
  private Intake intake;
  private Sources sources;

  @BeforeEach
  void start() throws Exception {
    open(1 << 30);
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    intake.close();
    journal.close();
    for (Mosquitto broker : brokers) {
      broker.stop();
    }
  }

  @Test
  void readingsOfTwoBrokersArriveOnceWhateverRetainedOnesTheyRepeat() throws Exception {
    Mosquitto one = broker("one", "allow_anonymous true");
    Mosquitto two = broker("two", "allow_anonymous true");
    one.publish(messages("old", 1), TOPIC, true);
    deploy(
        "one: {uri: 'mqtt://127.0.0.1:%d'}".formatted(one.port()),
        "two: {uri: 'mqtt://127.0.0.1:%d', topics: ['tele/#', 'tele/+/SENSOR']}"
            .formatted(two.port()));
    await(() -> isConnected("one") && isConnected("two"));
    one.publish(messages("a", 50), TOPIC, false);
    two.publish(messages("b", 50), TOPIC, false);
    awaitJournaled(100);
    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(both(messages("a", 50), messages("b", 50)));
    assertThat(count("one", "retained")).isEqualTo(1);
    assertThat(count("two", "journaled")).isEqualTo(50);
    assertThat(registry.get("boe.edge.source.connected").tag("source", "two").gauge().value())
        .isEqualTo(1);
  }

  @Test
  void whatIsPublishedWhileTheBridgeIsAwayComesAfterwards() throws Exception {
    Mosquitto broker = broker("one", "allow_anonymous true");
    String source = "one: {uri: 'mqtt://127.0.0.1:%d'}".formatted(broker.port());
    deploy(source);
    await(() -> isConnected("one"));
    undeploy();
    broker.publish(messages("away", 30), TOPIC, false);
    deploy(source);
    awaitJournaled(30);
    assertThat(seen).containsExactlyElementsOf(messages("away", 30));
  }

  @Test
  void aBrokerThatWasKilledIsFoundAgain() throws Exception {
    Mosquitto broker = broker("one", "allow_anonymous true");
    deploy("one: {uri: 'mqtt://127.0.0.1:%d'}".formatted(broker.port()));
    await(() -> isConnected("one"));
    broker.kill();
    await(() -> !isConnected("one"));
    assertThat(sources.status().getJsonObject("one").getString("problem")).isNotEmpty();
    broker.start();
    await(() -> isConnected("one"));
    broker.publish(messages("back", 5), TOPIC, false);
    awaitJournaled(5);
  }

  @Test
  void whileTheJournalIsFullTheBrokerKeepsTheMessages() throws Exception {
    undeployAndClose();
    open(JournalConfig.MIN_MAX_BYTES);
    Mosquitto broker = broker("one", "allow_anonymous true");
    deploy("one: {uri: 'mqtt://127.0.0.1:%d'}".formatted(broker.port()));
    await(() -> isConnected("one"));
    // Does not shrink, else the journal would not become full.
    String filler =
        new Random(7)
            .ints(60_000, 'a', 'z')
            .mapToObj(Character::toString)
            .collect(Collectors.joining());
    int count = 400; // 24 MB into a journal of 8, with 8 more that may wait
    List<String> sent = messages(filler, count);
    Thread publisher =
        new Thread(
            () -> {
              try {
                broker.publish(sent, TOPIC, false);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    publisher.start();
    await(() -> journal.isFull());
    awaitJournaled(count);
    publisher.join();
    assertThat(seen).containsExactlyInAnyOrderElementsOf(sent);
  }

  @Test
  void aBrokerWithTlsAndAPasswordIsReadAndAWrongPasswordIsNamed() throws Exception {
    Path tls = Files.createDirectories(directory.resolve("tls"));
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=test",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        tls + "/key.pem",
        "-out",
        tls + "/cert.pem");
    Path passwords = tls.resolve("passwords");
    run("mosquitto_passwd", "-b", "-c", passwords.toString(), "bridge", "right");
    Mosquitto broker =
        broker(
            "one",
            "allow_anonymous false\npassword_file %s\ncertfile %s/cert.pem\nkeyfile %s/key.pem"
                .formatted(passwords, tls, tls));
    String form =
        "one: {uri: 'mqtts://127.0.0.1:%d', caFile: %s/cert.pem, user: bridge, password: %s}";
    deploy(form.formatted(broker.port(), tls, "wrong"));
    await(() -> String.valueOf(status("one").getString("problem")).startsWith("refused: "));
    sources.update(configs(form.formatted(broker.port(), tls, "right")));
    await(() -> isConnected("one"));
    run(
        "mosquitto_pub",
        "-h",
        "127.0.0.1",
        "-p",
        "" + broker.port(),
        "--cafile",
        tls + "/cert.pem",
        "-u",
        "bridge",
        "-P",
        "right",
        "-q",
        "1",
        "-t",
        TOPIC,
        "-m",
        messages("tls", 1).get(0));
    awaitJournaled(1);
  }

  @Test
  void sourcesComeChangeAndGoWithoutLoss() throws Exception {
    Mosquitto one = broker("one", "allow_anonymous true");
    Mosquitto two = broker("two", "allow_anonymous true");
    String first = "one: {uri: 'mqtt://127.0.0.1:%d'}".formatted(one.port());
    String second = "two: {uri: 'mqtt://127.0.0.1:%d'}".formatted(two.port());
    deploy(first);
    await(() -> isConnected("one"));
    Thread publisher =
        new Thread(
            () -> {
              try {
                one.publish(messages("stream", 2_000), TOPIC, false);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    publisher.start();
    String narrower =
        "one: {uri: 'mqtt://127.0.0.1:%d', topics: [tele/+/SENSOR], keepAlive: 5s}"
            .formatted(one.port());
    for (int i = 0; i < 3; i++) {
      int atLeast = 100 + 200 * i;
      await(() -> count("one", "journaled") >= atLeast);
      sources.update(configs(narrower, second));
      await(() -> isConnected("two"));
      sources.update(configs(first));
      await(() -> !sources.status().containsKey("two") && isConnected("one"));
    }
    publisher.join();
    awaitJournaled(2_000);
    assertThat(seen).containsExactlyInAnyOrderElementsOf(messages("stream", 2_000));

    // One that was removed has no session that would fill up at the broker.
    two.publish(messages("nobody", 3), TOPIC, false);
    sources.update(configs(first, second));
    await(() -> isConnected("two"));
    two.publish(messages("somebody", 1), TOPIC, false);
    awaitJournaled(2_001);
    assertThat(count("two", "journaled")).isEqualTo(1);
  }

  private void open(long maxBytes) throws IOException {
    BridgeIdentity identity =
        new BridgeIdentity("b1", "home", ZoneOffset.UTC, directory.resolve("key"));
    journal =
        Journal.open(
            new JournalConfig(
                directory.resolve("journal" + maxBytes), maxBytes, 8 << 20, Duration.ofMillis(1)),
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
  }

  private void undeployAndClose() throws IOException {
    intake.close();
    journal.close();
  }

  private Mosquitto broker(String name, String configuration) throws IOException {
    Mosquitto broker = new Mosquitto(directory.resolve("mosquitto-" + name), configuration);
    brokers.add(broker);
    return broker.start();
  }

  private SortedMap<String, SourceConfig> configs(String... named) throws IOException {
    Path file = directory.resolve("bridge.yaml");
    StringBuilder yaml = new StringBuilder("sources:\n");
    for (String source : named) {
      yaml.append("  ").append(source).append('\n');
    }
    Files.writeString(file, yaml);
    Settings settings = Settings.load(file, Map.of(), Map.of());
    SortedMap<String, SourceConfig> configs = SourceConfig.all(settings);
    settings.validate();
    return configs;
  }

  private void deploy(String... named) throws Exception {
    sources = new Sources("b1", configs(named), intake, Clock.systemUTC(), registry);
    vertx
        .deployVerticle(sources)
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private void undeploy() throws Exception {
    vertx
        .undeploy(sources.deploymentID())
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  private JsonObject status(String source) {
    return sources.status().getJsonObject(source, new JsonObject());
  }

  private boolean isConnected(String source) {
    return status(source).getBoolean("connected", false);
  }

  private double count(String source, String outcome) {
    Counter counter =
        registry.find("boe.edge.messages").tags("source", source, "outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  /** Takes batches out of the journal until so many readings have been seen. */
  private void awaitJournaled(int readings) {
    await(
        () -> {
          try {
            var next = JournalFixture.next(journal);
            if (next.isPresent()) {
              Batch batch = next.get();
              batch.readings().stream().map(Reading::payload).forEach(seen::add);
              journal.acknowledged(batch.id());
            }
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          return seen.size() >= readings;
        });
    assertThat(seen).hasSize(readings);
  }

  private static List<String> messages(String name, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "{\"n\":%d,\"x\":\"%s\",\"ENERGY\":{\"Power\":203}}".formatted(i, name))
        .toList();
  }

  private static List<String> both(List<String> some, List<String> others) {
    List<String> both = new ArrayList<>(some);
    both.addAll(others);
    return both;
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
  }
}
