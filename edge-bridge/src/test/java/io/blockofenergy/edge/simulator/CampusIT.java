package io.blockofenergy.edge.simulator;

import static io.blockofenergy.edge.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.source.Mosquitto;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A campus that publishes to a real Mosquitto, with Paho as the independent reader. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CampusIT {
  private static final Path MOSQUITTO = Path.of("/usr/sbin/mosquitto");
  private static final Duration STEP = Duration.ofMinutes(15);

  @TempDir private Path directory;
  private Mosquitto mosquitto;
  private MqttClient reader;
  private final Map<String, Set<String>> received = new ConcurrentHashMap<>();
  private final Vertx vertx = Vertx.vertx();

  @BeforeEach
  void startMosquitto() throws Exception {
    assertThat(MOSQUITTO).as("Debian's package mosquitto, which ./test installs").isExecutable();
    mosquitto = new Mosquitto(directory.resolve("mosquitto"), "allow_anonymous true").start();
    reader =
        new MqttClient("tcp://127.0.0.1:" + mosquitto.port(), "reader", new MemoryPersistence());
    MqttConnectOptions options = new MqttConnectOptions();
    options.setMaxInflight(1_000);
    reader.connect(options);
    reader.subscribe(
        "#",
        1,
        (topic, message) ->
            received
                .computeIfAbsent(topic, any -> ConcurrentHashMap.newKeySet())
                .add(new String(message.getPayload())));
  }

  @AfterEach
  void stopEverything() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    if (reader != null) {
      reader.disconnectForcibly(100, 100, false);
      reader.close(true);
    }
    if (mosquitto != null) {
      mosquitto.kill();
    }
  }

  @Test
  void everyDeviceReachesTheBrokerByAConnectionForEachThousand() throws Exception {
    Campus campus = Campus.of(1, ZoneOffset.UTC, 1_200);
    campus.powerW(Instant.now());
    Set<String> expected = new HashSet<>();
    for (Device device : campus.devices()) {
      device.messages(Instant.now(), Duration.ofMinutes(1)).stream()
          .map(Message::topic)
          // Published once a minute only.
          .filter(topic -> !topic.endsWith("/emdata:0"))
          .forEach(expected::add);
    }
    deploy(campus, History.open(null, 0, 0, STEP, Instant.now()), Duration.ofSeconds(5));
    await(() -> received.keySet().containsAll(expected));
    assertThat(connections()).isEqualTo(2);
  }

  @Test
  void thePastIsPublishedOfThoseDevicesOnlyWhoseMessagesCarryATime() throws Exception {
    Campus campus = Campus.of(1, ZoneOffset.UTC, 20);
    Instant now = Instant.now();
    List<Device> withPast = campus.devices().stream().filter(Device::tellsTime).toList();
    Map<String, Set<String>> expected = new HashMap<>();
    History all = History.open(null, withPast.size(), 1, STEP, now);
    for (History.Item item = all.next(); item != null; item = all.next()) {
      for (Message message : withPast.get(item.meter).messages(item.at, STEP)) {
        expected.computeIfAbsent(message.topic(), any -> new HashSet<>()).add(message.payload());
      }
    }
    assertThat(expected).hasSize(11).allSatisfy((topic, past) -> assertThat(past).hasSize(96));

    // Live so rarely that the first device is the only one to come to it.
    deploy(campus, History.open(null, withPast.size(), 1, STEP, now), Duration.ofHours(1));
    await(
        () ->
            expected.entrySet().stream()
                .allMatch(
                    each ->
                        received
                            .getOrDefault(each.getKey(), Set.of())
                            .containsAll(each.getValue())));
    assertThat(received).containsOnlyKeys(expected.keySet());
  }

  private void deploy(Campus campus, History history, Duration interval) throws Exception {
    Simulation simulation =
        new Simulation(
            campus,
            history,
            new Simulation.Options(
                "127.0.0.1", mosquitto.port(), null, null, interval, STEP, 2_000),
            Clock.systemUTC());
    vertx
        .deployVerticle(simulation)
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  /** How many connections of the simulator Mosquitto has seen. */
  private long connections() throws IOException {
    try (Stream<String> log = Files.lines(mosquitto.log())) {
      return log.filter(line -> line.contains(" as simulator-")).count();
    }
  }
}
