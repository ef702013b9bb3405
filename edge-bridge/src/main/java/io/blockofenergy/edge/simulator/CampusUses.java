package io.blockofenergy.edge.simulator;

import io.blockofenergy.edge.simulator.Rhythm.Kind;
import java.time.ZoneId;
import java.util.List;

/** What there is to measure on a campus, and how often each comes. Immutable. */
final class CampusUses {
  private final List<Use> onPlugs;
  private final List<Use> onClamps;
  private final List<Use> onThreePhases;

  CampusUses(long seed, ZoneId zone) {
    Weather weather = new Weather(Chance.mix(seed, 1));
    Heating heating = new Heating(weather);
    Ventilation fans = new Ventilation(weather);
    Photovoltaics sun = new Photovoltaics(Chance.mix(seed, 2), zone);
    CarCharger charger = new CarCharger();
    LectureHall hall = new LectureHall();

    Use desk = new Use("desk", new Desk(), 16, 45, 190, 0.92, Kind.BUSY);
    Use light = new Use("light", new OfficeLighting(), 8, 80, 700, 0.95, Kind.STEADY);
    Use projector = new Use("projector", hall, 12, 250, 900, 0.94, Kind.BUSY);
    Use fridge = new Use("fridge", new Refrigeration(), 8, 30, 160, 0.66, Kind.CYCLING);
    Use rack = new Use("rack", new ServerRoom(), 4, 120, 1_600, 0.97, Kind.STEADY);
    Use heater = new Use("heater", heating, 4, 200, 700, 0.99, Kind.CYCLING);
    Use fan = new Use("fan", fans, 4, 60, 400, 0.8, Kind.STEADY);
    Use oven = new Use("oven", new Kitchen(), 8, 800, 2_600, 0.99, Kind.BUSY);
    Use carPlug = new Use("car-plug", charger, 12, 1_400, 2_200, 0.98, Kind.STEADY);
    // Twenty-three, which shares no divisor with the twenty makes.
    this.onPlugs =
        List.of(
            desk, light, fridge, desk, projector, desk, rack, desk, light, desk, heater, desk, oven,
            desk, fridge, desk, light, desk, fan, desk, projector, carPlug, desk);
    this.onClamps =
        List.of(
            new Use("small-roof", sun, 1, 2_000, 6_000, 0.98, Kind.BUSY),
            new Use("heat-pump", heating, 4, 1_200, 2_400, 0.94, Kind.CYCLING),
            new Use("wallbox", charger, 12, 3_600, 4_600, 0.98, Kind.STEADY));
    this.onThreePhases =
        List.of(
            new Use("building", new Building(sun), 12, 30_000, 60_000, 0.95, Kind.BUSY),
            new Use("canteen", new Kitchen(), 12, 20_000, 50_000, 0.97, Kind.BUSY),
            new Use("server-room", new ServerRoom(), 12, 8_000, 30_000, 0.96, Kind.STEADY),
            new Use("heat-pumps", heating, 4, 8_000, 24_000, 0.9, Kind.CYCLING),
            new Use("charging-station", charger, 12, 11_000, 22_000, 0.98, Kind.STEADY),
            new Use("lecture-building", hall, 12, 10_000, 36_000, 0.93, Kind.BUSY),
            new Use("air-handling", fans, 4, 4_000, 15_000, 0.85, Kind.STEADY),
            new Use("roof", sun, 1, 10_000, 60_000, 0.98, Kind.BUSY));
  }

  /** What the plug of a running number, from 0, has on it; less than the 3,500 W it can bear. */
  Use onPlug(int number) {
    return onPlugs.get(number % onPlugs.size());
  }

  /** What a single-phase meter has its clamp around; the first one is a roof. */
  Use onClamp(int number) {
    return onClamps.get(number % onClamps.size());
  }

  /** What a three-phase meter is built into; the first one is a building with a roof. */
  Use onThreePhases(int number) {
    return onThreePhases.get(number % onThreePhases.size());
  }
}
