package io.blockofenergy.cloud;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Readings a second from a sensor's publish to the hub's acknowledgement, with load generator,
 * bridge and hub on this machine, each a process of its own; then the same with Mosquitto's bridge
 * in the place of ours, to the same hub. Settings are system properties, see {@link #main}.
 */
public final class UplinkBenchmark implements AutoCloseable {
  private static final int CLIENTS = 4;
  private static final int WINDOW = 1000;
  private static final int WARM_UP = 40_000;
  private static final int DEVICES = Integer.getInteger("bench.devices", 200);
  private static final Duration LIMIT = Duration.ofMinutes(20);
  private static final String PEER = "mosquitto-1";

  /** Mosquitto's default are 20. */
  private static final String UNBOUNDED = "max_inflight_messages 0\n";

  /**
   * Mosquitto writes its database every half hour by default. This is the nearest that it has to an
   * acknowledgement that survives a kill; it still does not sync.
   */
  private static final String SAVING = "autosave_on_changes true\nautosave_interval 1\n";

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path data = Files.createTempDirectory("boe-uplink-bench");
  private final Deque<Process> processes = new ArrayDeque<>();
  private final int hubPort = FreePort.draw();
  private final int hubManagement = FreePort.draw();
  private final Process hub;

  private UplinkBenchmark() throws Exception {
    hub =
        start(
            "hub",
            Map.of(),
            Installation.java(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            HubStandIn.class.getName(),
            data.resolve("hub").toString(),
            Integer.toString(hubPort),
            Integer.toString(hubManagement));
    Installation.await(Duration.ofSeconds(30), "the hub is ready", this::hubStatus);
  }

  /**
   * {@code bench.readings} to publish (200,000); {@code bench.rate} a second, all together, no
   * limit by default; {@code bench.devices} (200); {@code bench.java} options of the bridge's
   * process; {@code bench.environment} settings of it, such as {@code BOE_UPLINK_LINGER=10s},
   * separated by spaces; {@code bench.peer} whether Mosquitto follows.
   */
  public static void main(String[] arguments) throws Exception {
    int readings = Integer.getInteger("bench.readings", 200_000);
    int rate = Integer.getInteger("bench.rate", 0);
    try (UplinkBenchmark benchmark = new UplinkBenchmark()) {
      double bridge = benchmark.bridge(readings, rate);
      if (Boolean.parseBoolean(System.getProperty("bench.peer", "true"))) {
        double unbounded = benchmark.mosquitto("in flight unbounded", readings, rate, UNBOUNDED);
        double byDefault = benchmark.mosquitto("in flight by default", readings / 4, rate, "");
        double saving =
            benchmark.mosquitto("saves every change", readings / 100, rate, UNBOUNDED + SAVING);
        System.out.printf(
            Locale.ROOT,
            "bridge / Mosquitto: in flight unbounded %.1f, by default %.1f; saves every change"
                + " %.1f%n",
            bridge / unbounded,
            bridge / byDefault,
            bridge / saving);
      }
    }
  }

  private double bridge(int readings, int rate) throws Exception {
    int port = FreePort.draw();
    int management = FreePort.draw();
    List<String> command = new ArrayList<>(List.of(Installation.java()));
    command.addAll(words(System.getProperty("bench.java", "")));
    command.addAll(List.of("-jar", Installation.jar("edge-bridge").toString()));
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "BOE_DATA", data.resolve("edge").toString(),
                "BOE_MQTT_PORT", Integer.toString(port),
                "BOE_EDGE_MANAGEMENT_PORT", Integer.toString(management),
                "BOE_UPLINK_PORT", Integer.toString(hubPort),
                "BOE_UPLINK_GROUP_KEY_FILE", data.resolve("hub/group.key").toString(),
                "BOE_UPLINK_TRUST_FILE", data.resolve("hub/ca.pem").toString()));
    for (String setting : words(System.getProperty("bench.environment", ""))) {
      environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
    }
    long start = System.nanoTime();
    Process edge = start("edge", environment, command.toArray(String[]::new));
    Installation.await(
        Duration.ofSeconds(30),
        "the bridge is ready",
        () -> get(management, "/health/ready").statusCode() == 200 ? true : null);
    System.out.printf(
        Locale.ROOT, "bridge ready after %.2f s%n", (System.nanoTime() - start) / 1e9);
    double result = measure("bridge (synced, signed)", readings, rate, port, edge, WARM_UP);
    stop(edge);
    return result;
  }

  private double mosquitto(String what, int readings, int rate, String settings) throws Exception {
    int port = FreePort.draw();
    Path directory = Files.createTempDirectory(data, "mosquitto");
    StringBuilder configuration = new StringBuilder();
    configuration
        .append("user root\nlistener " + port + " 127.0.0.1\nallow_anonymous true\n")
        .append("max_queued_messages 0\n") // else it throws away what comes too fast
        .append("persistence true\npersistence_location " + directory + "/\n")
        .append(settings)
        .append("connection hub\naddress 127.0.0.1:" + hubPort + "\n")
        .append("bridge_cafile " + data.resolve("hub/ca.pem") + "\n")
        .append("bridge_protocol_version mqttv311\ncleansession false\n")
        .append("try_private false\nnotifications false\n")
        .append("remote_clientid " + PEER + "\n")
        .append("remote_username 127.0.0.1/" + PEER + "/?api-version=2020-09-30\n")
        .append("remote_password " + sharedAccessSignature() + "\n");
    for (int i = 0; i < DEVICES; i++) {
      configuration.append(
          "topic \"\" out 1 tele/plug" + i + "/SENSOR devices/" + PEER + "/messages/events/\n");
    }
    Path file = Files.writeString(directory.resolve("mosquitto.conf"), configuration);
    Process broker = start("mosquitto", Map.of(), "/usr/sbin/mosquitto", "-c", file.toString());
    Installation.await(
        Duration.ofSeconds(10),
        "Mosquitto listens and is at the hub",
        () -> {
          new Socket("127.0.0.1", port).close();
          return get(hubManagement, "/metrics").body().contains("boe_hub_devices 1") ? true : null;
        });
    double result =
        measure("Mosquitto (persistence, " + what + ")", readings, rate, port, broker, 200);
    stop(broker);
    return result;
  }

  /** Returns readings acknowledged by the hub a second. */
  private double measure(String what, int readings, int rate, int port, Process process, int warmUp)
      throws Exception {
    try (LoadGenerator load = new LoadGenerator(port, CLIENTS, WINDOW, DEVICES)) {
      long before = hubStatus().getLong("readings");
      long warm = rate == 0 ? warmUp : rate;
      load.publish((int) warm, rate, LIMIT);
      awaitHub(before + warm);
      JsonObject hubBefore = hubStatus();
      ProcFigures ours = ProcFigures.of(process.pid());
      ProcFigures hubs = ProcFigures.of(hub.pid());
      ProcFigures own = ProcFigures.of(ProcessHandle.current().pid());
      long start = System.nanoTime();
      double published = load.publish(readings, rate, LIMIT);
      awaitHub(before + warm + readings);
      double whole = (System.nanoTime() - start) / 1e9;
      JsonObject hubAfter = hubStatus();
      ProcFigures oursAfter = ProcFigures.of(process.pid());
      System.out.printf(
          Locale.ROOT,
          "%s: %,d readings; publish -> PUBACK %,.0f/s; publish -> acknowledged by the hub"
              + " %,.0f/s%n",
          what,
          readings,
          readings / published,
          readings / whole);
      System.out.printf(
          Locale.ROOT,
          "  processor time a reading: it %.1f µs, hub %.1f µs, load generator %.1f µs;"
              + " resident at most %.0f MB%n",
          (oursAfter.cpuSeconds() - ours.cpuSeconds()) / readings * 1e6,
          (ProcFigures.of(hub.pid()).cpuSeconds() - hubs.cpuSeconds()) / readings * 1e6,
          (ProcFigures.of(ProcessHandle.current().pid()).cpuSeconds() - own.cpuSeconds())
              / readings
              * 1e6,
          oursAfter.residentMegabytes());
      double messages = hubAfter.getLong("messages") - hubBefore.getLong("messages");
      System.out.printf(
          Locale.ROOT,
          "  %.0f hub messages of %.0f bytes; hub meter units per million readings: %,.0f%n",
          messages,
          (hubAfter.getLong("bytes") - hubBefore.getLong("bytes")) / messages,
          1e6 * (hubAfter.getLong("units") - hubBefore.getLong("units")) / readings);
      return readings / whole;
    }
  }

  private void awaitHub(long readings) throws Exception {
    Installation.await(
        LIMIT,
        "the hub has " + readings + " readings",
        () -> hubStatus().getLong("readings") >= readings ? true : null);
  }

  private JsonObject hubStatus() throws Exception {
    return new JsonObject(get(hubManagement, "/status").body());
  }

  /** The password of a device at IoT Hub, by the key derived for it from the group's. */
  private String sharedAccessSignature() throws Exception {
    byte[] group =
        Base64.getDecoder().decode(Files.readString(data.resolve("hub/group.key")).strip());
    String resource = URLEncoder.encode("127.0.0.1/devices/" + PEER, StandardCharsets.UTF_8);
    long expiry = Instant.now().plusSeconds(7200).getEpochSecond();
    byte[] signature = hmac(hmac(group, PEER), resource + "\n" + expiry);
    return "SharedAccessSignature sr="
        + resource
        + "&sig="
        + URLEncoder.encode(Base64.getEncoder().encodeToString(signature), StandardCharsets.UTF_8)
        + "&se="
        + expiry;
  }

  private static byte[] hmac(byte[] key, String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  private HttpResponse<String> get(int port, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private Process start(String name, Map<String, String> environment, String... command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(data.resolve(name + ".log").toFile()));
    builder.environment().keySet().removeIf(variable -> variable.startsWith("BOE_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.push(process);
    return process;
  }

  private static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    processes.forEach(UplinkBenchmark::stop);
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split(" ")).filter(word -> !word.isEmpty()).toList();
  }
}
