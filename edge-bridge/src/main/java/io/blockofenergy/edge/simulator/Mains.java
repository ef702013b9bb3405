package io.blockofenergy.edge.simulator;

import java.time.Instant;

/** The voltage at the house: drifts over the day, wavers over minutes. Pure, any thread. */
final class Mains {
  private static final long MINUTES_10 = 600;

  private final long seed;

  Mains(long seed) {
    this.seed = seed;
  }

  /** In V, from 222 to 238, at no load. */
  double voltageV(Instant at) {
    long second = at.getEpochSecond();
    double day = (second % 86_400) / 86_400.0;
    long lattice = Math.floorDiv(second, MINUTES_10);
    double x = (second - lattice * MINUTES_10) / (double) MINUTES_10;
    double drift = noise(lattice) * (1 - x) + noise(lattice + 1) * x;
    double flicker = Chance.unit(Chance.mix(seed + 1, second / 5)) - 0.5;
    // Lowest in the evening, when the whole street cooks.
    return 230.5 + 2.2 * Math.cos(2 * Math.PI * (day - 0.15)) + 4 * drift + flicker;
  }

  /** In Hz, from 49.95 to 50.05. */
  double frequencyHz(Instant at) {
    return 50 + (Chance.unit(Chance.mix(seed + 2, at.getEpochSecond() / 4)) - 0.5) / 10;
  }

  private double noise(long lattice) {
    return Chance.unit(Chance.mix(seed, lattice)) - 0.5;
  }
}
