package io.blockofenergy.edge.simulator;

import java.time.LocalDate;
import java.time.ZoneId;

/**
 * Modules on the roof, at 50° north: they feed in by the sun's elevation and the clouds. All of a
 * campus stand under the same sky. At night the inverter draws a little.
 */
final class Photovoltaics implements Load {
  private static final double STEP_HOURS = 1 / 6.0;
  private static final double LATITUDE = Math.toRadians(50);
  private static final double TILT = Math.toRadians(23.44);
  private static final double NIGHT = 0.002;

  private final long seed;
  private final ZoneId zone;

  /**
   * @param zone its summer time moves the sun's noon
   */
  Photovoltaics(long seed, ZoneId zone) {
    this.seed = seed;
    this.zone = zone;
  }

  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    // Not by the caller's chance: that differs between meters, the sky does not.
    Chance sky = Chance.of(seed, "sky", date);
    double clouds = sky.between(0, 1) * sky.between(0.4, 1);
    double noon =
        12
            + zone.getRules()
                    .getDaylightSavings(date.atTime(12, 0).atZone(zone).toInstant())
                    .toMinutes()
                / 60.0;
    double declination = TILT * StrictMath.sin(2 * Math.PI * (date.getDayOfYear() - 81) / 365.25);
    DayShape.Pen pen = new DayShape.Pen(hours, NIGHT);
    for (int step = 1; step * STEP_HOURS <= hours; step++) {
      double hour = step * STEP_HOURS;
      double elevation =
          StrictMath.sin(LATITUDE) * StrictMath.sin(declination)
              + StrictMath.cos(LATITUDE)
                  * StrictMath.cos(declination)
                  * StrictMath.cos(Math.PI * (hour - noon) / 12);
      double clear = 1 - clouds * sky.between(0.55, 1);
      pen.line(hour, elevation > 0 ? NIGHT - 0.95 * elevation * clear : NIGHT);
    }
    return pen.finish();
  }

  @Override
  public double wanderHours() {
    return 0; // by the sun
  }
}
