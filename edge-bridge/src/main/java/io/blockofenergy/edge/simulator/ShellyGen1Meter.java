package io.blockofenergy.edge.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * A Shelly EM of the first generation, with one clamp: each quantity on a topic of its own. {@code
 * energy} counts watt-minutes, {@code total} the same in Wh, {@code returned_energy} and {@code
 * total_returned} what is fed in; see https://shelly-api-docs.shelly.cloud/gen1/#shelly-em-mqtt. A
 * real one begins {@code energy} anew after a restart; this one never restarts.
 *
 * @param id of the form {@code shellyem-<deviceid>}
 */
record ShellyGen1Meter(String id, Circuit circuit) implements Device {
  private static final double WATT_MINUTES_PER_WH = 60;

  @Override
  public List<Message> messages(Instant at, Duration period) {
    Circuit.Reading reading = circuit.read(at);
    return List.of(
        message("power", "%.2f", reading.powerW()),
        message("reactive_power", "%.2f", reading.reactiveVar()),
        message("voltage", "%.2f", reading.voltageV()),
        message("pf", "%.2f", reading.powerFactor()),
        message("energy", "%.0f", Math.floor(reading.drawnWh() * WATT_MINUTES_PER_WH)),
        message("returned_energy", "%.0f", Math.floor(reading.returnedWh() * WATT_MINUTES_PER_WH)),
        message("total", "%.1f", reading.drawnWh()),
        message("total_returned", "%.1f", reading.returnedWh()));
  }

  private Message message(String quantity, String form, double value) {
    return new Message(
        "shellies/" + id + "/emeter/0/" + quantity, String.format(Locale.ROOT, form, value));
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
