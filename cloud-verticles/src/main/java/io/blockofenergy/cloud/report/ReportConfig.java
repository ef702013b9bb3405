package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.cloud.storage.SiteSettings;
import io.blockofenergy.telemetry.Settings;
import java.time.ZoneId;
import java.util.Optional;

/**
 * What reports take for sites and devices for which nothing else was set.
 *
 * @param zone IANA zone of sites
 * @param tariff id of the tariff of sites; empty: no costs
 * @param powerCeilingW above which a counter's rise is an implausible jump
 * @param cacheBytes of rollups that are kept in memory, about
 */
public record ReportConfig(
    ZoneId zone, Optional<String> tariff, int powerCeilingW, long cacheBytes) {
  private static final int MAX_POWER_W = 1_000_000_000;
  private static final long MIN_CACHE = 1L << 20;
  private static final long MAX_CACHE = 1L << 36;

  public static ReportConfig from(Settings settings) {
    return from(settings, ZoneId.systemDefault());
  }

  /**
   * @param system the process's zone, which may be none that others know, such as of TZ=UTC+2
   */
  static ReportConfig from(Settings settings, ZoneId system) {
    Optional<String> zone =
        settings.optionalText(
            "report.zone", "IANA zone of sites for which none was set; the system's when absent");
    zone.filter(id -> !SiteSettings.isZone(id))
        .ifPresent(id -> settings.fault("report.zone is no time zone such as Europe/Skopje"));
    if (zone.isEmpty() && !SiteSettings.isZone(system.getId())) {
      settings.fault(
          "report.zone must be set: the system's time zone, "
              + system.getId()
              + ", is none such as Europe/Skopje");
    }
    return new ReportConfig(
        zone.filter(SiteSettings::isZone).map(ZoneId::of).orElse(system),
        settings.optionalText(
            "report.tariff", "id of the tariff of sites for which none was set; none: no costs"),
        settings.integer(
            "report.powerCeilingW",
            100_000,
            1,
            MAX_POWER_W,
            "power above which a counter's rise is an implausible jump, of devices for which none was"
                + " set"),
        settings.size(
            "report.cacheBytes",
            "64MiB",
            MIN_CACHE,
            MAX_CACHE,
            "memory for rollups that reports have read"));
  }

  public SettingsStore.Defaults defaults() {
    return new SettingsStore.Defaults(zone, tariff, powerCeilingW);
  }
}
