package io.blockofenergy.cloud.report;

import io.blockofenergy.telemetry.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A device that has all the troubles that devices have. */
final class RandomMeter {
  private final Random random;
  private final String device;
  private final String site;
  private final boolean epochs;
  private long seq;
  private double kwh;
  private int epoch = 1;

  /**
   * @param epochs whether it says when its counter was reset
   */
  RandomMeter(Random random, String device, String site, boolean epochs) {
    this.random = random;
    this.device = device;
    this.site = site;
    this.epochs = epochs;
    this.kwh = random.nextInt(3) * 1000;
  }

  private long milliseconds() {
    int kind = random.nextInt(100);
    long minutes =
        kind < 55
            ? 1 + random.nextInt(12)
            : kind < 86
                ? 13 + random.nextInt(46)
                : kind < 98 ? 59 + random.nextInt(1500) : random.nextInt(12 * 1440);
    return minutes * 60_000 + (random.nextBoolean() ? 0 : random.nextInt(60_000));
  }

  private double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  private Reading reading(Instant at, double counter) {
    return ReportStore.reading(
        device,
        site,
        ++seq,
        at,
        epochs ? "epoch " + epoch : "",
        "energyImportKwh",
        rounded(counter),
        "energyExportKwh",
        rounded(seq * 0.01),
        "powerW",
        random.nextInt(30_000) / 10.0);
  }

  /** Readings with a counter, by time. */
  List<Reading> counted(Instant from, Instant to) {
    List<Reading> readings = new ArrayList<>();
    Instant at = from;
    while (at.isBefore(to)) {
      long passed = milliseconds();
      at = at.plusMillis(passed);
      kwh += random.nextInt(2000) * passed / 3.6e9;
      switch (random.nextInt(120)) {
        case 0 -> {
          kwh = random.nextInt(20) / 1000.0; // with or without another epoch
          epoch++;
        }
        case 1 -> kwh = random.nextInt(5) / 10_000.0; // without
        case 2 -> kwh *= 0.8 + random.nextInt(20) / 100.0;
        case 3 -> kwh += 4000;
        case 4, 5 -> at = glitch(readings, at, 0, 5);
        case 6 -> at = glitch(readings, at, kwh * 0.7, 5);
        case 7 -> at = glitch(readings, at, kwh * 0.004, 60); // some longer than a day
        case 8 -> readings.add(reading(at, kwh + 0.001)); // another at the same time
        default -> {}
      }
      readings.add(reading(at, kwh));
    }
    return readings;
  }

  private Instant glitch(List<Reading> readings, Instant from, double low, int most) {
    Instant at = from;
    for (int i = random.nextInt(most); i >= 0; i--) {
      readings.add(reading(at, low + i * 0.001));
      at = at.plus(Duration.ofSeconds(50L + random.nextInt(1500)));
    }
    return at;
  }

  /** Readings that have but power, at most one a minute. */
  List<Reading> powers(Instant from, Instant to) {
    List<Reading> readings = new ArrayList<>();
    for (Instant at = from; at.isBefore(to); at = at.plusMillis(milliseconds() + 60_000)) {
      readings.add(
          ReportStore.reading(
              device, site, ++seq, at, "", "powerW", random.nextInt(20_000) / 10.0));
    }
    return readings;
  }
}
