package io.blockofenergy.edge.decode;

import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes one reading of what a device says of several phases or channels that share one counter.
 *
 * <p>Energy and power are summed, and so is the current: with the mean voltage the sum gives the
 * apparent power, which is how three-phase meters state a total current too; it is no conductor's
 * load. A sum is left out when a part of it is missing, for half of it would be wrong. Voltage is
 * the mean of the phases that have any and frequency that of the first of them, since an input that
 * is not connected measures noise.
 */
final class Phases {
  private static final Set<String> SUMMED =
      Set.of(
          "energyImportKwh",
          "energyExportKwh",
          "powerW",
          "apparentPowerVa",
          "reactivePowerVar",
          "currentA");

  private static final double POWER_FACTOR_STEPS = 1_000;

  private Phases() {}

  static SortedMap<String, Double> together(List<? extends SortedMap<String, Double>> phases) {
    TreeMap<String, Double> whole = new TreeMap<>();
    for (String quantity : SUMMED) {
      if (phases.stream().allMatch(phase -> phase.containsKey(quantity))) {
        whole.put(
            quantity, Decimal.sum(phases.stream().map(phase -> phase.get(quantity)).toList()));
      }
    }
    List<? extends SortedMap<String, Double>> live =
        phases.stream().filter(phase -> phase.getOrDefault("voltageV", 1.0) != 0).toList();
    List<Double> voltages =
        live.stream()
            .filter(phase -> phase.containsKey("voltageV"))
            .map(phase -> phase.get("voltageV"))
            .toList();
    if (!voltages.isEmpty()) {
      whole.put("voltageV", Decimal.mean(voltages));
    } else if (phases.stream().anyMatch(phase -> phase.containsKey("voltageV"))) {
      whole.put("voltageV", 0.0);
    }
    live.stream()
        .filter(phase -> phase.containsKey("frequencyHz"))
        .findFirst()
        .ifPresent(phase -> whole.put("frequencyHz", phase.get("frequencyHz")));
    return whole;
  }

  /**
   * Adds the power factor, with three decimals, that follows from power and apparent power; not
   * when these are rounded so much that it would exceed 1.
   */
  static void addPowerFactor(SortedMap<String, Double> quantities) {
    Double power = quantities.get("powerW");
    Double apparent = quantities.get("apparentPowerVa");
    if (power != null && apparent != null && apparent > 0 && Math.abs(power) <= apparent) {
      quantities.putIfAbsent(
          "powerFactor",
          Math.round(Math.abs(power) / apparent * POWER_FACTOR_STEPS) / POWER_FACTOR_STEPS);
    }
  }
}
