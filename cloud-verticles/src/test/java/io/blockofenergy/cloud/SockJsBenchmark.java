package io.blockofenergy.cloud;

import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many dashboards at one update a second, each with readings of eight plugs, beside the whole
 * system: the server is the cloud's process, the clients are this one. Timed from the plugs'
 * publish to each socket. {@code bench.sockets} (500), {@code bench.seconds} (60).
 */
public final class SockJsBenchmark {
  private static final int SOCKETS = Integer.getInteger("bench.sockets", 500);
  private static final int SECONDS = Integer.getInteger("bench.seconds", 60);
  private static final int PLUGS = 8;
  private static final int WARM_UP = 10;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private SockJsBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (Installation installation =
        new Installation(Files.createTempDirectory("boe-sockjs-bench"))) {
      installation.startCloud();
      installation.startEdge();
      run(vertx, installation);
    } finally {
      vertx.close().await(30, TimeUnit.SECONDS);
    }
  }

  private static void run(Vertx vertx, Installation installation) throws Exception {
    MqttClient plugs =
        MqttClient.create(
            vertx, new MqttClientOptions().setMaxInflightQueue(1_000).setAutoKeepAlive(true));
    plugs.connect(installation.port("BOE_MQTT_PORT"), "127.0.0.1").await(10, TimeUnit.SECONDS);
    long[] sent = new long[WARM_UP + SECONDS];
    long[] nanos = new long[SECONDS * PLUGS * SOCKETS];
    AtomicInteger received = new AtomicInteger();
    publish(plugs, 0, sent); // so that the server has done all of it once
    Installation.await(
        LIMIT,
        "a reading is stored",
        () ->
            installation.api("/status").getJsonObject("readings").getLong("stored") >= PLUGS
                ? true
                : null);
    ProcFigures before = installation.cloud();

    WebSocketClient client =
        vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(SOCKETS));
    for (int i = 0; i < SOCKETS; i++) {
      WebSocket socket =
          client
              .connect(installation.port("BOE_HTTP_PORT"), "127.0.0.1", "/eventbus/websocket")
              .await(10, TimeUnit.SECONDS);
      socket.handler(frame -> arrived(frame, sent, nanos, received));
      socket.writeTextMessage("{\"type\":\"register\",\"address\":\"live.readings\"}");
    }
    ProcFigures connected = installation.cloud();
    long start = System.nanoTime();
    for (int second = 1; second < sent.length; second++) {
      long wait = start + TimeUnit.SECONDS.toNanos(second) - System.nanoTime();
      TimeUnit.NANOSECONDS.sleep(Math.max(0, wait));
      publish(plugs, second, sent);
    }
    Installation.await(LIMIT, "all have all", () -> received.get() == nanos.length ? true : null);
    ProcFigures after = installation.cloud();
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        "%n%d sockets, %d readings a second, %d s%n"
            + "  sensor -> socket: p50 %d ms, p99 %d ms, max %d ms; %,d deliveries%n"
            + "  the cloud's memory, at most: %.0f MB before the clients, %.0f MB with them;"
            + " %.2f of a core%n",
        SOCKETS,
        PLUGS,
        SECONDS,
        millis(nanos, 0.5),
        millis(nanos, 0.99),
        millis(nanos, 1),
        nanos.length,
        before.residentMegabytes(),
        after.residentMegabytes(),
        (after.cpuSeconds() - connected.cpuSeconds()) / (WARM_UP + SECONDS));
    client.close();
    plugs.disconnect().await(10, TimeUnit.SECONDS);
  }

  /** The counter says in which second the reading was sent. */
  private static void publish(MqttClient plugs, int second, long[] sent) {
    sent[second] = System.nanoTime();
    for (int plug = 0; plug < PLUGS; plug++) {
      plugs.publish(
          "tele/plug" + plug + "/SENSOR",
          Buffer.buffer(
              "{\"ENERGY\":{\"TotalStartTime\":\"2026-01-01T00:00:00\",\"Total\":"
                  + second
                  + ",\"Power\":200,\"Voltage\":230,\"Current\":0.93}}"),
          MqttQoS.AT_LEAST_ONCE,
          false,
          false);
    }
  }

  private static void arrived(Buffer frame, long[] sent, long[] nanos, AtomicInteger received) {
    long now = System.nanoTime();
    JsonObject message = frame.toJsonObject();
    for (Object each : message.getJsonObject("body").getJsonArray("readings")) {
      double counter = ((JsonObject) each).getJsonObject("quantities").getDouble("energyImportKwh");
      int second = (int) counter;
      if (second >= WARM_UP) {
        nanos[received.getAndIncrement()] = now - sent[second];
      }
    }
  }

  private static long millis(long[] sorted, double quantile) {
    return TimeUnit.NANOSECONDS.toMillis(sorted[(int) Math.ceil(quantile * sorted.length) - 1]);
  }
}
