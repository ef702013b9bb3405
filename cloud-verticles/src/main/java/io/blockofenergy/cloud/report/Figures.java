package io.blockofenergy.cloud.report;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What some quarter hours come to.
 *
 * @param peakW NaN without any
 * @param peakQuarter the first quarter hour that has it
 * @param coverage 0 to 1; NaN when none of them has begun
 * @param estimated whether any of the energy is
 */
record Figures(
    long importUwh,
    long exportUwh,
    long gapUwh,
    double peakW,
    long peakQuarter,
    double coverage,
    boolean estimated) {
  private static final int COVERAGE_DIGITS = 6;

  /**
   * Adds up.
   *
   * @param from number of the first quarter hour
   * @param to of the first one after the last
   * @param begun of the first one that has not begun
   */
  static Figures of(Series series, long from, long to, long begun) {
    int first = (int) (from - series.first());
    int end = (int) (to - series.first());
    double peak = Double.NaN;
    int peakAt = -1;
    for (int i = first; i < end; i++) {
      double each = series.peakW()[i];
      if (each > peak || each == each && peak != peak) {
        peak = each;
        peakAt = i;
      }
    }
    long covered = 0;
    int counted = (int) (Math.min(to, begun) - series.first());
    for (int i = first; i < counted; i++) {
      covered += series.covered()[i];
    }
    long all = (long) Math.max(0, counted - first) * series.devices();
    return new Figures(
        Series.total(series.imported(), first, end),
        Series.total(series.exported(), first, end),
        Series.total(series.gap(), first, end),
        peak,
        series.first() + peakAt,
        all == 0 ? Double.NaN : (double) covered / all,
        Series.total(series.estimated(), first, end) > 0);
  }

  /** The members that a summary, a row and a device have in common, but for the cost. */
  JsonObject toJson() {
    return new JsonObject()
        .put("energyKwh", Energy.kwh(importUwh))
        .put("exportKwh", Energy.kwh(exportUwh))
        .put("peakW", number(peakW))
        .put("coverage", rounded(coverage));
  }

  static Double number(double value) {
    return Double.isFinite(value) ? value : null;
  }

  /** To six digits behind the point, never to 1 what is less. */
  static Double rounded(double share) {
    return Double.isNaN(share)
        ? null
        : BigDecimal.valueOf(share).setScale(COVERAGE_DIGITS, RoundingMode.FLOOR).doubleValue();
  }
}
