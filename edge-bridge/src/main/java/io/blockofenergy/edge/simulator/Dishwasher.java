package io.blockofenergy.edge.simulator;

import java.time.DayOfWeek;
import java.time.LocalDate;

/** Runs on most evenings; at weekends after lunch, and at times again in the evening. */
final class Dishwasher implements Appliance {
  @Override
  public String name() {
    return "dishwasher";
  }

  @Override
  public void draw(LocalDate date, Chance chance, DayCurve.Pen day) {
    day.fill(0.8, 0.35);
    boolean weekend = date.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) >= 0;
    boolean lunch = weekend && chance.happens(0.85);
    boolean evening = chance.happens(weekend ? 0.4 : 0.8);
    if (lunch) {
      programme(DayCurve.Pen.slotOf(chance.between(13, 15)), chance, day);
    }
    if (evening) {
      programme(DayCurve.Pen.slotOf(chance.between(19, 21.3)), chance, day);
    }
  }

  private static void programme(int start, Chance chance, DayCurve.Pen day) {
    double heaterW = chance.between(1_950, 2_150);
    int at = day.phase(start, 3, 8, 0.5);
    at = day.phase(at, chance.between(6, 10), 62, 0.72);
    at = day.phase(at, chance.between(14, 18), heaterW, 0.995);
    at = day.phase(at, chance.between(20, 28), 74, 0.74);
    at = day.phase(at, 2, 34, 0.6);
    at = day.phase(at, chance.between(8, 12), 66, 0.73);
    at = day.phase(at, chance.between(10, 14), heaterW, 0.995);
    at = day.phase(at, 6, 64, 0.73);
    at = day.phase(at, 2, 34, 0.6);
    day.phase(at, chance.between(15, 25), 11, 0.45);
  }
}
