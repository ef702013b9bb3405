package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.report.ReportCsv;
import io.blockofenergy.cloud.storage.ReadingPage;
import io.blockofenergy.cloud.storage.ReadingQuery;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Readings as one CSV file (RFC 4180, UTF-8), newest first, page by page at the pace at which the
 * client reads. After a failure the connection is cut, so that a file that is not whole is not
 * taken for one that is. What devices say of themselves is written so that no spreadsheet takes it
 * for a formula.
 */
final class ReadingsCsv {
  private static final List<String> QUANTITIES =
      List.of(
          "energyImportKwh",
          "energyExportKwh",
          "powerW",
          "voltageV",
          "currentA",
          "apparentPowerVa",
          "reactivePowerVar",
          "powerFactor",
          "frequencyHz");

  private static final String HEADER =
      "id,site,device,measuredAt,receivedAt,"
          + String.join(",", QUANTITIES)
          + ",counterEpoch,bridge,format,topic\r\n";

  private final ReadingStore readings;

  ReadingsCsv(ReadingStore readings) {
    this.readings = readings;
  }

  /**
   * @param query of the first page
   */
  void send(RoutingContext context, ReadingQuery query) {
    HttpServerResponse response = context.response();
    readings
        .query(query)
        .onFailure(context::fail)
        .onSuccess(
            page -> {
              if (response.closed() || response.ended()) {
                return; // the client has gone
              }
              StringBuilder text = new StringBuilder();
              if (!response.headWritten()) {
                response
                    .setChunked(true)
                    .putHeader("Content-Type", "text/csv; charset=utf-8")
                    .putHeader("Cache-Control", "no-store")
                    .putHeader("Content-Disposition", "attachment; filename=\"readings.csv\"");
                text.append(HEADER);
              }
              page.readings().forEach(reading -> append(text, reading));
              goOn(context, query, page, text.toString());
            });
  }

  private void goOn(RoutingContext context, ReadingQuery query, ReadingPage page, String text) {
    HttpServerResponse response = context.response();
    if (page.nextCursor().isEmpty()) {
      response.end(text);
      return;
    }
    ReadingQuery next =
        new ReadingQuery(
            query.device(), query.from(), query.to(), query.limit(), page.nextCursor());
    if (!text.isEmpty()) {
      response.write(text);
    }
    if (response.writeQueueFull()) {
      response.drainHandler(
          drained -> {
            response.drainHandler(null);
            send(context, next);
          });
    } else {
      send(context, next);
    }
  }

  private static void append(StringBuilder text, Reading reading) {
    List<String> fields = new ArrayList<>();
    fields.add(ReportCsv.safe(reading.id()));
    fields.add(ReportCsv.safe(reading.site()));
    fields.add(ReportCsv.safe(reading.device()));
    fields.add(Reading.format(reading.measuredAt()));
    fields.add(Reading.format(reading.receivedAt()));
    for (String quantity : QUANTITIES) {
      fields.add(
          Optional.ofNullable(reading.quantities().get(quantity))
              .map(ReadingsCsv::plain)
              .orElse(""));
    }
    fields.add(ReportCsv.safe(reading.counterEpoch()));
    fields.add(ReportCsv.safe(reading.bridge()));
    fields.add(ReportCsv.safe(reading.format()));
    fields.add(ReportCsv.safe(reading.topic()));
    for (int i = 0; i < fields.size(); i++) {
      text.append(i == 0 ? "" : ",").append(quoted(fields.get(i)));
    }
    text.append("\r\n");
  }

  /** The shortest decimal that is this double, without an exponent. */
  private static String plain(double value) {
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  private static String quoted(String field) {
    return field.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
        ? '"' + field.replace("\"", "\"\"") + '"'
        : field;
  }
}
