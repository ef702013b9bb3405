package io.blockofenergy.edge.simulator;

import java.time.Instant;
import java.time.ZoneOffset;

/** What a plug measures. It depends on the simulation's seed and the instant only. */
interface Meter {
  /** When all counters stood at zero; nothing can be asked for before. */
  Instant COUNTING_SINCE = Instant.parse("2025-01-01T00:00:00Z");

  /**
   * What the plug shows.
   *
   * @param powerFactor over 0, at most 1
   * @param totalKwh since {@link #COUNTING_SINCE}
   * @param todayKwh since midnight of the plug's clock, which runs in UTC
   */
  record Sample(
      Instant at,
      double powerW,
      double powerFactor,
      double voltageV,
      double totalKwh,
      double todayKwh,
      double yesterdayKwh) {

    /** Adds the counters to what is momentary. */
    static Sample of(Meter meter, Instant at, double powerW, double powerFactor, double voltageV) {
      Instant midnight =
          at.atZone(ZoneOffset.UTC).toLocalDate().atStartOfDay().toInstant(ZoneOffset.UTC);
      double totalKwh = meter.energyWh(at) / 1_000;
      double midnightKwh = meter.energyWh(midnight) / 1_000;
      Instant before = midnight.minusSeconds(86_400);
      double yesterdayKwh =
          before.isBefore(COUNTING_SINCE) ? 0 : midnightKwh - meter.energyWh(before) / 1_000;
      return new Sample(
          at, powerW, powerFactor, voltageV, totalKwh, totalKwh - midnightKwh, yesterdayKwh);
    }
  }

  /** The plug's MQTT name; {@code [A-Za-z0-9-]+}. */
  String name();

  /**
   * @throws IllegalArgumentException before {@link #COUNTING_SINCE}
   */
  Sample at(Instant at);

  /** Power drawn, in W; negative when it feeds in. */
  double powerW(Instant at);

  /**
   * The counter in Wh: the integral of power drawn since {@link #COUNTING_SINCE}; it never falls.
   *
   * @throws IllegalArgumentException before {@link #COUNTING_SINCE}
   */
  double energyWh(Instant at);
}
