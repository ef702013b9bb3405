package io.blockofenergy.edge.simulator;

import java.time.ZoneId;
import java.util.List;
import java.util.stream.Stream;

/**
 * A household of Tasmota plugs. For one thread.
 *
 * @param meters in the order in which they publish
 */
record Household(List<Meter> meters) implements Profile {
  static final String NAME = "household";

  static Household of(long seed, ZoneId zone) {
    Mains mains = new Mains(Chance.mix(seed, 1));
    Weather weather = new Weather(Chance.mix(seed, 2));
    return new Household(
        Stream.of(new Dishwasher(), new Boiler(), new AirConditioner(weather), new WashingMachine())
            .<Meter>map(appliance -> new ApplianceMeter(appliance, seed, zone, mains))
            .toList());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<TasmotaPlug> devices() {
    return meters.stream().map(TasmotaPlug::new).toList();
  }
}
