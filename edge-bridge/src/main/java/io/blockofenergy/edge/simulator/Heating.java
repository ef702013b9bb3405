package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/**
 * A heat pump: heats by the weather outside, less at night and at weekends, and cools in summer.
 */
final class Heating implements Load {
  private static final double HEATS_BELOW_C = 15;
  private static final double COOLS_ABOVE_C = 23;
  private static final double STANDBY = 0.02;

  private final Weather weather;

  Heating(Weather weather) {
    this.weather = weather;
  }

  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    Weather.Day sky = weather.day(date);
    boolean opens = CampusCalendar.opens(date);
    double well = chance.between(0.95, 1.05);
    DayShape.Pen pen = new DayShape.Pen(hours, level(sky.outsideC(0), 0, opens) * well);
    for (double hour = 1; hour < hours; hour++) {
      pen.line(hour, level(sky.outsideC(hour), hour, opens) * well);
    }
    return pen.line(hours, level(sky.outsideC(hours), 0, opens) * well).finish();
  }

  private static double level(double outsideC, double hour, boolean opens) {
    boolean night = hour < 5 || hour >= 21;
    double wanted = !opens ? 0.6 : night ? 0.65 : hour < 8 ? 1.15 : 1;
    double heats = (HEATS_BELOW_C - outsideC) / 25 * wanted;
    double cools = opens && !night ? (outsideC - COOLS_ABOVE_C) / 14 : 0;
    return Math.max(STANDBY, Math.max(heats, cools));
  }
}
