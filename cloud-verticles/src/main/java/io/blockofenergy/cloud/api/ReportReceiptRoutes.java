package io.blockofenergy.cloud.api;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The receipts of reports. */
final class ReportReceiptRoutes {
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
    reports
        .report(ReportRoutes.request(context, query))
        .compose(report -> reports.receipt(report).map(found -> bundle(context, report, found)))
        .onSuccess(bundle -> context.response().end(bundle))
        .onFailure(context::fail);
  }

  private static Buffer bundle(RoutingContext context, JsonObject report, Optional<Buffer> bundle) {
    if (bundle.isEmpty()) {
      throw Problem.notFound(
          "none of this report's energy follows from readings of energy counters, so it has no"
              + " receipt");
    }
    String name =
        Stream.of("site", "device", "date")
            .map(report::getString)
            .filter(each -> each != null)
            .map(Answers::fileName)
            .collect(Collectors.joining("-"));
    context
        .response()
        .putHeader("Content-Type", "application/json")
        .putHeader("Cache-Control", "no-store")
        .putHeader("Content-Disposition", "attachment; filename=\"" + name + ".boe-bundle.json\"");
    return bundle.get();
  }
}
