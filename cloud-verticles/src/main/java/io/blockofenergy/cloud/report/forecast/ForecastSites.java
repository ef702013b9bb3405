package io.blockofenergy.cloud.report.forecast;

import io.vertx.core.Future;
import java.time.ZoneId;
import java.util.Collection;
import java.util.Set;

/** What is set about sites and devices, as far as forecasts need it. Safe for any thread. */
public interface ForecastSites {
  Future<ZoneId> zone(String site);

  /** Those of the devices that count in their site's total. */
  Future<Set<String>> counted(Collection<String> devices);
}
