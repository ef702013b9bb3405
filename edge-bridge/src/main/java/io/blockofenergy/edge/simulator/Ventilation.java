package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** Fans that follow the working day, and run faster when it is warm. */
final class Ventilation implements Load {
  private static final double NIGHT = 0.1;

  private final Weather weather;

  Ventilation(Weather weather) {
    this.weather = weather;
  }

  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    DayShape.Pen pen = new DayShape.Pen(hours, NIGHT);
    if (!CampusCalendar.opens(date)) {
      return pen.hold(9).jump(2 * NIGHT).hold(17).jump(NIGHT).finish();
    }
    double warmth = Math.max(0, Math.min(0.3, (weather.day(date).meanC() - 12) / 40));
    double full = 0.65 + warmth;
    double starts = chance.between(5.8, 6.2);
    return pen.hold(starts)
        .line(starts + 0.3, 0.7 * full)
        .line(10, full)
        .line(15, full)
        .line(19, 0.7 * full)
        .hold(20)
        .line(20.2, NIGHT)
        .finish();
  }
}
