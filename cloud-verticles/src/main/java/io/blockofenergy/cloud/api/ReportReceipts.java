package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.report.ReportEvidence;
import io.blockofenergy.cloud.report.ReportKind;
import io.blockofenergy.cloud.report.ReportRequest;
import io.blockofenergy.cloud.report.Reports;
import io.blockofenergy.cloud.report.pack.PackReports;
import io.blockofenergy.cloud.report.tariff.Tariff;
import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * Reports with the receipts of their energy: of the readings at the ends of its counters' spans, as
 * they are stored and logged. Safe for any thread.
 */
public final class ReportReceipts implements PackReports {
  private final Reports reports;
  private final ReportEvidence evidence;
  private final TariffStore tariffs;
  private final ReadingStore readings;
  private final Receipts receipts;

  public ReportReceipts(
      Reports reports, TariffStore tariffs, ReadingStore readings, Receipts receipts) {
    this.reports = reports;
    this.evidence = new ReportEvidence(reports);
    this.tariffs = tariffs;
    this.readings = readings;
    this.receipts = receipts;
  }

  /** The report, or a {@link Problem}. */
  Future<JsonObject> report(ReportRequest request) {
    return reports.report(request).recover(ReportRoutes::problem);
  }

  @Override
  public Future<JsonObject> report(String kind, String date, String site) {
    return report(
        new ReportRequest(
            ReportKind.parse(kind).orElseThrow(),
            Optional.of(date),
            Optional.of(site),
            Optional.empty()));
  }

  /**
   * {@inheritDoc} Readings that came in since the report was made may make a device's energy one
   * that it does not show.
   */
  @Override
  public Future<Optional<Buffer>> receipt(JsonObject report) {
    ReportRequest request =
        new ReportRequest(
            ReportKind.parse(report.getString("kind")).orElseThrow(),
            Optional.of(report.getString("date")),
            Optional.ofNullable(report.getString("site")),
            Optional.ofNullable(report.getString("device")));
    return tariff(report)
        .compose(
            tariff ->
                evidence
                    .readings(request)
                    .compose(readings::findAll)
                    .compose(stored -> receipts.reportBundle(report, tariff, stored.values())));
  }

  /** As it was when the report was made, whatever it is by now. */
  private Future<Optional<JsonObject>> tariff(JsonObject report) {
    JsonObject named = report.getJsonObject("tariff");
    return named == null
        ? Future.succeededFuture(Optional.empty())
        : tariffs
            .ever(named.getString("id"), named.getString("sha256"))
            .map(
                found ->
                    Optional.of(
                        found
                            .map(Tariff::canonicalJson)
                            .map(JsonObject::new)
                            .orElseThrow(
                                () ->
                                    Problem.damaged(
                                        "the tariff "
                                            + named.getString("id")
                                            + " that the report names is not kept"))));
  }
}
