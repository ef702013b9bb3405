package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.cloud.storage.RollupStore;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.time.Instant;
import java.time.ZoneId;

/** Hours from the rollups. */
final class RollupPower implements HourlyPower {
  /** What no device draws: a counter that rises faster has been set. */
  private static final double CEILING_W = 100_000;

  private final RollupStore rollups;
  private final WorkerExecutor workers;

  /**
   * @param workers on which rollups are read
   */
  RollupPower(RollupStore rollups, WorkerExecutor workers) {
    this.rollups = rollups;
    this.workers = workers;
  }

  @Override
  public Future<HourSeries> of(String device, ZoneId zone, Instant until, int hours) {
    long end = HourSeries.hourOf(zone, until);
    long first = end - (long) hours * HourSeries.HOUR;
    // A day more on both sides: what was taken in the first hour needs a point before it.
    return rollups
        .rollups(
            device, PowerCurve.day(first).minusDays(1), PowerCurve.day(end).plusDays(2), workers)
        .compose(
            found ->
                workers.executeBlocking(
                    () -> PowerCurve.of(found, zone, first, hours, CEILING_W), false));
  }
}
