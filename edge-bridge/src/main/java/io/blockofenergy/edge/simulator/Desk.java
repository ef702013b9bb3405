package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** A computer with its screens: on while its user is there, who does not come every day. */
final class Desk implements Load {
  private static final double STANDBY = 0.03;

  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    DayShape.Pen pen = new DayShape.Pen(hours, STANDBY);
    if (!chance.happens(CampusCalendar.opens(date) ? 0.8 : 0.03)) {
      return pen.finish();
    }
    double comes = chance.between(7, 9.6);
    double eats = chance.between(11.4, 13);
    double leaves = comes + chance.between(7.5, 9.8);
    return pen.hold(comes)
        .jump(chance.between(0.85, 1))
        .line(eats, chance.between(0.7, 0.9))
        .jump(0.35)
        .hold(eats + chance.between(0.5, 0.9))
        .jump(chance.between(0.8, 1))
        .line(leaves, chance.between(0.7, 0.95))
        .jump(STANDBY)
        .finish();
  }
}
