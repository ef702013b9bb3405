package io.blockofenergy.cloud.report;

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

  /** What an array has from a place on, before another; an empty array has zeros. */
  static long total(long[] array, int from, int to) {
    long total = 0;
    for (int i = from; i < Math.min(to, array.length); i++) {
      total = Energy.plus(total, array[i]);
    }
    return total;
  }
}
