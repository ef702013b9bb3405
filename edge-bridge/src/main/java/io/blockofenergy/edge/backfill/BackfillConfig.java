package io.blockofenergy.edge.backfill;

import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * @param shelly whether Shelly meters are asked for minutes that were missed
 * @param maxAge how far back at most
 * @param file which meter was last heard when
 */
public record BackfillConfig(boolean shelly, Duration maxAge, Path file) {
  public static BackfillConfig from(Settings settings) {
    return new BackfillConfig(
        settings.flag(
            "backfill.shelly",
            true,
            "whether Shelly meters are asked for minutes that were missed"),
        settings.duration(
            "backfill.maxAge",
            "1d",
            Duration.ofMinutes(1),
            Duration.ofDays(60),
            "how far back they are asked at most"),
        settings.dataPath(
            "backfill.file", "backfill.properties", "which meter was last heard when"));
  }
}
