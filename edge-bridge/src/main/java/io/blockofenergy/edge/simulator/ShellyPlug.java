package io.blockofenergy.edge.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * A Shelly plug of the second generation or later, which publishes its switch's status when
 * "generic status update over MQTT" is on: power in W, energy in Wh, that of the last three full
 * minutes in mWh with the latest first; see
 * https://shelly-api-docs.shelly.cloud/gen2/ComponentsAndServices/Switch#status.
 *
 * @param id of the form {@code shellyplusplugs-<mac>}, which is also the topic's default prefix
 */
record ShellyPlug(String id, Circuit circuit) implements Device {
  private static final double COOL_C = 27;
  private static final double WARMER_C_PER_W = 0.012;

  @Override
  public List<Message> messages(Instant at, Duration period) {
    Circuit.Reading reading = circuit.read(at);
    long minute = Math.floorDiv(at.getEpochSecond(), 60) * 60;
    double now = drawnWh(minute);
    double one = drawnWh(minute - 60);
    double two = drawnWh(minute - 120);
    double three = drawnWh(minute - 180);
    double celsius = COOL_C + WARMER_C_PER_W * reading.powerW();
    return List.of(
        new Message(
            id + "/status/switch:0",
            String.format(
                Locale.ROOT,
                "{\"id\":0,\"source\":\"init\",\"output\":true,\"apower\":%.1f,\"voltage\":%.1f,"
                    + "\"freq\":%.1f,\"current\":%.3f,\"pf\":%.2f,\"aenergy\":{\"total\":%.3f,"
                    + "\"by_minute\":[%.3f,%.3f,%.3f],\"minute_ts\":%d},"
                    + "\"temperature\":{\"tC\":%.1f,\"tF\":%.1f}}",
                reading.powerW(),
                reading.voltageV(),
                reading.frequencyHz(),
                reading.currentA(),
                reading.powerFactor(),
                reading.drawnWh(),
                (now - one) * 1_000,
                (one - two) * 1_000,
                (two - three) * 1_000,
                minute,
                celsius,
                celsius * 9 / 5 + 32)));
  }

  private double drawnWh(long second) {
    Instant at = Instant.ofEpochSecond(second);
    return at.isBefore(Meter.COUNTING_SINCE) ? 0 : circuit.energyWh(at);
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
