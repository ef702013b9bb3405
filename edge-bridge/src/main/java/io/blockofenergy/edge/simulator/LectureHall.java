package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** Light, projector and ventilation of a hall: on for the lectures of an hour and a half. */
final class LectureHall implements Load {
  private static final double EMPTY = 0.04;
  private static final double BETWEEN = 0.3;
  private static final double FIRST_LECTURE = 8.25;
  private static final double LECTURE_HOURS = 1.5;
  private static final double SLOT_HOURS = 2;
  private static final int SLOTS = 5;

  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    DayShape.Pen pen = new DayShape.Pen(hours, EMPTY);
    double teaching = CampusCalendar.teaching(date);
    for (int slot = 0; slot < SLOTS; slot++) {
      double begins = FIRST_LECTURE + slot * SLOT_HOURS;
      // The late ones are rarer.
      if (chance.happens(teaching * (1 - 0.12 * slot))) {
        pen.hold(begins - 0.2)
            .jump(0.6)
            .hold(begins)
            .jump(chance.between(0.8, 1))
            .hold(begins + LECTURE_HOURS)
            .jump(BETWEEN)
            .hold(begins + LECTURE_HOURS + chance.between(0.1, 0.25))
            .jump(EMPTY);
      }
    }
    return pen.finish();
  }

  @Override
  public boolean balanced() {
    return false;
  }
}
