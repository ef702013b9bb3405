package io.blockofenergy.edge.simulator;

import java.time.Instant;

/**
 * What one measuring input of a campus sees: a share of a load's shape, at this input's own time of
 * day and in its own rhythm. It holds some numbers only; what it shows is a formula of them, and
 * its counters are the exact integral of its power. For one thread, that of its shape.
 */
final class Circuit implements Meter {
  private static final double DROP_V = 1.5;

  /**
   * Everything an input shows at once.
   *
   * @param powerW negative when it feeds in
   * @param powerFactor over 0, at most 1
   * @param currentA at least 0
   * @param drawnWh since {@link #COUNTING_SINCE}
   * @param returnedWh fed in since then
   */
  record Reading(
      double powerW,
      double powerFactor,
      double voltageV,
      double currentA,
      double frequencyHz,
      double drawnWh,
      double returnedWh) {

    double apparentVa() {
      return Math.abs(powerW) / powerFactor;
    }

    double reactiveVar() {
      double apparent = apparentVa();
      return Math.sqrt(Math.max(0, apparent * apparent - powerW * powerW));
    }
  }

  /** A point on the shape's time, and how fast that runs there. */
  private record Point(LoadShape.Day day, double hour, double speed) {}

  private final String name;
  private final LoadShape shape;
  private final double sizeW;
  private final Use use;
  private final Rhythm rhythm;
  private final Mains mains;
  private final long seed;
  private final double drawnWhBefore;
  private final double returnedWhBefore;

  /**
   * @param sizeW power at the shape's level 1
   * @param seed of this input and no other
   */
  Circuit(String name, LoadShape shape, double sizeW, Use use, Mains mains, long seed) {
    this.name = name;
    this.shape = shape;
    this.sizeW = sizeW;
    this.use = use;
    this.rhythm = new Rhythm(use.rhythm(), seed);
    this.mains = mains;
    this.seed = seed;
    Point start = point(COUNTING_SINCE);
    this.drawnWhBefore = rawDrawnWh(start);
    this.returnedWhBefore = rawReturnedWh(start);
  }

  @Override
  public String name() {
    return name;
  }

  Reading read(Instant at) {
    Point point = checked(at);
    double powerW = powerW(point);
    double voltageV = voltageV(at, powerW);
    return new Reading(
        powerW,
        use.powerFactor(),
        voltageV,
        Math.abs(powerW) / use.powerFactor() / voltageV,
        mains.frequencyHz(at),
        rawDrawnWh(point) - drawnWhBefore,
        rawReturnedWh(point) - returnedWhBefore);
  }

  @Override
  public Sample at(Instant at) {
    double powerW = powerW(at);
    return Sample.of(this, at, powerW, use.powerFactor(), voltageV(at, powerW));
  }

  @Override
  public double powerW(Instant at) {
    return powerW(checked(at));
  }

  @Override
  public double energyWh(Instant at) {
    return rawDrawnWh(checked(at)) - drawnWhBefore;
  }

  private Point checked(Instant at) {
    if (at.isBefore(COUNTING_SINCE)) {
      throw new IllegalArgumentException("the simulated meters count since " + COUNTING_SINCE);
    }
    return point(at);
  }

  private Point point(Instant at) {
    Rhythm.Moment moment = rhythm.at(at.getEpochSecond() + at.getNano() / 1e9);
    LoadShape.Day day = shape.day(moment.second());
    // Around noon the day is bent: the same midnights, another hour in between.
    double hours = day.shape().hours();
    double noon = hours / 2;
    double shift =
        use.load().wanderHours() * (2 * Chance.unit(Chance.mix(seed, day.date().toEpochDay())) - 1);
    double hour = (moment.second() - day.start()) / 3_600;
    double before = (noon + shift) / noon;
    double after = (hours - noon - shift) / (hours - noon);
    return hour < noon
        ? new Point(day, hour * before, moment.speed() * before)
        : new Point(day, hours - (hours - hour) * after, moment.speed() * after);
  }

  private double powerW(Point point) {
    return sizeW * point.day().shape().level(point.hour()) * point.speed();
  }

  private double rawDrawnWh(Point point) {
    LoadShape.Day day = point.day();
    return sizeW * (day.drawnHoursBefore() + day.shape().drawnHours(point.hour()));
  }

  private double rawReturnedWh(Point point) {
    LoadShape.Day day = point.day();
    return sizeW * (day.returnedHoursBefore() + day.shape().returnedHours(point.hour()));
  }

  /** The more it draws, the lower; what feeds in raises it. */
  private double voltageV(Instant at, double powerW) {
    return mains.voltageV(at) - DROP_V * Math.min(1, powerW / sizeW);
  }
}
