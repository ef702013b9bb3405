package io.blockofenergy.cloud.report;

import java.util.Arrays;

/**
 * Adds up the series of devices, one after the other. Powers are no whole numbers: the sum is the
 * same only if the order is. Not safe for threads.
 */
final class SeriesSum {
  private final long first;
  private final long[] imported;
  private final long[] exported;
  private final long[] gap;
  private final long[] pricedImport;
  private final long[] pricedExport;
  private final long[] estimated;
  private final double[] peakW;
  private final int[] covered;
  private int devices;

  SeriesSum(Span span) {
    int length = span.length();
    first = span.first();
    imported = new long[length];
    exported = new long[length];
    gap = new long[length];
    pricedImport = new long[length];
    pricedExport = new long[length];
    estimated = new long[length];
    peakW = new double[length];
    covered = new int[length];
    Arrays.fill(peakW, Double.NaN);
  }

  void add(Series each) {
    devices++;
    add(imported, each.imported());
    add(exported, each.exported());
    add(gap, each.gap());
    add(pricedImport, each.pricedImport());
    add(pricedExport, each.pricedExport());
    add(estimated, each.estimated());
    for (int i = 0; i < peakW.length; i++) {
      double peak = each.peakW()[i];
      if (peak == peak) { // a number
        peakW[i] = peakW[i] == peakW[i] ? peakW[i] + peak : peak;
      }
      covered[i] += each.covered()[i];
    }
  }

  /** An array of length 0 is all zeros. */
  private static void add(long[] sum, long[] each) {
    for (int i = 0; i < each.length; i++) {
      sum[i] = Energy.plus(sum[i], each[i]);
    }
  }

  /** Of those added; not to be used before the last one is. */
  Series sum() {
    return new Series(
        first,
        imported,
        exported,
        gap,
        pricedImport,
        pricedExport,
        estimated,
        peakW,
        covered,
        devices);
  }
}
