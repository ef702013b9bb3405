package io.blockofenergy.cloud.report;

import io.vertx.core.Future;
import java.util.List;

/**
 * The readings that a report's energy follows from, for its receipt. Of each device that the report
 * shows, and of each span over which its import counter was counted, they are the last reading in
 * the period and the one from which it counts: the last before the period, or the span's first one,
 * where it begins within. A span ends where the counter's epoch does, and where the counter fell
 * and did not come back.
 *
 * <p>From them follow the energy of the devices and their sum: of each span, last minus first.
 * Peaks, rows, costs, exports, coverage and verdicts do not, nor does energy that is estimated.
 * Safe for any thread.
 */
public final class ReportEvidence {
  /** What a receipt holds at most. */
  public static final int MAX_READINGS = 10_000;

  private final Reports reports;

  public ReportEvidence(Reports reports) {
    this.reports = reports;
  }

  /**
   * Public ids, device by device and by time, each once; the first {@value #MAX_READINGS}. Fails as
   * {@link Reports} does.
   */
  public Future<List<String>> readings(ReportRequest request) {
    return reports.ends(request);
  }
}
