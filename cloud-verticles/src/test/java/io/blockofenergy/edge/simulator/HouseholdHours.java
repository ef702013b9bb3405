package io.blockofenergy.edge.simulator;

import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;

/** Simulated households by the hour, straight from their meters. */
public final class HouseholdHours {
  private HouseholdHours() {}

  /**
   * Each device's mean power in W by hour, counted as the plugs do, in whole Wh.
   *
   * @param firstHour not before the meters began to count
   */
  public static Map<String, double[]> of(long seed, ZoneId zone, Instant firstHour, int hours) {
    Map<String, double[]> devices = new LinkedHashMap<>();
    for (Meter meter : Household.of(seed, zone).meters()) {
      double[] powerW = new double[hours];
      long before = Math.round(meter.energyWh(firstHour));
      for (int hour = 0; hour < hours; hour++) {
        long counter = Math.round(meter.energyWh(firstHour.plusSeconds(3_600L * (hour + 1))));
        powerW[hour] = counter - before;
        before = counter;
      }
      devices.put(meter.name(), powerW);
    }
    return devices;
  }
}
