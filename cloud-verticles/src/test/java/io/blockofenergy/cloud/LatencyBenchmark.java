package io.blockofenergy.cloud;

import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonObject;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * How long a reading takes from a plug's publish to a dashboard's socket, through both jars with
 * everything embedded: {@code mvn -Pbench -DskipTests verify}. Each plug publishes once in each
 * interval, at a random moment of it; the clocks of both ends are one. Settings are system
 * properties: {@code bench.plugs} (8), {@code bench.interval} in milliseconds (1000), {@code
 * bench.seconds} that are measured (30), {@code bench.environment} settings of the bridge,
 * separated by spaces, such as {@code BOE_UPLINK_PROMPT_UNITS=1200}.
 */
public final class LatencyBenchmark {
  private static final int PLUGS = Integer.getInteger("bench.plugs", 8);
  private static final int INTERVAL_MILLIS = Integer.getInteger("bench.interval", 1_000);
  private static final int SECONDS = Integer.getInteger("bench.seconds", 30);
  private static final int WARM_UP_SECONDS = 10;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Vertx vertx;
  private final Installation installation;
  private final Random random = new Random(1);
  private final Map<String, Long> sent = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();

  /** Held until the end: a client that nobody refers to is closed when memory is cleared up. */
  private final WebSocketClient dashboard;

  private int number;

  private LatencyBenchmark(Vertx vertx, Installation installation) {
    this.vertx = vertx;
    this.installation = installation;
    dashboard = vertx.createWebSocketClient();
  }

  public static void main(String[] arguments) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (Installation installation =
        new Installation(Files.createTempDirectory("boe-latency-bench"))) {
      installation.startCloud();
      installation.startEdge(environment());
      new LatencyBenchmark(vertx, installation).run();
    } finally {
      vertx.close().await(30, TimeUnit.SECONDS);
    }
  }

  private static Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    for (String setting : System.getProperty("bench.environment", "").split(" ")) {
      if (!setting.isEmpty()) {
        environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
      }
    }
    return environment;
  }

  private void run() throws Exception {
    listen();
    MqttClient plugs =
        MqttClient.create(
            vertx, new MqttClientOptions().setMaxInflightQueue(1_000).setAutoKeepAlive(true));
    plugs.connect(installation.port("BOE_MQTT_PORT"), "127.0.0.1").await(10, TimeUnit.SECONDS);

    publish(plugs, WARM_UP_SECONDS);
    nanos.clear();
    double messages = messages();
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    publish(plugs, SECONDS);
    print(messages() - messages, load);
    plugs.disconnect().await(10, TimeUnit.SECONDS);
  }

  /** As the dashboard does, but for SockJS's choice of a transport. */
  private void listen() throws Exception {
    WebSocket socket =
        dashboard
            .connect(installation.port("BOE_HTTP_PORT"), "127.0.0.1", "/eventbus/websocket")
            .await(10, TimeUnit.SECONDS);
    socket.handler(
        frame -> {
          long now = System.nanoTime();
          JsonObject message = frame.toJsonObject();
          if (message.getString("type").equals("rec")) {
            message
                .getJsonObject("body")
                .getJsonArray("readings")
                .forEach(reading -> arrived((JsonObject) reading, now));
          }
        });
    socket.writeTextMessage("{\"type\":\"register\",\"address\":\"live.readings\",\"headers\":{}}");
    vertx.setPeriodic(30_000, timer -> socket.writeTextMessage("{\"type\":\"ping\"}"));
  }

  private void arrived(JsonObject reading, long now) {
    double energyKwh = reading.getJsonObject("quantities").getDouble("energyImportKwh");
    Long then = sent.remove(Long.toString(Math.round(energyKwh * 1000)));
    if (then != null) {
      nanos.add(now - then);
    }
  }

  private void publish(MqttClient plugs, int seconds) throws Exception {
    record Shot(long nanos, int plug) {}
    List<Shot> shots = new ArrayList<>();
    long interval = TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
    for (long from = 0; from < TimeUnit.SECONDS.toNanos(seconds); from += interval) {
      for (int plug = 0; plug < PLUGS; plug++) {
        shots.add(new Shot(from + (long) (random.nextDouble() * interval), plug));
      }
    }
    shots.sort((a, b) -> Long.compare(a.nanos(), b.nanos()));
    long start = System.nanoTime();
    for (Shot shot : shots) {
      long wait = start + shot.nanos() - System.nanoTime();
      if (wait > 0) {
        TimeUnit.NANOSECONDS.sleep(wait);
      }
      number++;
      sent.put(Integer.toString(number), System.nanoTime());
      plugs.publish(
          "tele/plug" + shot.plug() + "/SENSOR",
          message(number),
          MqttQoS.AT_LEAST_ONCE,
          false,
          false);
    }
    Installation.await(LIMIT, "all readings are shown", () -> sent.isEmpty() ? true : null);
  }

  /** What a Tasmota plug says. */
  private static Buffer message(int number) {
    String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", "");
    return Buffer.buffer(
        "{\"Time\":\""
            + time
            + "\",\"ENERGY\":{\"TotalStartTime\":\"2026-01-01T00:00:00\",\"Total\":"
            + number / 1000.0
            + ",\"Yesterday\":1.204,\"Today\":0.312,\"Period\":0,\"Power\":"
            + (200 + number % 17)
            + ",\"ApparentPower\":214,\"ReactivePower\":68,\"Factor\":0.95,\"Voltage\":230"
            + ",\"Current\":0.93}}");
  }

  /** Hub messages sent so far. */
  private double messages() throws Exception {
    return installation
        .get(installation.port("BOE_EDGE_MANAGEMENT_PORT"), "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("boe_edge_uplink_batches_total{outcome=\"sent\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
        .sum();
  }

  private void print(double messages, double load) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%n%d plugs, one reading each in %d ms, %d s, %d cores, load %.1f %s%n"
            + "  sensor -> socket: p50 %d ms, p90 %d ms, p99 %d ms, max %d ms%n"
            + "  %.0f hub messages for %d readings: %.0f a minute%n",
        PLUGS,
        INTERVAL_MILLIS,
        SECONDS,
        Runtime.getRuntime().availableProcessors(),
        load,
        System.getProperty("bench.environment", ""),
        at(sorted, 0.5),
        at(sorted, 0.9),
        at(sorted, 0.99),
        at(sorted, 1),
        messages,
        sorted.length,
        messages * 60 / SECONDS);
  }

  private static long at(long[] sorted, double quantile) {
    int index = (int) Math.ceil(quantile * sorted.length) - 1;
    return TimeUnit.NANOSECONDS.toMillis(sorted[Math.max(0, index)]);
  }
}
