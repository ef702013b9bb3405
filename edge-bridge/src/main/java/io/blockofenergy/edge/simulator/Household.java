package io.blockofenergy.edge.simulator;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

/**
 * A profile: which meters there are. For one thread.
 *
 * @param meters in the order in which they publish
 */
record Household(List<Meter> meters) {
  /** The one profile there is. */
  static final String NAME = "household";

  static Household of(long seed, ZoneId zone) {
    Mains mains = new Mains(Chance.mix(seed, 1));
    Weather weather = new Weather(Chance.mix(seed, 2));
    return new Household(
        List.of(new Dishwasher(), new Boiler(), new AirConditioner(weather), new WashingMachine())
            .stream()
            .map(appliance -> new Meter(appliance, seed, zone, mains))
            .toList());
  }

  /** All meters' power at once, in W. */
  double powerW(Instant at) {
    return meters.stream().mapToDouble(meter -> meter.at(at).powerW()).sum();
  }
}
