package io.blockofenergy.cloud.report;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A report as one table, RFC 4180: a header with the units, the rows of the period, its devices,
 * and the whole, told apart by the first column. Costs are in the currency of the last column.
 */
public final class ReportCsv {
  private static final List<String> HEADER =
      List.of(
          "part",
          "name",
          "from",
          "to",
          "energy_kwh",
          "export_kwh",
          "gap_kwh",
          "peak_w",
          "coverage",
          "estimated",
          "counted",
          "cost",
          "currency");
  private static final List<String> FIGURES =
      List.of("energyKwh", "exportKwh", "gapKwh", "peakW", "coverage", "estimated", "counted");

  private final JsonObject report;
  private final Consumer<String> lines;

  private ReportCsv(JsonObject report, Consumer<String> lines) {
    this.report = report;
    this.lines = lines;
  }

  /**
   * Writes the table line by line.
   *
   * @param report {@code boe.report.v1}
   * @param lines takes each line with its end
   */
  public static void write(JsonObject report, Consumer<String> lines) {
    new ReportCsv(report, lines).write();
  }

  private void write() {
    line(HEADER);
    JsonArray rows = report.getJsonArray("rows");
    for (int i = 0; i < rows.size(); i++) {
      JsonObject row = rows.getJsonObject(i);
      line(
          "row",
          row.getString("label"),
          row.getString("from"),
          row.getString("to"),
          row,
          row.getString("cost"));
    }
    JsonArray devices = report.getJsonArray("devices");
    for (int i = 0; i < devices.size(); i++) {
      JsonObject device = devices.getJsonObject(i);
      whole("device", device.getString("device"), device, device.getString("cost"));
    }
    JsonObject summary = report.getJsonObject("summary");
    JsonObject cost = summary.getJsonObject("cost");
    String device = report.getString("device"); // null when it is the site's
    whole(
        "total",
        device == null ? report.getString("site") : device,
        summary,
        cost == null ? null : cost.getString("total"));
  }

  private void whole(String part, String name, JsonObject figures, String cost) {
    line(part, name, report.getString("from"), report.getString("to"), figures, cost);
  }

  private void line(
      String part, String name, String from, String to, JsonObject figures, String cost) {
    List<String> cells = new ArrayList<>(List.of(part, safe(name), from, to));
    FIGURES.forEach(figure -> cells.add(cell(figures.getValue(figure))));
    cells.add(cost == null ? "" : cost);
    String currency = report.getString("currency");
    cells.add(currency == null ? "" : safe(currency));
    line(cells);
  }

  /** Numbers never with exponents, which not every reader takes. */
  private static String cell(Object value) {
    if (value instanceof Number number) {
      return new BigDecimal(number.toString()).stripTrailingZeros().toPlainString();
    }
    return value == null ? "" : value.toString();
  }

  /** As a spreadsheet does not take it for a formula, with {@code '} before it if need be. */
  public static String safe(String text) {
    if (text == null) {
      return "";
    }
    return text.matches("(?s)[=+\\-@\t\r\n].*") ? "'" + text : text;
  }

  private void line(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (String cell : cells) {
      line.append(line.length() == 0 ? "" : ",");
      if (cell.matches("(?s).*[\",\r\n].*")) {
        line.append('"').append(cell.replace("\"", "\"\"")).append('"');
      } else {
        line.append(cell);
      }
    }
    lines.accept(line.append("\r\n").toString());
  }
}
