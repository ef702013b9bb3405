package io.blockofenergy.cloud.report.forecast;

import com.amazon.randomcutforest.RandomCutForest;
import java.util.Arrays;
import java.util.Optional;

/**
 * Tells days that ran unlike the days before: each day is a point, its power in eighths of the day,
 * and a random cut forest says how far it lies from the others (S. Guha et al., Robust Random Cut
 * Forest Based Anomaly Detection on Streams, 2016). For one thread.
 */
final class DayPatterns {
  private static final int EIGHTHS = 8;
  private static final int HOURS = 24;
  private static final int MOST_UNKNOWN = 3;
  private static final int DAYS_KEPT = 56;
  private static final int TREES = 60;
  private static final long SEED = 20_261_125;

  /** How much further off than any of the days before a day must be. */
  private static final double MARGIN = 1.2;

  /** Scores are about 1 for points like the others, whatever the data. */
  private static final double LEAST_SCORE = 1.3;

  /** Days before the first verdict. */
  static final int NEEDED_DAYS = 21;

  private final RandomCutForest forest =
      RandomCutForest.builder()
          .dimensions(EIGHTHS)
          .sampleSize(DAYS_KEPT)
          .numberOfTrees(TREES)
          .outputAfter(NEEDED_DAYS / 2)
          .initialAcceptFraction(1)
          .randomSeed(SEED)
          .build();

  private final double[] scores = new double[DAYS_KEPT];
  private final double[] means = new double[DAYS_KEPT];
  private int days;

  /**
   * Takes the next day.
   *
   * @param hours its powers in W, of 23 to 25 hours; NaN where unknown
   * @param end of the day, Unix seconds
   * @return what is unlike the days before; nothing for days that are not known well enough
   */
  Optional<Anomaly> add(double[] hours, long end) {
    double[] known = Arrays.stream(hours).filter(value -> !Double.isNaN(value)).toArray();
    if (known.length < hours.length - MOST_UNKNOWN || known.length < HOURS - 1 - MOST_UNKNOWN) {
      return Optional.empty();
    }
    float[] day = eighths(hours);
    double mean = Arrays.stream(known).average().orElseThrow();
    double score = forest.getAnomalyScore(day);
    Optional<Anomaly> found = judge(score, mean, hours.length, end);
    forest.update(day);
    // A forest of few points gives scores of its own kind.
    scores[days % DAYS_KEPT] = days < NEEDED_DAYS / 2 ? 0 : score;
    means[days % DAYS_KEPT] = mean;
    days++;
    return found;
  }

  private Optional<Anomaly> judge(double score, double mean, int hours, long end) {
    int kept = Math.min(days, DAYS_KEPT);
    double usual = Math.max(LEAST_SCORE, Arrays.stream(scores, 0, kept).max().orElse(0) * MARGIN);
    if (days < NEEDED_DAYS || score <= usual) {
      return Optional.empty();
    }
    double[] sorted = Arrays.copyOf(means, kept);
    Arrays.sort(sorted);
    return Optional.of(
        new Anomaly(
            Anomaly.Kind.PATTERN,
            end - (long) hours * HourSeries.HOUR,
            end,
            mean,
            sorted[kept / 2],
            sorted[kept / 20],
            sorted[kept - 1 - kept / 20],
            score / usual * MARGIN));
  }

  private static float[] eighths(double[] hours) {
    double[] sums = new double[EIGHTHS];
    int[] counts = new int[EIGHTHS];
    for (int hour = 0; hour < hours.length; hour++) {
      if (!Double.isNaN(hours[hour])) {
        int eighth = Math.min(EIGHTHS - 1, hour * EIGHTHS / hours.length);
        sums[eighth] += hours[hour];
        counts[eighth]++;
      }
    }
    double mean = Arrays.stream(sums).sum() / Math.max(1, Arrays.stream(counts).sum());
    float[] eighths = new float[EIGHTHS];
    for (int i = 0; i < EIGHTHS; i++) {
      eighths[i] = (float) (counts[i] == 0 ? mean : sums[i] / counts[i]);
    }
    return eighths;
  }
}
