package io.blockofenergy.cloud.report.forecast;

import io.vertx.core.Future;
import java.time.Instant;
import java.time.ZoneId;

/** Where the hours come from that forecasts are made of. Safe for any thread. */
interface HourlyPower {
  /**
   * A device's mean power in each of the hours up to an instant.
   *
   * @param zone whose hours they are
   * @param until the hour that holds it is the first one that is not wanted
   * @param hours how many, over 0
   * @return of exactly so many hours; fails with {@link
   *     io.blockofenergy.telemetry.UnavailableException} when the store does not answer
   */
  Future<HourSeries> of(String device, ZoneId zone, Instant until, int hours);
}
