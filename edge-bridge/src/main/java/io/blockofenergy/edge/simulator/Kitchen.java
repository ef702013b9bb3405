package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** The canteen: cold rooms day and night, ovens towards noon, then the dishes. */
final class Kitchen implements Load {
  private static final double COLD_ROOMS = 0.09;

  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    DayShape.Pen pen = new DayShape.Pen(hours, COLD_ROOMS);
    if (!CampusCalendar.opens(date)) {
      return pen.finish();
    }
    // Fewer guests between the terms.
    double guests = 0.6 + 0.4 * CampusCalendar.teaching(date);
    return pen.hold(chance.between(5.3, 6))
        .line(7, 0.3)
        .line(9.5, 0.45 * guests)
        .line(chance.between(10.6, 11.2), guests * chance.between(0.85, 1))
        .line(chance.between(12.8, 13.4), guests * chance.between(0.75, 0.9))
        .line(13.8, 0.5 * guests)
        .line(chance.between(14.6, 15.4), 0.55 * guests)
        .line(16.2, COLD_ROOMS)
        .finish();
  }

  @Override
  public boolean balanced() {
    return false;
  }
}
