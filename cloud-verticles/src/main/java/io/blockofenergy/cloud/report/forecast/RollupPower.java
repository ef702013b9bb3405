package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.cloud.storage.RollupStore;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.ZoneId;

/** Hours from the rollups. */
final class RollupPower implements HourlyPower {
  /** What no device draws: a counter that rises faster has been set. */
  private static final double CEILING_W = 100_000;

  private final RollupStore rollups;

  RollupPower(RollupStore rollups) {
    this.rollups = rollups;
  }

  @Override
  public Future<HourSeries> of(String device, ZoneId zone, Instant until, int hours) {
    long end = HourSeries.hourOf(zone, until);
    long first = end - (long) hours * HourSeries.HOUR;
    // A day more on both sides: what was taken in the first hour needs a point before it.
    return rollups
        .rollups(device, PowerCurve.day(first).minusDays(1), PowerCurve.day(end).plusDays(2))
        .map(found -> PowerCurve.of(found, zone, first, hours, CEILING_W));
  }
}
