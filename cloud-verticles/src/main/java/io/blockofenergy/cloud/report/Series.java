package io.blockofenergy.cloud.report;

import java.util.Arrays;
import java.util.List;

/**
 * Energy, power and coverage of consecutive quarter hours, of one device or of several together.
 * Not changed once made; the arrays are those of loops, not copies.
 *
 * @param first number of the first quarter hour
 * @param imported µWh
 * @param exported µWh
 * @param gap of {@code imported}, what was counted over gaps
 * @param pricedImport {@code imported} with the gaps spread within their month
 * @param pricedExport likewise
 * @param estimated of {@code imported} and {@code exported}, what comes from power over time
 * @param peakW the greatest power, of several devices the sum of theirs; NaN without any
 * @param covered how many of the devices have readings for it
 * @param devices how many there are
 */
record Series(
    long first,
    long[] imported,
    long[] exported,
    long[] gap,
    long[] pricedImport,
    long[] pricedExport,
    long[] estimated,
    double[] peakW,
    int[] covered,
    int devices) {

  static Series sum(Span span, List<Series> of) {
    int length = span.length();
    Series sum =
        new Series(
            span.first(),
            new long[length],
            new long[length],
            new long[length],
            new long[length],
            new long[length],
            new long[length],
            new double[length],
            new int[length],
            of.size());
    Arrays.fill(sum.peakW, Double.NaN);
    for (Series each : of) {
      add(sum.imported, each.imported);
      add(sum.exported, each.exported);
      add(sum.gap, each.gap);
      add(sum.pricedImport, each.pricedImport);
      add(sum.pricedExport, each.pricedExport);
      add(sum.estimated, each.estimated);
      for (int i = 0; i < length; i++) {
        double peak = each.peakW[i];
        if (peak == peak) { // a number
          sum.peakW[i] = sum.peakW[i] == sum.peakW[i] ? sum.peakW[i] + peak : peak;
        }
        sum.covered[i] += each.covered[i];
      }
    }
    return sum;
  }

  /** An array of length 0 is all zeros. */
  private static void add(long[] sum, long[] each) {
    for (int i = 0; i < each.length; i++) {
      sum[i] = Energy.plus(sum[i], each[i]);
    }
  }

  /** What an array has from a place on, before another; an empty array has zeros. */
  static long total(long[] array, int from, int to) {
    long total = 0;
    for (int i = from; i < Math.min(to, array.length); i++) {
      total = Energy.plus(total, array[i]);
    }
    return total;
  }
}
