package io.blockofenergy.edge.simulator;

import java.time.ZoneId;
import java.util.List;

/**
 * A campus of plugs and meters of mixed makes: offices, lecture halls, a canteen, server rooms,
 * heating, charging points, and modules on the roofs. For one thread.
 *
 * @param devices the first ones are the same however many there are
 */
record Campus(List<Device> devices) implements Profile {
  static final String NAME = "campus";
  static final int MOST_DEVICES = 10_000;

  /**
   * @param size from 1 to {@value #MOST_DEVICES}
   */
  static Campus of(long seed, ZoneId zone, int size) {
    return new Campus(new CampusPlan(seed, zone).devices(size));
  }

  @Override
  public String name() {
    return NAME;
  }
}
