package io.blockofenergy.cloud.report.forecast;

import java.util.Optional;

/**
 * Tells some hours that together took much more or much less than was expected a day before each:
 * what no single hour of a load that comes and goes can show. For one thread.
 */
final class SpanWatch {
  private static final int KEPT = 1_344;

  private final int hours;
  private final double margin;
  private final double leastWh;
  private final double[] actual;
  private final double[] expected;
  private final RecentErrors sums = new RecentErrors(KEPT, ForecastConfig.CONFIDENCE, 0);
  private int filled;

  /**
   * @param hours how many are taken together
   * @param margin how much further off than ever before they must be
   * @param leastW difference of their mean below which nothing is told
   */
  SpanWatch(int hours, double margin, double leastW) {
    this.hours = hours;
    this.margin = margin;
    this.leastWh = leastW * hours;
    this.actual = new double[hours];
    this.expected = new double[hours];
  }

  /** An hour of which nothing is known: the hours begin anew. */
  void skip() {
    filled = 0;
  }

  /**
   * Takes the next hour.
   *
   * @param hour its begin, Unix seconds
   * @param tell whether enough is known to tell anything
   */
  Optional<Anomaly> add(long hour, double actualW, double expectedW, boolean tell) {
    actual[filled % hours] = actualW;
    expected[filled % hours] = expectedW;
    filled++;
    if (filled < hours) {
      return Optional.empty();
    }
    double took = 0;
    double wanted = 0;
    for (int i = 0; i < hours; i++) {
      took += actual[i];
      wanted += expected[i];
    }
    double error = took - wanted;
    double usual = margin * (error > 0 ? sums.highest() : -sums.lowest());
    if (!tell || Math.abs(error) < leastWh || Math.abs(error) <= usual) {
      sums.add(error);
      return Optional.empty();
    }
    return Optional.of(
        new Anomaly(
            error > 0 ? Anomaly.Kind.SPIKE : Anomaly.Kind.DIP,
            hour - (hours - 1L) * HourSeries.HOUR,
            hour + HourSeries.HOUR,
            took / hours,
            wanted / hours,
            (wanted + sums.low()) / hours,
            (wanted + sums.high()) / hours,
            usual <= 0 ? margin : Math.abs(error) / usual * margin));
  }
}
