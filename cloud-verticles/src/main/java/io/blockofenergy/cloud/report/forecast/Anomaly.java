package io.blockofenergy.cloud.report.forecast;

import java.util.Locale;

/**
 * A time in which a load was not as expected.
 *
 * @param from begin of its first hour, Unix seconds
 * @param to end of its last hour so far
 * @param actualW mean power in the hour that was furthest off; of the day for a pattern
 * @param expectedW what was expected of that hour a day before, or of a day
 * @param lowW lower end of what was
 * @param highW upper end of what was
 * @param score how far off it was, in units of the furthest that was usual: over 1
 */
record Anomaly(
    Kind kind,
    long from,
    long to,
    double actualW,
    double expectedW,
    double lowW,
    double highW,
    double score) {
  enum Kind {
    /** An hour above what was expected. */
    SPIKE(1.7, 3),
    /** An hour below. */
    DIP(1.7, 3),
    /** A day that ran unlike the days before. */
    PATTERN(1.3, 1.6);

    private final double medium;
    private final double high;

    Kind(double medium, double high) {
      this.medium = medium;
      this.high = high;
    }
  }

  /** As the API names it: low, medium, high. */
  String severity() {
    return score >= kind.high ? "high" : score >= kind.medium ? "medium" : "low";
  }

  /** As the API names it. */
  String kindName() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** The same one, an hour later. */
  Anomaly goesOn(Anomaly hour) {
    Anomaly furthest = hour.score > score ? hour : this;
    return new Anomaly(
        kind,
        from,
        hour.to,
        furthest.actualW,
        furthest.expectedW,
        furthest.lowW,
        furthest.highW,
        furthest.score);
  }
}
