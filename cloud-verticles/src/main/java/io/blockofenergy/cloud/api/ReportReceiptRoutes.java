package io.blockofenergy.cloud.api;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Set;

/** The receipts of reports. */
final class ReportReceiptRoutes {
  private static final Set<String> KINDS = Set.of("daily", "weekly", "monthly", "yearly");

  private final ReportReceipts reports;

  ReportReceiptRoutes(ReportReceipts reports) {
    this.reports = reports;
  }

  /** By operation of the API's document. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.of("reportReceipt", this::receipt);
  }

  private void receipt(RoutingContext context) {
    Query query = Query.of(context, "date", "site", "device");
    String kind = context.pathParam("kind");
    if (!KINDS.contains(kind)) {
      throw Problem.notFound("there is no report " + kind);
    }
    String date =
        query
            .text("date")
            .orElseThrow(() -> Problem.badRequest("date is missing: of which period?"));
    reports
        .report(kind, date, query.text("site"), query.text("device"))
        .compose(reports::receipt)
        .onSuccess(
            bundle -> {
              if (bundle.isEmpty()) {
                context.fail(
                    Problem.notFound(
                        "none of this report's energy follows from readings of energy counters, so"
                            + " it has no receipt"));
                return;
              }
              String name =
                  query.text("device").or(() -> query.text("site")).orElse("report") + '-' + date;
              context
                  .response()
                  .putHeader("Content-Type", "application/json")
                  .putHeader("Cache-Control", "no-store")
                  .putHeader(
                      "Content-Disposition",
                      "attachment; filename=\""
                          + name.replaceAll("[^A-Za-z0-9._-]", "_")
                          + ".boe-bundle.json\"")
                  .end(bundle.get());
            })
        .onFailure(context::fail);
  }
}
