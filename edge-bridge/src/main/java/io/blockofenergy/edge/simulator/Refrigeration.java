package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** Fridges and vending machines: always there, and busier while doors are opened. */
final class Refrigeration implements Load {
  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    double night = chance.between(0.78, 0.82);
    double day = CampusCalendar.opens(date) ? chance.between(0.92, 1) : night + 0.03;
    return new DayShape.Pen(hours, 0.8)
        .line(7, night)
        .line(12, day)
        .line(16, day)
        .line(hours, 0.8)
        .finish();
  }
}
