package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** A corridor or an office floor: on in working hours, less by daylight, and that by season. */
final class OfficeLighting implements Load {
  private static final double EMERGENCY_EXITS = 0.06;

  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    DayShape.Pen pen = new DayShape.Pen(hours, EMERGENCY_EXITS);
    if (!CampusCalendar.opens(date)) {
      return pen.finish();
    }
    // 1 in midsummer, 0 in midwinter.
    double summer = 0.5 - 0.5 * StrictMath.cos(2 * Math.PI * (date.getDayOfYear() - 5) / 365.25);
    double noon = 1 - (0.3 + 0.4 * summer) * chance.between(0.5, 1);
    double opens = chance.between(6, 6.6);
    double closes = chance.between(19, 20.5);
    return pen.hold(opens)
        .line(8.3, chance.between(0.9, 1) - 0.3 * summer)
        .line(11.5, noon)
        .line(14.5, noon)
        .line(17, chance.between(0.85, 1) - 0.3 * summer)
        .line(closes, 0.15)
        .hold(22)
        .jump(EMERGENCY_EXITS)
        .finish();
  }
}
