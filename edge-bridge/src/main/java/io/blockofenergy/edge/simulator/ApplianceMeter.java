package io.blockofenergy.edge.simulator;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A plug with an appliance on it. What it shows at an instant depends on seed, zone and instant
 * only. It keeps each day's total, so that the counter of any later day costs one look-up. For one
 * thread.
 */
final class ApplianceMeter implements Meter {
  private static final int CURVES_KEPT = 8;
  private static final double RIPPLE = 0.02;
  private static final double LINE_OHM = 0.15;

  private final Appliance appliance;
  private final long seed;
  private final ZoneId zone;
  private final Mains mains;
  private final LocalDate firstDay;
  private final List<Double> wattHoursBefore = new ArrayList<>(List.of(0.0));
  private final Map<LocalDate, DayCurve> curves =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<LocalDate, DayCurve> eldest) {
          return size() > CURVES_KEPT;
        }
      };
  private final double countedBeforeWh;

  ApplianceMeter(Appliance appliance, long seed, ZoneId zone, Mains mains) {
    this.appliance = appliance;
    this.seed = seed;
    this.zone = zone;
    this.mains = mains;
    this.firstDay = COUNTING_SINCE.atZone(zone).toLocalDate();
    this.countedBeforeWh = rawEnergyWh(COUNTING_SINCE);
  }

  @Override
  public String name() {
    return appliance.name();
  }

  @Override
  public Sample at(Instant at) {
    LocalDate today = at.atZone(zone).toLocalDate();
    DayCurve curve = curve(today);
    double second = secondsInto(today, at);
    double powerW = curve.powerW(second);
    double voltageV = mains.voltageV(at);
    return Sample.of(
        this, at, powerW, curve.powerFactor(second), voltageV - LINE_OHM * powerW / voltageV);
  }

  @Override
  public double powerW(Instant at) {
    LocalDate today = at.atZone(zone).toLocalDate();
    return curve(today).powerW(secondsInto(today, at));
  }

  @Override
  public double energyWh(Instant at) {
    if (at.isBefore(COUNTING_SINCE)) {
      throw new IllegalArgumentException("the simulated meters count since " + COUNTING_SINCE);
    }
    return rawEnergyWh(at) - countedBeforeWh;
  }

  private double rawEnergyWh(Instant at) {
    LocalDate day = at.atZone(zone).toLocalDate();
    int index = (int) (day.toEpochDay() - firstDay.toEpochDay());
    while (wattHoursBefore.size() <= index) {
      int last = wattHoursBefore.size() - 1;
      wattHoursBefore.add(wattHoursBefore.get(last) + curve(firstDay.plusDays(last)).totalWh());
    }
    return wattHoursBefore.get(index) + curve(day).energyWh(secondsInto(day, at));
  }

  private DayCurve curve(LocalDate day) {
    DayCurve curve = curves.get(day);
    if (curve == null) {
      Chance chance = Chance.of(seed, name(), day);
      long start = day.atStartOfDay(zone).toEpochSecond();
      long end = day.plusDays(1).atStartOfDay(zone).toEpochSecond();
      DayCurve.Pen pen = new DayCurve.Pen((int) (end - start), chance);
      appliance.draw(day, chance, pen);
      curve = pen.finish(RIPPLE, Chance.mix(seed + name().hashCode(), day.toEpochDay()));
      curves.put(day, curve);
    }
    return curve;
  }

  private double secondsInto(LocalDate day, Instant at) {
    long start = day.atStartOfDay(zone).toEpochSecond();
    return at.getEpochSecond() - start + at.getNano() / 1e9;
  }
}
