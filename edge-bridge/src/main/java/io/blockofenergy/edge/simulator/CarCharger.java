package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** A charging point: a car from the morning on, at times another one in the afternoon. */
final class CarCharger implements Load {
  private static final double EMPTY = 0.002;

  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    DayShape.Pen pen = new DayShape.Pen(hours, EMPTY);
    boolean opens = CampusCalendar.opens(date);
    if (chance.happens(opens ? 0.75 : 0.1)) {
      charge(pen, chance.between(7.3, 9.5), chance.between(1.2, 4), chance);
    }
    if (chance.happens(opens ? 0.45 : 0.1)) {
      charge(pen, chance.between(14, 15.5), chance.between(0.8, 3), chance);
    }
    return pen.finish();
  }

  /** At the end the battery takes less and less. */
  private static void charge(DayShape.Pen pen, double from, double forHours, Chance chance) {
    pen.hold(from)
        .jump(chance.between(0.96, 1))
        .hold(from + forHours)
        .line(from + forHours + 0.4, 0.25)
        .jump(EMPTY);
  }
}
