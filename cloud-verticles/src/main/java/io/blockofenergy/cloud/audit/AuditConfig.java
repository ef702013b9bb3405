package io.blockofenergy.cloud.audit;

import io.blockofenergy.cloud.schedule.Schedule;
import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of the audit.
 *
 * @param interval between continuous audits
 * @param directory where the audit keeps what it has itself seen; out of the reach of whoever can
 *     write to the store
 * @param grace how long a reading in the log may be missing from the store before that is a finding
 * @param missing how long numbers of a journal's sequence may be missing, which come late when a
 *     bridge was long without a connection
 * @param fullSchedule when the full audit runs
 */
public record AuditConfig(
    Duration interval, Path directory, Duration grace, Duration missing, Schedule fullSchedule) {
  public static AuditConfig from(Settings settings) {
    return new AuditConfig(
        settings.duration(
            "audit.interval",
            "5m",
            Duration.ofSeconds(1),
            Duration.ofDays(1),
            "time between continuous audits"),
        settings.dataPath("audit.directory", "audit", "where the audit keeps what it has seen"),
        settings.duration(
            "audit.grace",
            "10m",
            Duration.ZERO,
            Duration.ofDays(30),
            "how long a logged reading may be missing from the store without being reported"),
        settings.duration(
            "audit.missing",
            "1d",
            Duration.ZERO,
            Duration.ofDays(365),
            "how long numbers of a journal's sequence may be missing without being reported"),
        schedule(settings));
  }

  private static Schedule schedule(Settings settings) {
    String cron =
        settings.text(
            "audit.fullSchedule",
            "0 3 1 * *",
            "when the full audit runs: minute, hour, day of month, month, day of week, in UTC, or"
                + " 'never'");
    try {
      return Schedule.of(cron);
    } catch (IllegalArgumentException e) {
      settings.fault("audit.fullSchedule: " + e.getMessage());
      return Schedule.NEVER;
    }
  }
}
