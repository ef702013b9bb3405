package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.report.MalformedPeriodException;
import io.blockofenergy.cloud.report.ReportCsv;
import io.blockofenergy.cloud.report.ReportKind;
import io.blockofenergy.cloud.report.ReportRequest;
import io.blockofenergy.cloud.report.Reports;
import io.blockofenergy.cloud.report.UnknownSubjectException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;

/** Reports as JSON and as CSV. */
final class ReportRoutes {
  private final Reports reports;

  ReportRoutes(Reports reports) {
    this.reports = reports;
  }

  /** By operationId. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.of("report", this::report);
  }

  private void report(RoutingContext context) {
    Query query = Query.of(context, "date", "site", "device", "format");
    boolean csv = isCsv(context, query.text("format"));
    Future<JsonObject> report =
        reports.report(request(context, query)).recover(ReportRoutes::problem);
    if (csv) {
      report.onSuccess(made -> csv(context, made)).onFailure(context::fail);
    } else {
      Answers.json(context, report);
    }
  }

  /** The report that a path {@code /reports/{kind}} and its parameters name. */
  static ReportRequest request(RoutingContext context, Query query) {
    String kind = context.pathParam("kind");
    return new ReportRequest(
        ReportKind.parse(kind)
            .orElseThrow(
                () ->
                    Problem.notFound(
                        "there is no " + kind + " report; take daily, weekly, monthly or yearly")),
        query.text("date"),
        query.text("site"),
        query.text("device"));
  }

  /** Turns a report's refusals into the API's. */
  static <T> Future<T> problem(Throwable cause) {
    if (cause instanceof MalformedPeriodException) {
      return Future.failedFuture(Problem.badRequest(cause.getMessage()));
    }
    if (cause instanceof UnknownSubjectException) {
      return Future.failedFuture(Problem.notFound(cause.getMessage()));
    }
    return Future.failedFuture(cause);
  }

  private static boolean isCsv(RoutingContext context, Optional<String> format) {
    if (format.isPresent()) {
      return switch (format.get()) {
        case "csv" -> true;
        case "json" -> false;
        default -> throw Problem.badRequest("format must be json or csv");
      };
    }
    String accept = String.valueOf(context.request().getHeader("Accept"));
    return accept.contains("text/csv") && !accept.contains("application/json");
  }

  private static void csv(RoutingContext context, JsonObject report) {
    String name = "report-" + report.getString("date");
    for (String of : new String[] {"site", "device"}) {
      String subject = report.getString(of);
      name += subject == null ? "" : "-" + Answers.fileName(subject);
    }
    HttpServerResponse response =
        context
            .response()
            .setChunked(true)
            .putHeader("Content-Type", "text/csv; charset=utf-8; header=present")
            .putHeader("Cache-Control", "no-store")
            .putHeader("Content-Disposition", "attachment; filename=\"" + name + ".csv\"");
    ReportCsv.write(report, response::write);
    response.end();
  }
}
