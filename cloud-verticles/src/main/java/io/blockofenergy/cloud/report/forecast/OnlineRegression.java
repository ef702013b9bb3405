package io.blockofenergy.cloud.report.forecast;

import java.util.Arrays;

/**
 * Recursive least squares with forgetting (S. Haykin, Adaptive Filter Theory, ch. 10): the linear
 * combination of a few features that has the least squared error, the older the example the less it
 * counts. For one thread.
 */
final class OnlineRegression {
  private final double forgetting;
  private final double maxVariance;
  private final double[] weights;
  private final double[][] inverse;

  /**
   * @param prior weights before the first example
   * @param certainty how many examples' worth the prior is; over 0
   * @param forgetting what an example counts for when the next has come; over 0, at most 1
   */
  OnlineRegression(double[] prior, double certainty, double forgetting) {
    this.forgetting = forgetting;
    this.maxVariance = 1 / certainty;
    this.weights = prior.clone();
    this.inverse = new double[prior.length][prior.length];
    for (int i = 0; i < prior.length; i++) {
      inverse[i][i] = maxVariance;
    }
  }

  double predict(double[] features) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] * features[i];
    }
    return sum;
  }

  void learn(double[] features, double outcome) {
    int n = weights.length;
    double[] gain = new double[n];
    double scale = forgetting;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        gain[i] += inverse[i][j] * features[j];
      }
      scale += features[i] * gain[i];
    }
    double error = outcome - predict(features);
    for (int i = 0; i < n; i++) {
      weights[i] += gain[i] / scale * error;
    }
    double trace = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double updated = (inverse[i][j] - gain[i] * gain[j] / scale) / forgetting;
        inverse[i][j] = updated;
        inverse[j][i] = updated;
      }
      trace += inverse[i][i];
    }
    if (trace > n * maxVariance) {
      // What no example has shown for long must not be taken for unknown without end.
      double shrink = n * maxVariance / trace;
      for (double[] row : inverse) {
        Arrays.setAll(row, j -> row[j] * shrink);
      }
    }
  }
}
