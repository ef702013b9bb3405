package io.blockofenergy.edge.simulator;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * A Zigbee plug behind Zigbee2MQTT whose {@code last_seen} is set to {@code ISO_8601}: energy in
 * kWh, power in whole W, voltage in whole V, current in A; see
 * https://www.zigbee2mqtt.io/devices/TS011F_plug_1.html and …/guide/usage/mqtt_topics_and_messages.
 */
record ZigbeePlug(Circuit circuit) implements Device {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final long LINK_CHANGES_S = 300;

  @Override
  public List<Message> messages(Instant at, Duration period) {
    Circuit.Reading reading = circuit.read(at);
    long spell = at.getEpochSecond() / LINK_CHANGES_S;
    double link = 60 + 190 * Chance.unit(Chance.mix(circuit.name().hashCode(), spell));
    return List.of(
        new Message(
            "zigbee2mqtt/" + circuit.name(),
            String.format(
                Locale.ROOT,
                "{\"child_lock\":\"UNLOCK\",\"current\":%.2f,\"energy\":%.2f,"
                    + "\"indicator_mode\":\"off/on\",\"last_seen\":\"%s\",\"linkquality\":%.0f,"
                    + "\"power\":%.0f,\"power_outage_memory\":\"restore\",\"state\":\"ON\","
                    + "\"voltage\":%.0f}",
                reading.currentA(),
                reading.drawnWh() / 1_000,
                TIME.format(at),
                link,
                reading.powerW(),
                reading.voltageV())));
  }

  @Override
  public boolean tellsTime() {
    return true;
  }

  @Override
  public double powerW(Instant at) {
    return circuit.powerW(at);
  }
}
