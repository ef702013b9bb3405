package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.Settings;
import java.time.Duration;

/**
 * Settings of the audit.
 *
 * @param interval between continuous audits
 * @param grace how long a reading in the log may be missing from the store before that is a finding
 */
public record AuditConfig(Duration interval, Duration grace) {
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
            "how long a logged reading may be missing from the store without being reported"));
  }
}
