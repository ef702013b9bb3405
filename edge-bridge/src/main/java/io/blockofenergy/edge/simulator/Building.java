package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** A building's connection to the grid, behind which its roof feeds in: what is left of both. */
final class Building implements Load {
  private static final double STEP_HOURS = 1 / 6.0;
  private static final double ROOF = 0.8;

  private final Photovoltaics roof;

  Building(Photovoltaics roof) {
    this.roof = roof;
  }

  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    DayShape inside = inside(date, hours, chance);
    DayShape sun = roof.draw(date, hours, chance);
    DayShape.Pen pen = new DayShape.Pen(hours, inside.level(0) + ROOF * sun.level(0));
    for (int step = 1; step * STEP_HOURS <= hours; step++) {
      double hour = step * STEP_HOURS;
      pen.line(hour, inside.level(hour) + ROOF * sun.level(hour));
    }
    return pen.finish();
  }

  private static DayShape inside(LocalDate date, double hours, Chance chance) {
    double base = chance.between(0.14, 0.18);
    DayShape.Pen pen = new DayShape.Pen(hours, base);
    if (!CampusCalendar.opens(date)) {
      return pen.line(12, base * 1.2).line(hours, base).finish();
    }
    return pen.hold(chance.between(5.5, 6.2))
        .line(8.5, chance.between(0.6, 0.7))
        .line(11.5, chance.between(0.75, 0.85))
        .line(13, chance.between(0.65, 0.75))
        .line(16, chance.between(0.65, 0.75))
        .line(chance.between(19, 20.5), 0.25)
        .line(22.5, base)
        .finish();
  }

  @Override
  public double wanderHours() {
    return 0;
  }

  @Override
  public boolean balanced() {
    return false;
  }
}
