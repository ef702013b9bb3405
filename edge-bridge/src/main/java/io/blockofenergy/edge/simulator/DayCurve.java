package io.blockofenergy.edge.simulator;

/**
 * The load of one appliance over one day. The level is constant within a slot of {@value
 * #SLOT_SECONDS} s, with a ripple on it whose integral over the slot is zero: so power moves from
 * second to second, and its integral is still exact and cheap. Immutable, safe for any thread.
 */
final class DayCurve {
  static final int SLOT_SECONDS = 20;

  private static final double TURN = 2 * Math.PI;

  private final double[] watts;
  private final double[] factors;
  private final double[] wattHoursBefore;
  private final double ripple;
  private final long rippleSeed;

  private DayCurve(double[] watts, double[] factors, double ripple, long rippleSeed) {
    this.watts = watts;
    this.factors = factors;
    this.ripple = ripple;
    this.rippleSeed = rippleSeed;
    this.wattHoursBefore = new double[watts.length + 1];
    for (int slot = 0; slot < watts.length; slot++) {
      wattHoursBefore[slot + 1] = wattHoursBefore[slot] + watts[slot] * SLOT_SECONDS / 3600.0;
    }
  }

  /** Active power in W, at least 0. */
  double powerW(double second) {
    int slot = slot(second);
    double x = second / SLOT_SECONDS - slot;
    return watts[slot]
        * (1
            + amplitude(slot) * Math.sin(TURN * x + phase(slot, 1))
            + amplitude(slot) / 2 * Math.sin(3 * TURN * x + phase(slot, 2)));
  }

  /** Power factor, over 0 and at most 1. */
  double powerFactor(double second) {
    return factors[slot(second)];
  }

  /** The integral of {@link #powerW} from the day's start, in Wh. */
  double energyWh(double second) {
    if (second >= watts.length * (double) SLOT_SECONDS) {
      return totalWh();
    }
    int slot = slot(second);
    double x = second / SLOT_SECONDS - slot;
    double first = phase(slot, 1);
    double second3 = phase(slot, 2);
    double rippled =
        amplitude(slot) / TURN * (Math.cos(first) - Math.cos(TURN * x + first))
            + amplitude(slot) / (6 * TURN) * (Math.cos(second3) - Math.cos(3 * TURN * x + second3));
    return wattHoursBefore[slot] + watts[slot] * SLOT_SECONDS / 3600.0 * (x + rippled);
  }

  double totalWh() {
    return wattHoursBefore[watts.length];
  }

  private int slot(double second) {
    return Math.min((int) (second / SLOT_SECONDS), watts.length - 1);
  }

  private double amplitude(int slot) {
    return ripple * Chance.unit(Chance.mix(rippleSeed, slot * 4L));
  }

  private double phase(int slot, int which) {
    return TURN * Chance.unit(Chance.mix(rippleSeed, slot * 4L + which));
  }

  /** Draws a curve, slot by slot. For one thread. */
  static final class Pen {
    private final Chance chance;
    private final double[] watts;
    private final double[] factors;

    Pen(int seconds, Chance chance) {
      this.chance = chance;
      this.watts = new double[seconds / SLOT_SECONDS];
      this.factors = new double[watts.length];
    }

    int slots() {
      return watts.length;
    }

    /** The hour of the day at the slot's start, counted from local midnight. */
    static double hour(int slot) {
      return slot * SLOT_SECONDS / 3600.0;
    }

    static int slotOf(double hour) {
      return (int) (hour * 3600 / SLOT_SECONDS);
    }

    /** Sets a slot's level, with up to 2 % of noise; beyond the day's end it does nothing. */
    void set(int slot, double powerW, double powerFactor) {
      if (slot < watts.length) {
        watts[slot] = powerW * chance.between(0.98, 1.02);
        factors[slot] = Math.min(1, powerFactor * chance.between(0.99, 1.01));
      }
    }

    void fill(double powerW, double powerFactor) {
      for (int slot = 0; slot < watts.length; slot++) {
        set(slot, powerW, powerFactor);
      }
    }

    /** Sets the slots of some minutes and gives the slot after them. */
    int phase(int from, double minutes, double powerW, double powerFactor) {
      int until = from + Math.max(1, (int) Math.round(minutes * 60 / SLOT_SECONDS));
      for (int slot = from; slot < until; slot++) {
        set(slot, powerW, powerFactor);
      }
      return until;
    }

    /**
     * @param ripple share by which power moves within a slot; under 0.6, so that it stays positive
     */
    DayCurve finish(double ripple, long rippleSeed) {
      return new DayCurve(watts, factors, ripple, rippleSeed);
    }
  }
}
