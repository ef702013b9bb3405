package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** Saturday is washing day; now and then an evening in the week, and Sunday. */
final class WashingMachine implements Appliance {
  @Override
  public String name() {
    return "washing-machine";
  }

  @Override
  public void draw(LocalDate date, Chance chance, DayCurve.Pen day) {
    day.fill(0.6, 0.32);
    switch (date.getDayOfWeek()) {
      case SATURDAY -> {
        int end = programme(DayCurve.Pen.slotOf(chance.between(9, 10.5)), chance, day);
        if (chance.happens(0.6)) {
          int pause = DayCurve.Pen.slotOf(chance.between(0.2, 1));
          programme(end + pause, chance, day);
        }
      }
      case SUNDAY -> {
        if (chance.happens(0.4)) {
          programme(DayCurve.Pen.slotOf(chance.between(10, 15)), chance, day);
        }
      }
      default -> {
        if (chance.happens(0.25)) {
          programme(DayCurve.Pen.slotOf(chance.between(17, 20)), chance, day);
        }
      }
    }
  }

  private static int programme(int start, Chance chance, DayCurve.Pen day) {
    int at = day.phase(start, 2, 7, 0.45);
    at = day.phase(at, chance.between(10, 18), chance.between(1_980, 2_120), 0.99);
    at = tumble(at, chance.between(28, 40), chance, day);
    at = day.phase(at, 2, 38, 0.55);
    at = day.phase(at, 1, 380, 0.68);
    for (int rinse = 0; rinse < 2; rinse++) {
      at = tumble(at, chance.between(6, 9), chance, day);
      at = day.phase(at, 1, 36, 0.55);
      at = day.phase(at, 2, 420, 0.69);
    }
    at = day.phase(at, 2, 240, 0.64);
    at = day.phase(at, chance.between(5, 8), 540, 0.72);
    return day.phase(at, 1, 60, 0.5);
  }

  /** The drum turns for some twenty seconds, rests, and turns the other way. */
  private static int tumble(int start, double minutes, Chance chance, DayCurve.Pen day) {
    int at = start;
    int end = start + (int) Math.round(minutes * 60 / DayCurve.SLOT_SECONDS);
    while (at < end) {
      boolean turns = chance.happens(0.7);
      day.set(at++, turns ? chance.between(150, 230) : 9, turns ? 0.62 : 0.4);
    }
    return end;
  }
}
