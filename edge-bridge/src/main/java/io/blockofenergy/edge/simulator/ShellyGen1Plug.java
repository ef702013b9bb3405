package io.blockofenergy.edge.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * A Shelly plug of the first generation: each quantity on a topic of its own, power in W, energy in
 * whole watt-minutes; see https://shelly-api-docs.shelly.cloud/gen1/#shelly-plug-plugs-mqtt.
 *
 * @param id of the form {@code shellyplug-s-<deviceid>}
 */
record ShellyGen1Plug(String id, Circuit circuit) implements Device {
  private static final double WATT_MINUTES_PER_WH = 60;

  @Override
  public List<Message> messages(Instant at, Duration period) {
    Circuit.Reading reading = circuit.read(at);
    String relay = "shellies/" + id + "/relay/0";
    return List.of(
        new Message(relay + "/power", String.format(Locale.ROOT, "%.2f", reading.powerW())),
        new Message(
            relay + "/energy", Long.toString((long) (reading.drawnWh() * WATT_MINUTES_PER_WH))));
  }

  @Override
  public boolean tellsTime() {
    return false;
  }

  @Override
  public double powerW(Instant at) {
    return circuit.powerW(at);
  }
}
