package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.storage.Device;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a report needs of its devices, added up one after the other: of each it keeps its figures
 * and, for the cost, its energy by quarter hour, but not its days. Not safe for threads.
 */
final class ReportSums {
  private static final int MAX_VERDICTS = 1000;
  private static final long[] ZEROS = {};

  /**
   * A device that the report shows.
   *
   * @param priced its energy of the period, for the cost; of nothing without a tariff
   */
  record Part(
      Device device, Figures figures, Series priced, boolean isEstimated, boolean isDamaged) {}

  private final Subject subject;
  private final Period period;
  private final long begun;
  private final SeriesSum total;
  private final SeriesSum site;
  private final List<Part> parts = new ArrayList<>();
  private final JsonArray verdicts = new JsonArray();
  private long verdictCount;
  private boolean damaged;

  /**
   * @param begun number of the first quarter hour that has not begun
   */
  ReportSums(Subject subject, Period period, Span span, long begun) {
    this.subject = subject;
    this.period = period;
    this.begun = begun;
    this.total = new SeriesSum(span);
    this.site =
        subject.device().isPresent() && subject.tariff().isPresent() ? new SeriesSum(span) : total;
  }

  /** The next one, in the subject's order. */
  void add(Device device, DeviceSeries its) {
    if (subject.counts(device.id())) {
      total.add(its.series());
      damaged |= its.isDamaged();
    }
    if (site != total && subject.settings().get(device.id()).counted()) {
      site.add(its.series());
    }
    if (!subject.shows(device.id())) {
      return;
    }
    Figures figures = Figures.of(its.series(), period.from(), period.to(), begun);
    parts.add(new Part(device, figures, priced(its.series()), its.isEstimated(), its.isDamaged()));
    verdictCount += its.verdictCount();
    its.verdicts().stream()
        .limit(MAX_VERDICTS - verdicts.size())
        .forEach(verdict -> verdicts.add(verdict.toJson(device.id())));
  }

  private Series priced(Series its) {
    int from = (int) (period.from() - its.first());
    long[] taken = its.pricedImport();
    return new Series(
        period.from(),
        ZEROS,
        ZEROS,
        ZEROS,
        subject.tariff().isEmpty() || taken.length == 0
            ? ZEROS
            : Arrays.copyOfRange(taken, from, taken.length),
        ZEROS,
        ZEROS,
        new double[0],
        new int[0],
        1);
  }

  /** Of the devices that count. */
  Series total() {
    return total.sum();
  }

  /** Of those whose energy the site's prices depend on. */
  Series site() {
    return site.sum();
  }

  List<Part> parts() {
    return parts;
  }

  /** The first {@value #MAX_VERDICTS}. */
  JsonArray verdicts() {
    return verdicts;
  }

  long verdictCount() {
    return verdictCount;
  }

  /** Whether one of the devices that count could not be read. */
  boolean isDamaged() {
    return damaged;
  }
}
