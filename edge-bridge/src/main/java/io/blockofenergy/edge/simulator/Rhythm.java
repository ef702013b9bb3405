package io.blockofenergy.edge.simulator;

/**
 * How one meter's load moves from second to second, as a stretching of time: within a beat, time
 * first runs fast and then slowly, and after the beat it is where it would have been anyway. Power
 * follows the speed, so its integral stays the integral of the load's shape at the stretched time:
 * exact, and without any state. Immutable, safe for any thread.
 */
final class Rhythm {
  /** What kind of load it is, by how its power moves. */
  enum Kind {
    /** Hardly moves. */
    STEADY(40, 0.5, 0.985),
    /** Moves by some percent, like electronics. */
    BUSY(40, 0.5, 0.93),
    /** A compressor or a thermostat: on, and off. */
    CYCLING(900, 0.45, 0.03);

    private final double beatS;
    private final double fastShare;
    private final double slowSpeed;

    Kind(double beatS, double fastShare, double slowSpeed) {
      this.beatS = beatS;
      this.fastShare = fastShare;
      this.slowSpeed = slowSpeed;
    }
  }

  private final long seed;
  private final Kind kind;
  private final double beatS;
  private final double offsetS;

  Rhythm(Kind kind, long seed) {
    this.seed = seed;
    this.kind = kind;
    this.beatS = kind.beatS * (0.8 + 0.4 * Chance.unit(Chance.mix(seed, -1)));
    this.offsetS = beatS * Chance.unit(Chance.mix(seed, -2));
  }

  /**
   * A moment on the stretched time.
   *
   * @param second since 1970, less than a beat away from the true one; it never falls
   * @param speed over 0
   */
  record Moment(double second, double speed) {}

  /**
   * @param second since 1970
   */
  Moment at(double second) {
    double beats = (second + offsetS) / beatS;
    double beat = Math.floor(beats);
    double within = beats - beat;
    double share = kind.fastShare * (0.75 + 0.5 * Chance.unit(Chance.mix(seed, (long) beat)));
    double slow = kind.slowSpeed;
    double fast = (1 - (1 - share) * slow) / share;
    double stretched = within < share ? within * fast : 1 - (1 - within) * slow;
    return new Moment((beat + stretched) * beatS - offsetS, within < share ? fast : slow);
  }
}
