package io.blockofenergy.edge.simulator;

import java.time.LocalDate;
import java.util.Random;

/**
 * Repeatable chance: the same seed, name and day give the same sequence on every JVM, because
 * {@link Random}'s algorithm is part of its specification. For one thread.
 */
final class Chance {
  private final Random random;

  private Chance(long seed) {
    this.random = new Random(seed);
  }

  static Chance of(long seed, String name, LocalDate date) {
    return new Chance(mix(mix(seed, name.hashCode()), date.toEpochDay()));
  }

  /** A well-spread 64-bit hash of both (finalizer of SplitMix64, Steele et al. 2014). */
  static long mix(long a, long b) {
    long z = a * 0x9E3779B97F4A7C15L + b + 0x632BE59BD9B4E019L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** From 0 inclusive to 1 exclusive, of a hash. */
  static double unit(long hash) {
    return (hash >>> 11) * 0x1.0p-53;
  }

  double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  boolean happens(double probability) {
    return random.nextDouble() < probability;
  }
}
