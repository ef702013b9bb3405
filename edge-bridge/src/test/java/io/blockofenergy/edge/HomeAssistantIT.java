package io.blockofenergy.edge;

import static io.blockofenergy.edge.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.paho.client.mqttv3.IMqttMessageListener;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Home Assistant, as a client of the bridge's MQTT server, gets to see. */
class HomeAssistantIT {
  private static final String CONFIG = "homeassistant/device/boe-b1-plug7/config";

  @TempDir Path directory;

  /** Retained and other messages by topic, as a client sees them. */
  private static final class Seen implements AutoCloseable {
    final Map<String, String> retained = new ConcurrentHashMap<>();
    final Map<String, String> live = new ConcurrentHashMap<>();
    final MqttClient client;

    Seen(Bridge bridge) throws Exception {
      client =
          new MqttClient("tcp://127.0.0.1:" + bridge.mqttPort(), "ha", new MemoryPersistence());
      client.connect();
      client.subscribe(
          new String[] {"homeassistant/#", "boe/#"},
          new int[] {1, 1},
          new IMqttMessageListener[] {this::got, this::got});
    }

    private void got(String topic, MqttMessage message) {
      String payload = new String(message.getPayload(), StandardCharsets.UTF_8);
      (message.isRetained() ? retained : live).put(topic, payload);
    }

    void publish(String topic, String payload) throws Exception {
      client.publish(topic, payload.getBytes(StandardCharsets.UTF_8), 1, false);
    }

    @Override
    public void close() throws MqttException {
      client.disconnect();
      client.close();
    }
  }

  @Test
  void eachMeterIsAnnouncedOnceAndAgainWhenItMeasuresMore() throws Exception {
    try (Bridge bridge = start(true);
        Seen seen = new Seen(bridge)) {
      seen.publish("tele/plug7/SENSOR", "{\"ENERGY\":{\"Power\":203}}");
      await(() -> seen.live.containsKey(CONFIG));
      JsonObject announced = new JsonObject(seen.live.get(CONFIG));
      assertThat(announced.getJsonObject("dev").getString("name")).isEqualTo("plug7");
      assertThat(announced.getJsonObject("o").getString("name")).contains("b1");
      JsonObject power = announced.getJsonObject("cmps").getJsonObject("powerW");
      assertThat(power.getString("p")).isEqualTo("sensor");
      assertThat(power.getString("device_class")).isEqualTo("power");
      assertThat(power.getString("unit_of_measurement")).isEqualTo("W");
      await(() -> "203".equals(seen.live.get(power.getString("state_topic"))));

      seen.live.clear();
      seen.publish("tele/plug7/SENSOR", "{\"ENERGY\":{\"Power\":204.5}}");
      await(() -> "204.5".equals(seen.live.get(power.getString("state_topic"))));
      assertThat(seen.live).as("nothing new to announce").doesNotContainKey(CONFIG);

      seen.publish("tele/plug7/SENSOR", "{\"ENERGY\":{\"Total\":10.017}}");
      await(() -> seen.live.containsKey(CONFIG));
      assertThat(new JsonObject(seen.live.get(CONFIG)).getJsonObject("cmps").fieldNames())
          .containsExactlyInAnyOrder("powerW", "energyImportKwh");
    }
  }

  @Test
  void announcementsOutliveARestartAndAreTakenBackWhenSwitchedOff() throws Exception {
    try (Bridge bridge = start(true);
        Seen seen = new Seen(bridge)) {
      seen.publish("tele/plug7/SENSOR", "{\"ENERGY\":{\"Power\":203,\"Total\":1}}");
      await(() -> seen.live.containsKey(CONFIG));
    }
    try (Bridge bridge = start(true);
        Seen seen = new Seen(bridge)) {
      await(() -> seen.retained.containsKey(CONFIG));
      seen.publish("tele/plug7/SENSOR", "{\"ENERGY\":{\"Power\":1}}");
      await(() -> "1".equals(seen.live.get("boe/b1/plug7/powerW")));
      assertThat(seen.live).as("known from before").doesNotContainKey(CONFIG);
    }
    try (Bridge bridge = start(false);
        Seen seen = new Seen(bridge)) {
      seen.publish("tele/plug7/SENSOR", "{\"ENERGY\":{\"Power\":2}}");
      seen.publish("homeassistant/probe", "seen after it");
      await(() -> seen.live.containsKey("homeassistant/probe"));
      assertThat(seen.retained).isEmpty();
      assertThat(seen.live).containsOnlyKeys("homeassistant/probe");
    }
  }

  @Test
  void aNameThatNoTopicCanHoldIsAnnouncedUnderAnother() throws Exception {
    try (Bridge bridge = start(true);
        Seen seen = new Seen(bridge)) {
      seen.publish("home/cellar/Kühltruhe/tele/SENSOR", "{\"ENERGY\":{\"Power\":80}}");
      await(() -> !seen.live.isEmpty() && seen.live.keySet().stream().anyMatch(this::isConfig));
      String topic = seen.live.keySet().stream().filter(this::isConfig).findFirst().orElseThrow();
      assertThat(topic)
          .matches("homeassistant/device/boe-b1-home_cellar_K_hltruhe-[0-9a-f]{8}/config");
      assertThat(new JsonObject(seen.live.get(topic)).getJsonObject("dev").getString("name"))
          .isEqualTo("home/cellar/Kühltruhe");
    }
  }

  private boolean isConfig(String topic) {
    return topic.endsWith("/config");
  }

  private Bridge start(boolean discovery) throws Exception {
    return BridgeFixture.start(
        directory,
        Clock.systemUTC(),
        Map.of("BOE_HOME_ASSISTANT_DISCOVERY", Boolean.toString(discovery)));
  }
}
