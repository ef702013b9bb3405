package io.blockofenergy.cloud;

import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Readings a second through the system, everything durable, on one machine with its load generator:
 * {@code mvn -Pbench -DskipTests verify}. The peer in the same run is Mosquitto taking the same
 * publishes, which neither signs, stores nor logs anything.
 */
public final class PipelineBenchmark {
  private static final int READINGS = Integer.getInteger("bench.readings", 100_000);
  private static final int CLIENTS = 8;
  private static final int WINDOW = 500;
  private static final int MESSAGE_BYTES = 700;
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private PipelineBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Vertx vertx = Vertx.vertx();
    Path data = Files.createTempDirectory("boe-bench");
    try {
      double mosquitto = mosquitto(vertx, data);
      try (Installation installation = new Installation(data)) {
        installation.startCloud();
        installation.startEdge();
        pipeline(vertx, installation, mosquitto);
      }
    } finally {
      vertx.close().await(30, TimeUnit.SECONDS);
    }
  }

  private static void pipeline(Vertx vertx, Installation installation, double mosquitto)
      throws Exception {
    publish(vertx, installation.port("BOE_MQTT_PORT"), 5_000); // lets the compiler warm up
    awaitStored(installation, 5_000);

    long start = System.nanoTime();
    double acknowledged = publish(vertx, installation.port("BOE_MQTT_PORT"), READINGS);
    awaitHub(installation, 5_000 + READINGS);
    double hub = rate(start);
    awaitStored(installation, 5_000 + READINGS);
    double whole = rate(start);

    System.out.printf(
        Locale.ROOT,
        "%n%,d readings of %d bytes, %d clients, QoS 1, %d cores%n",
        READINGS,
        MESSAGE_BYTES,
        CLIENTS,
        Runtime.getRuntime().availableProcessors());
    print("Mosquitto, publish -> PUBACK (peer)", mosquitto, mosquitto);
    print("bridge, publish -> PUBACK (journaled)", acknowledged, mosquitto);
    print("publish -> acknowledged by the hub", hub, mosquitto);
    print("publish -> stored and in a signed checkpoint", whole, mosquitto);
  }

  private static void print(String what, double rate, double peer) {
    System.out.printf(Locale.ROOT, "  %-46s %,9.0f/s  %.2f of the peer%n", what, rate, rate / peer);
  }

  private static double mosquitto(Vertx vertx, Path data) throws Exception {
    int port;
    try (var socket = new java.net.ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Path configuration =
        Files.writeString(
            data.resolve("mosquitto.conf"),
            "listener " + port + " 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\n");
    Process process =
        new ProcessBuilder("/usr/sbin/mosquitto", "-c", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(data.resolve("mosquitto.log").toFile())
            .start();
    try {
      Installation.await(
          Duration.ofSeconds(10),
          "Mosquitto listens",
          () -> {
            new java.net.Socket("127.0.0.1", port).close();
            return true;
          });
      publish(vertx, port, 5_000);
      return publish(vertx, port, READINGS);
    } finally {
      process.destroy();
      process.waitFor();
    }
  }

  /** Publishes at QoS 1 with a window a client; returns acknowledged publishes a second. */
  private static double publish(Vertx vertx, int port, int count) throws Exception {
    List<MqttClient> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      MqttClient client =
          MqttClient.create(
              vertx,
              new MqttClientOptions().setMaxInflightQueue(WINDOW + 1).setAutoKeepAlive(true));
      client.connect(port, "127.0.0.1").await(10, TimeUnit.SECONDS);
      clients.add(client);
    }
    String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", "");
    AtomicInteger next = new AtomicInteger();
    CountDownLatch acknowledged = new CountDownLatch(count);
    long start = System.nanoTime();
    for (int i = 0; i < CLIENTS; i++) {
      MqttClient client = clients.get(i);
      String topic = "tele/bench" + i + "/SENSOR";
      Runnable send =
          () -> {
            int number = next.getAndIncrement();
            if (number < count) {
              Future<Integer> sent =
                  client.publish(topic, message(time, number), MqttQoS.AT_LEAST_ONCE, false, false);
              sent.onFailure(failure -> failure.printStackTrace());
            }
          };
      client.publishCompletionHandler(
          packet -> {
            acknowledged.countDown();
            send.run();
          });
      for (int j = 0; j < WINDOW; j++) {
        send.run();
      }
    }
    if (!acknowledged.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException(acknowledged.getCount() + " publishes not acknowledged");
    }
    double rate = count / seconds(start);
    for (MqttClient client : clients) {
      client.disconnect().await(10, TimeUnit.SECONDS);
    }
    return rate;
  }

  private static Buffer message(String time, int number) {
    StringBuilder text =
        new StringBuilder("{\"Time\":\"")
            .append(time)
            .append("\",\"Number\":")
            .append(number)
            .append(",\"ENERGY\":{\"TotalStartTime\":\"2026-01-01T00:00:00\",\"Total\":")
            .append(number / 1000.0)
            .append(",\"Power\":203,\"Voltage\":230,\"Current\":0.93},\"Fill\":\"");
    while (text.length() < MESSAGE_BYTES - 2) {
      text.append((char) ('a' + (text.length() * 31 + number) % 26));
    }
    return Buffer.buffer(text.append("\"}").toString());
  }

  private static void awaitHub(Installation installation, long count) throws Exception {
    Installation.await(
        LIMIT,
        "the hub has acknowledged " + count,
        () ->
            installation
                    .get(installation.port("BOE_EDGE_MANAGEMENT_PORT"), "/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("boe_edge_uplink_acknowledged_readings_total"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                    .anyMatch(acknowledged -> acknowledged >= count)
                ? true
                : null);
  }

  private static void awaitStored(Installation installation, long count) throws Exception {
    Installation.await(
        LIMIT,
        count + " readings are stored and logged",
        () -> {
          var status = installation.api("/status");
          return status.getJsonObject("readings").getLong("stored") >= count
                  && status.getJsonObject("log").getLong("treeSize") >= count
              ? true
              : null;
        });
  }

  private static double rate(long start) {
    return READINGS / seconds(start);
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
