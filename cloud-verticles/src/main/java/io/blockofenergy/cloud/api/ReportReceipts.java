package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.report.pack.PackReports;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * Reports with the receipts of their energy: of the readings at the ends of its counters' spans, as
 * they are stored and logged. Safe for any thread.
 */
public final class ReportReceipts implements PackReports {
  private final Source source;
  private final ReadingStore readings;
  private final Receipts receipts;

  /** Where reports come from. */
  public interface Source {
    /**
     * @param date none for the current one
     * @param site none for all
     * @param device none for all of the site
     */
    Future<JsonObject> report(
        String kind, Optional<String> date, Optional<String> site, Optional<String> device);

    /** The ids of the readings that the report's energy comes from, in any order. */
    Future<List<String>> evidence(JsonObject report);

    /** The tariff that had this checksum, as it is canonicalised for that. */
    Future<Optional<JsonObject>> tariff(String id, String sha256);
  }

  public ReportReceipts(Source source, ReadingStore readings, Receipts receipts) {
    this.source = source;
    this.readings = readings;
    this.receipts = receipts;
  }

  Future<JsonObject> report(
      String kind, Optional<String> date, Optional<String> site, Optional<String> device) {
    return source.report(kind, date, site, device);
  }

  @Override
  public Future<JsonObject> report(String kind, String date, String site) {
    return source.report(kind, Optional.of(date), Optional.of(site), Optional.empty());
  }

  @Override
  public Future<Optional<Buffer>> receipt(JsonObject report) {
    return tariff(report)
        .compose(
            tariff ->
                source
                    .evidence(report)
                    .compose(readings::findAll)
                    .compose(stored -> receipts.reportBundle(report, tariff, stored.values())));
  }

  private Future<Optional<JsonObject>> tariff(JsonObject report) {
    JsonObject named = report.getJsonObject("tariff");
    return named == null
        ? Future.succeededFuture(Optional.empty())
        : source
            .tariff(named.getString("id"), named.getString("sha256"))
            .map(
                found -> {
                  if (found.isEmpty()) {
                    throw Problem.conflict(
                        "the tariff "
                            + named.getString("id")
                            + " was changed meanwhile: ask again");
                  }
                  return found;
                });
  }
}
