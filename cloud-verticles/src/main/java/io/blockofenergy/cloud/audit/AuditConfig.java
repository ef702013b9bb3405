package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.Settings;
import java.time.Duration;

/**
 * Settings of the audit.
 *
 * @param interval between continuous audits
 * @param grace how long a reading in the log may be missing from the store before that is a finding
 * @param fullSchedule when the full audit runs
 */
public record AuditConfig(Duration interval, Duration grace, AuditSchedule fullSchedule) {
  /** Without full audits but on demand. */
  public AuditConfig(Duration interval, Duration grace) {
    this(interval, grace, AuditSchedule.NEVER);
  }

  public static AuditConfig from(Settings settings) {
    return new AuditConfig(
        settings.duration(
            "audit.interval",
            "5m",
            Duration.ofSeconds(1),
            Duration.ofDays(1),
            "time between continuous audits"),
        settings.duration(
            "audit.grace",
            "10m",
            Duration.ZERO,
            Duration.ofDays(30),
            "how long a logged reading may be missing from the store without being reported"),
        schedule(settings));
  }

  private static AuditSchedule schedule(Settings settings) {
    String cron =
        settings.text(
            "audit.fullSchedule",
            "0 3 1 * *",
            "when the full audit runs: minute, hour, day of month, month, day of week, in UTC, or"
                + " 'never'");
    try {
      return AuditSchedule.of(cron);
    } catch (IllegalArgumentException e) {
      settings.fault("audit.fullSchedule: " + e.getMessage());
      return AuditSchedule.NEVER;
    }
  }
}
