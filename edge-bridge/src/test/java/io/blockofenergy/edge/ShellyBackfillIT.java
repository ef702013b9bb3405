package io.blockofenergy.edge;

import static io.blockofenergy.edge.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.LongStream;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Shelly that was not heard for a while, played by an MQTT client that answers its RPC. */
class ShellyBackfillIT {
  private static final String METER = "shellypro3em-1";
  private static final Instant START = Instant.parse("2026-09-01T12:00:20Z");

  @TempDir Path directory;
  private final MovableClock clock = MovableClock.standingAt(START);

  private static final class Shelly implements AutoCloseable {
    final List<Long> asked = new CopyOnWriteArrayList<>();
    volatile int answers = Integer.MAX_VALUE;
    private final BlockingQueue<JsonObject> requests = new LinkedBlockingQueue<>();
    private final MqttClient client;
    private final Thread thread = new Thread(this::answer, "shelly");

    Shelly(Bridge bridge) throws MqttException {
      client =
          new MqttClient("tcp://127.0.0.1:" + bridge.mqttPort(), METER, new MemoryPersistence());
      client.connect();
      client.subscribe(
          METER + "/rpc",
          1,
          (topic, message) -> requests.add(new JsonObject(new String(message.getPayload()))));
      thread.setDaemon(true);
      thread.start();
    }

    void speak() throws MqttException {
      publish(METER + "/status/emdata:0", "{\"id\":0,\"total_act\":1234.5,\"total_act_ret\":0}");
    }

    private void answer() {
      try {
        while (true) {
          JsonObject request = requests.take();
          JsonObject params = request.getJsonObject("params");
          long minute = params.getLong("ts");
          assertThat(request.getString("method")).isEqualTo("EMData.GetData");
          assertThat(params.getLong("end_ts")).isEqualTo(minute + 59);
          asked.add(minute);
          if (asked.size() > answers) {
            continue;
          }
          // It was off itself in the third minute.
          String data =
              asked.size() == 3
                  ? ""
                  : "{\"ts\":" + minute + ",\"period\":60,\"values\":[[1,2,3." + minute % 7 + "]]}";
          publish(
              request.getString("src") + "/rpc",
              "{\"id\":"
                  + request.getLong("id")
                  + ",\"src\":\""
                  + METER
                  + "\",\"result\":{\"keys\":[\"a_total_act_energy\",\"b_total_act_energy\","
                  + "\"c_total_act_energy\"],\"data\":["
                  + data
                  + "]}}");
        }
      } catch (InterruptedException | MqttException e) {
        return; // closed
      }
    }

    private void publish(String topic, String payload) throws MqttException {
      client.publish(topic, payload.getBytes(StandardCharsets.UTF_8), 1, false);
    }

    @Override
    public void close() throws MqttException {
      thread.interrupt();
      client.disconnect();
      client.close();
    }
  }

  @Test
  void theMinutesOfAnOutageAreAskedForOneByOneAlsoAfterARestart() throws Exception {
    try (Bridge bridge = start();
        Shelly shelly = new Shelly(bridge)) {
      shelly.speak();
      clock.move(Duration.ofSeconds(60));
      shelly.speak();
      clock.move(Duration.ofSeconds(600));
      shelly.speak();
      await(() -> shelly.asked.size() == 10);
      await(() -> minutes(bridge, "filled") == 9 && minutes(bridge, "missing") == 1);
      assertThat(shelly.asked).containsExactlyElementsOf(minutesFrom(START.plusSeconds(60), 10));
      assertThat(
              bridge
                  .registry()
                  .get("boe.edge.messages")
                  .tag("outcome", "journaled")
                  .counter()
                  .count())
          .isEqualTo(3 + 9);
    }
    clock.move(Duration.ofSeconds(300));
    try (Bridge bridge = start();
        Shelly shelly = new Shelly(bridge)) {
      shelly.speak();
      await(() -> shelly.asked.size() == 5);
      assertThat(shelly.asked).containsExactlyElementsOf(minutesFrom(START.plusSeconds(660), 5));
    }
  }

  @Test
  void aRestartInTheMiddleGoesOnWhereItWas() throws Exception {
    try (Bridge bridge = start();
        Shelly shelly = new Shelly(bridge)) {
      shelly.speak();
      clock.move(Duration.ofSeconds(600));
      shelly.answers = 4;
      shelly.speak();
      await(() -> shelly.asked.size() == 5);
    }
    try (Bridge bridge = start();
        Shelly shelly = new Shelly(bridge)) {
      shelly.speak();
      await(() -> shelly.asked.size() == 6);
      assertThat(shelly.asked).containsExactlyElementsOf(minutesFrom(START.plusSeconds(240), 6));
    }
  }

  @Test
  void whoeverWasHeardAMinuteAgoOrNeverIsNotAsked() throws Exception {
    try (Bridge bridge = start();
        Shelly shelly = new Shelly(bridge)) {
      for (int i = 0; i < 5; i++) {
        shelly.speak();
        clock.move(Duration.ofSeconds(61));
      }
      shelly.publish("probe/status/emdata:0", "{\"id\":0,\"total_act\":1}");
      assertThat(shelly.asked).isEmpty();
    }
  }

  private static List<Long> minutesFrom(Instant instant, int count) {
    long first = instant.getEpochSecond() / 60 * 60;
    return LongStream.range(0, count).mapToObj(i -> first + 60 * i).toList();
  }

  private static double minutes(Bridge bridge, String outcome) {
    return bridge
        .registry()
        .get("boe.edge.backfill.minutes")
        .tag("outcome", outcome)
        .counter()
        .count();
  }

  private Bridge start() throws Exception {
    return BridgeFixture.start(directory, clock, Map.of());
  }
}
