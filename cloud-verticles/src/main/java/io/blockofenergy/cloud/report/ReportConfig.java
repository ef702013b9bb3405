package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.telemetry.Settings;
import java.time.ZoneId;
import java.util.Optional;

/**
 * What reports take for sites and devices for which nothing else was set.
 *
 * @param zone IANA zone of sites
 * @param tariff id of the tariff of sites; empty: no costs
 * @param powerCeilingW above which a counter's rise is an implausible jump
 */
public record ReportConfig(ZoneId zone, Optional<String> tariff, int powerCeilingW) {
  private static final int MAX_POWER_W = 1_000_000_000;

  public static ReportConfig from(Settings settings) {
    Optional<String> zone =
        settings.optionalText(
            "report.zone", "IANA zone of sites for which none was set; the system's when absent");
    zone.filter(id -> !ZoneId.getAvailableZoneIds().contains(id))
        .ifPresent(id -> settings.fault("report.zone is no time zone such as Europe/Skopje"));
    return new ReportConfig(
        zone.filter(ZoneId.getAvailableZoneIds()::contains)
            .map(ZoneId::of)
            .orElseGet(ZoneId::systemDefault),
        settings.optionalText(
            "report.tariff", "id of the tariff of sites for which none was set; none: no costs"),
        settings.integer(
            "report.powerCeilingW",
            100_000,
            1,
            MAX_POWER_W,
            "power above which a counter's rise is an implausible jump, of devices for which none was"
                + " set"));
  }

  public SettingsStore.Defaults defaults() {
    return new SettingsStore.Defaults(zone, tariff, powerCeilingW);
  }
}
