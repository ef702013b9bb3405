package io.blockofenergy.edge.simulator;

import java.time.DayOfWeek;
import java.time.LocalDate;

/**
 * Eighty litres of hot water behind a thermostat. Showers draw it down in the morning (later at
 * weekends) and in the evening, taps in between; the rest is what the tank loses.
 */
final class Boiler implements Appliance {
  private static final double HEATER_W = 2_000;
  // Water holds 4186 J/(kg K): 2 kW raise 80 kg by 0.006 K each second.
  private static final double HEATING_K_PER_SLOT = HEATER_W / (80 * 4_186) * DayCurve.SLOT_SECONDS;
  private static final double LOSS_K_PER_SLOT = 0.4 / 3_600 * DayCurve.SLOT_SECONDS;
  private static final double ON_BELOW = 55;
  private static final double OFF_ABOVE = 60;

  @Override
  public String name() {
    return "boiler";
  }

  @Override
  public void draw(LocalDate date, Chance chance, DayCurve.Pen day) {
    double[] drawnK = draws(date, chance, day.slots());
    double tank = chance.between(56, 59.5);
    boolean heating = false;
    for (int slot = 0; slot < day.slots(); slot++) {
      tank -= drawnK[slot] + LOSS_K_PER_SLOT;
      if (heating) {
        tank += HEATING_K_PER_SLOT;
      }
      heating = heating ? tank < OFF_ABOVE : tank < ON_BELOW;
      day.set(slot, heating ? HEATER_W : 0.5, heating ? 0.998 : 0.4);
    }
  }

  private static double[] draws(LocalDate date, Chance chance, int slots) {
    double[] drawnK = new double[slots];
    boolean weekend = date.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) >= 0;
    shower(drawnK, weekend ? chance.between(8, 9.5) : chance.between(6, 6.7), chance);
    shower(drawnK, weekend ? chance.between(9.6, 11) : chance.between(6.8, 7.6), chance);
    if (chance.happens(weekend ? 0.7 : 0.5)) {
      shower(drawnK, chance.between(20, 22), chance);
    }
    int taps = (int) chance.between(6, 12);
    for (int i = 0; i < taps; i++) {
      int at = DayCurve.Pen.slotOf(weekend ? chance.between(8, 22) : tapHour(chance));
      drawnK[at] += chance.between(0.3, 1.4);
    }
    return drawnK;
  }

  /** On weekdays people are at home before and after work. */
  private static double tapHour(Chance chance) {
    return chance.happens(0.25) ? chance.between(6, 8) : chance.between(17, 22);
  }

  private static void shower(double[] drawnK, double hour, Chance chance) {
    int from = DayCurve.Pen.slotOf(hour);
    int length = (int) (chance.between(5, 8) * 60 / DayCurve.SLOT_SECONDS);
    for (int slot = from; slot < from + length; slot++) {
      drawnK[slot] += chance.between(0.5, 0.8);
    }
  }
}
