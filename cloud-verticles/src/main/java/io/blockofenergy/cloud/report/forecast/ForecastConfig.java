package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.telemetry.Settings;
import java.time.Duration;

/**
 * How forecasts and anomalies are made.
 *
 * @param weeks how far back is learned from
 * @param delay how long after an hour's end it is looked at for anomalies
 * @param workers threads that learn
 */
public record ForecastConfig(int weeks, Duration delay, int workers) {
  /** Share of outcomes that intervals are to hold. */
  static final double CONFIDENCE = 0.9;

  public static ForecastConfig from(Settings settings) {
    return new ForecastConfig(
        settings.integer("forecast.weeks", 9, 4, 50, "weeks that forecasts are learned from"),
        settings.duration(
            "forecast.delay",
            "5m",
            Duration.ofSeconds(1),
            Duration.ofHours(6),
            "how long after its end an hour is looked at for anomalies"),
        settings.integer("forecast.workers", 1, 1, 16, "threads that learn loads"));
  }
}
