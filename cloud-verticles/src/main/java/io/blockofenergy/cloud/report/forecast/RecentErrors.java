package io.blockofenergy.cloud.report.forecast;

import java.util.Arrays;

/**
 * The errors of late, each in units of what was usual at its hour, and which of them bound the next
 * one: a conformal interval. Its level follows what it did: misses widen it, hits narrow it (I.
 * Gibbs, E. Candès, Adaptive Conformal Inference Under Distribution Shift, 2021). For one thread.
 */
final class RecentErrors {
  private static final double MOST = 0.499;
  private static final int ENOUGH = 20;

  /** As they came, a ring; and in order. */
  private final double[] errors;

  private final double[] sorted;
  private final double step;
  private final double tail;
  private double lowTail;
  private double highTail;
  private int size;
  private int oldest;

  /**
   * @param size how many are kept
   * @param confidence share of outcomes that intervals are to hold, over 0, below 1
   * @param step how much one miss moves the level, 0 for not at all
   */
  RecentErrors(int size, double confidence, double step) {
    this.step = step;
    this.errors = new double[size];
    this.sorted = new double[size];
    this.tail = (1 - confidence) / 2;
    this.lowTail = tail;
    this.highTail = tail;
  }

  /** Takes the next error, outcome less forecast. */
  void add(double error) {
    if (size > ENOUGH) {
      lowTail = clamp(lowTail + step * (tail - (error < low() ? 1 : 0)));
      highTail = clamp(highTail + step * (tail - (error > high() ? 1 : 0)));
    }
    if (size == errors.length) {
      remove(errors[oldest]);
    }
    errors[oldest] = error;
    oldest = (oldest + 1) % errors.length;
    insert(error);
  }

  private void remove(double error) {
    int at = Arrays.binarySearch(sorted, 0, size, error);
    System.arraycopy(sorted, at + 1, sorted, at, size - at - 1);
    size--;
  }

  private void insert(double error) {
    int found = Arrays.binarySearch(sorted, 0, size, error);
    int at = found < 0 ? -found - 1 : found;
    System.arraycopy(sorted, at, sorted, at + 1, size - at);
    sorted[at] = error;
    size++;
  }

  private static double clamp(double level) {
    return Math.max(0, Math.min(MOST, level));
  }

  double low() {
    return quantile(lowTail);
  }

  double high() {
    return quantile(1 - highTail);
  }

  /** The lowest that is kept; 0 before the first. */
  double lowest() {
    return size == 0 ? 0 : sorted[0];
  }

  /** The highest that is kept; 0 before the first. */
  double highest() {
    return size == 0 ? 0 : sorted[size - 1];
  }

  private double quantile(double share) {
    if (size == 0) {
      return 0;
    }
    // The outcome to come is one more among them, hence the wider rank.
    double rank =
        share < 0.5 ? Math.floor(share * (size + 1)) - 1 : Math.ceil(share * (size + 1)) - 1;
    return sorted[(int) Math.max(0, Math.min(size - 1, rank))];
  }
}
