package io.blockofenergy.edge.homeassistant;

import io.blockofenergy.edge.decode.Measurement;
import io.blockofenergy.edge.decode.ShellyMinuteDecoder;
import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces each meter to Home Assistant when it is first seen, and whenever it measures something
 * more, by a retained message (device discovery, home-assistant.io/integrations/mqtt); publishes
 * each quantity on a topic of its own when its reading is journaled. Safe for any thread.
 */
public final class HomeAssistant {
  /** Where messages go. */
  public interface Messages {
    void publish(String topic, Buffer payload, boolean retain);
  }

  /** How Home Assistant calls one of our quantities. */
  private record Sensor(String name, String deviceClass, String stateClass, String unit) {}

  private static final Logger log = LoggerFactory.getLogger(HomeAssistant.class);
  private static final int MAX_METERS = 10_000;
  private static final int HASH_DIGITS = 8;
  private static final Pattern NOT_IN_IDS = Pattern.compile("[^A-Za-z0-9_-]");
  private static final String MEASUREMENT = "measurement";
  private static final String COUNTER = "total_increasing";

  /** After so long without a message Home Assistant shows no value rather than an old one. */
  private static final int EXPIRE_SECONDS = 3600;

  /** Device classes and their units: home-assistant.io/integrations/sensor. */
  private static final Map<String, Sensor> SENSORS =
      Map.of(
          "energyImportKwh", new Sensor("Energy", "energy", COUNTER, "kWh"),
          "energyExportKwh", new Sensor("Returned energy", "energy", COUNTER, "kWh"),
          "powerW", new Sensor("Power", "power", MEASUREMENT, "W"),
          "apparentPowerVa", new Sensor("Apparent power", "apparent_power", MEASUREMENT, "VA"),
          "reactivePowerVar", new Sensor("Reactive power", "reactive_power", MEASUREMENT, "var"),
          "powerFactor", new Sensor("Power factor", "power_factor", MEASUREMENT, null),
          "voltageV", new Sensor("Voltage", "voltage", MEASUREMENT, "V"),
          "currentA", new Sensor("Current", "current", MEASUREMENT, "A"),
          "frequencyHz", new Sensor("Frequency", "frequency", MEASUREMENT, "Hz"));

  private final HomeAssistantConfig config;
  private final String bridge;
  private final Messages messages;

  /** What was announced, by the meter's id. Guarded by this. */
  private final Map<String, SortedSet<String>> announced = new HashMap<>();

  private boolean full;

  /**
   * @param bridge the bridge's id, {@code [A-Za-z0-9_-]{1,64}}
   */
  public HomeAssistant(String bridge, HomeAssistantConfig config, Messages messages) {
    this.bridge = bridge;
    this.config = config;
    this.messages = messages;
  }

  /** What all discovery topics of this bridge begin with. */
  public String topicPrefix() {
    return config.discoveryPrefix() + "/device/boe-" + bridge + '-';
  }

  /**
   * Takes up what was announced before a restart; takes it back when discovery is switched off.
   *
   * @param retained the retained messages that begin with {@link #topicPrefix()}
   */
  public synchronized void recover(SortedMap<String, Buffer> retained) {
    retained.forEach(
        (topic, payload) -> {
          if (!config.discovery()) {
            messages.publish(topic, Buffer.buffer(), true);
            return;
          }
          try {
            JsonObject components = payload.toJsonObject().getJsonObject("cmps");
            String id = topic.substring(topicPrefix().length()).split("/", 2)[0];
            if (components != null) {
              announced.put(id, new TreeSet<>(components.fieldNames()));
            }
          } catch (DecodeException | ClassCastException e) {
            log.debug("{} is not ours, and will be announced anew", topic);
          }
        });
  }

  /** These were taken. */
  public void taken(List<Measurement> measurements) {
    if (config.discovery()) {
      measurements.stream()
          .filter(measurement -> !measurement.format().equals(ShellyMinuteDecoder.FORMAT)) // of old
          .forEach(this::show);
    }
  }

  private synchronized void show(Measurement measurement) {
    String id = id(measurement.device());
    SortedSet<String> known = announced.get(id);
    if (known == null) {
      if (announced.size() >= MAX_METERS) {
        if (!full) {
          full = true;
          log.warn("{} meters are shown in Home Assistant, further ones are not", MAX_METERS);
        }
        return;
      }
      known = new TreeSet<>();
      announced.put(id, known);
    }
    if (known.addAll(measurement.quantities().keySet())) {
      messages.publish(
          topicPrefix() + id + "/config",
          announcement(id, measurement.device(), known).toBuffer(),
          true);
    }
    measurement
        .quantities()
        .forEach(
            (quantity, value) ->
                messages.publish(stateTopic(id, quantity), Buffer.buffer(plain(value)), false));
  }

  /** Topics and ids may hold few characters: other names get a hash of the whole name. */
  private static String id(String device) {
    String plain = NOT_IN_IDS.matcher(device).replaceAll("_");
    return plain.equals(device)
        ? device
        : plain
            + '-'
            + Sha256.hex(device.getBytes(StandardCharsets.UTF_8)).substring(0, HASH_DIGITS);
  }

  private String stateTopic(String id, String quantity) {
    return config.statePrefix() + '/' + bridge + '/' + id + '/' + quantity;
  }

  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private JsonObject announcement(String id, String device, SortedSet<String> quantities) {
    String unique = "boe-" + bridge + '-' + id;
    JsonObject components = new JsonObject();
    for (String quantity : quantities) {
      Sensor sensor = SENSORS.get(quantity);
      if (sensor != null) {
        JsonObject component =
            new JsonObject()
                .put("p", "sensor")
                .put("unique_id", unique + '-' + quantity)
                .put("name", sensor.name())
                .put("device_class", sensor.deviceClass())
                .put("state_class", sensor.stateClass())
                .put("state_topic", stateTopic(id, quantity))
                .put("expire_after", EXPIRE_SECONDS);
        if (sensor.unit() != null) {
          component.put("unit_of_measurement", sensor.unit());
        }
        components.put(quantity, component);
      }
    }
    return new JsonObject()
        .put("dev", new JsonObject().put("ids", new JsonArray().add(unique)).put("name", device))
        .put("o", new JsonObject().put("name", "Block of Energy, bridge " + bridge))
        .put("cmps", components);
  }
}
