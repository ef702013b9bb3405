package io.blockofenergy.edge.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Against a real Mosquitto, with Paho as the independent reader. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SimulationIT {
  private record Message(String topic, JsonObject body) {
    Instant at() {
      return Instant.parse(body.getString("Time") + "Z");
    }
  }

  private static final Path MOSQUITTO = Path.of("/usr/sbin/mosquitto");
  private static final Duration STEP = Duration.ofMinutes(15);

  @TempDir private Path directory;
  private int port;
  private Process mosquitto;
  private MqttClient reader;
  private final BlockingQueue<Message> received = new LinkedBlockingQueue<>();
  private final Vertx vertx = Vertx.vertx();

  @BeforeEach
  void choosePort() throws IOException {
    assertThat(MOSQUITTO).as("Debian's package mosquitto, which ./test installs").isExecutable();
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  @AfterEach
  void stopEverything() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    if (reader != null) {
      reader.disconnectForcibly(100, 100, false);
      reader.close(true);
    }
    stopMosquitto();
  }

  @Test
  void publishesLiveReadingsAtOnceAndTheWholeHistoryBesideThem() throws Exception {
    startMosquitto("allow_anonymous true");
    Instant now = Instant.now();
    Set<Instant> steps = new HashSet<>();
    for (History.Item item : all(history(2, now))) {
      steps.add(item.at);
    }
    deploy(history(2, now), 2_000);

    Map<String, Set<Instant>> past = new HashMap<>();
    Set<String> live = new HashSet<>();
    while (live.size() < 4 || past.values().stream().mapToInt(Set::size).sum() < 4 * 2 * 96) {
      Message message = next();
      // A live one of the very second of a step may pass for its history; the next will not.
      if (steps.contains(message.at())) {
        past.computeIfAbsent(message.topic(), topic -> new HashSet<>()).add(message.at());
      } else {
        live.add(message.topic());
      }
    }
    assertThat(live)
        .containsExactlyInAnyOrder(
            "tele/dishwasher/SENSOR",
            "tele/boiler/SENSOR",
            "tele/air-conditioner/SENSOR",
            "tele/washing-machine/SENSOR");
    assertThat(past).hasSize(4).allSatisfy((topic, instants) -> assertThat(instants).hasSize(192));
  }

  @Test
  void comesBackWhenTheBrokerDoesAndFinishesTheHistory() throws Exception {
    startMosquitto("allow_anonymous true");
    Instant lastStep =
        Instant.ofEpochSecond(Instant.now().getEpochSecond() / STEP.toSeconds() * STEP.toSeconds());
    deploy(history(2, Instant.now()), 200);
    Set<Instant> seen = new HashSet<>();
    while (seen.size() < 30) {
      seen.add(next().at());
    }
    reader.disconnectForcibly(100, 100, false);
    reader.close(true);
    stopMosquitto();
    received.clear();

    startMosquitto("allow_anonymous true");
    Set<String> finished = new HashSet<>();
    while (finished.size() < 4) {
      Message message = next();
      if (message.at().equals(lastStep)) {
        finished.add(message.topic());
      }
    }
  }

  @Test
  void saysWhyTheBrokerRefuses() throws Exception {
    Path passwords = directory.resolve("passwords");
    Files.writeString(passwords, "");
    startMosquittoProcess("allow_anonymous false\npassword_file " + passwords);
    StringWriter error = new StringWriter();
    int code =
        new CommandLine(new SimulateCommand())
            .setErr(new PrintWriter(error))
            .execute("--port", Integer.toString(port));
    assertThat(code).isEqualTo(1);
    assertThat(error.toString()).contains("refuses the connection", "--user");
  }

  private Message next() throws InterruptedException {
    Message message = received.poll(20, TimeUnit.SECONDS);
    assertThat(message).as("the next message").isNotNull();
    return message;
  }

  private static History history(int days, Instant now) throws IOException {
    return History.open(null, 4, days, STEP, now);
  }

  private static List<History.Item> all(History history) {
    List<History.Item> items = new ArrayList<>();
    for (History.Item item = history.next(); item != null; item = history.next()) {
      items.add(item);
    }
    return items;
  }

  private void deploy(History history, int rate) throws Exception {
    Household household = Household.of(1, ZoneOffset.UTC);
    household.powerW(Instant.now());
    Simulation simulation =
        new Simulation(
            household,
            history,
            new Simulation.Options(
                "127.0.0.1", port, null, null, Duration.ofSeconds(1), STEP, rate),
            Clock.systemUTC());
    vertx
        .deployVerticle(simulation)
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private void startMosquitto(String configuration) throws Exception {
    startMosquittoProcess(configuration);
    reader = new MqttClient("tcp://127.0.0.1:" + port, "reader", new MemoryPersistence());
    MqttConnectOptions options = new MqttConnectOptions();
    options.setMaxInflight(1_000);
    reader.connect(options);
    reader.subscribe(
        "tele/+/SENSOR",
        1,
        (topic, message) ->
            received.add(new Message(topic, new JsonObject(new String(message.getPayload())))));
  }

  private void startMosquittoProcess(String configuration) throws Exception {
    Path file = directory.resolve("mosquitto.conf");
    Files.writeString(
        file,
        "listener "
            + port
            + " 127.0.0.1\nmax_queued_messages 0\nuser root\n"
            + configuration
            + '\n');
    mosquitto =
        new ProcessBuilder(MOSQUITTO.toString(), "-c", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("mosquitto.log").toFile())
            .start();
    while (!accepts()) {
      assertThat(mosquitto.isAlive()).as("mosquitto runs").isTrue();
      Thread.onSpinWait();
    }
  }

  private boolean accepts() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void stopMosquitto() throws InterruptedException {
    if (mosquitto != null) {
      mosquitto.destroyForcibly().waitFor();
    }
  }
}
