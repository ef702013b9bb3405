package io.blockofenergy.cloud.report.pack;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A report as one table, RFC 4180, UTF-8: the rows of the period, then its devices, then the whole,
 * told apart by the first column.
 */
final class PackCsv {
  private static final List<String> COLUMNS =
      List.of(
          "energyKwh", "exportKwh", "gapKwh", "peakW", "cost", "coverage", "estimated", "counted");

  private final StringBuilder csv = new StringBuilder();

  private PackCsv() {}

  static byte[] of(JsonObject report) {
    PackCsv table = new PackCsv();
    table.line(
        List.of(
            "part,name,from,to,energy_kwh,export_kwh,gap_kwh,peak_w,cost,coverage,estimated,counted"
                .split(",")));
    JsonArray rows = report.getJsonArray("rows", new JsonArray());
    for (int i = 0; i < rows.size(); i++) {
      JsonObject row = rows.getJsonObject(i);
      table.row("row", row.getString("label"), row.getString("from"), row.getString("to"), row);
    }
    JsonArray devices = report.getJsonArray("devices", new JsonArray());
    String from = report.getString("from");
    String to = report.getString("to");
    for (int i = 0; i < devices.size(); i++) {
      JsonObject device = devices.getJsonObject(i);
      table.row("device", device.getString("device"), from, to, device);
    }
    JsonObject summary = report.getJsonObject("summary").copy();
    if (summary.getValue("cost") instanceof JsonObject cost) {
      summary.put("cost", cost.getString("total"));
    }
    table.row("total", report.getString("site"), from, to, summary);
    return table.csv.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void row(String part, String name, String from, String to, JsonObject figures) {
    List<String> cells = new ArrayList<>(List.of(part, safe(name), from, to));
    COLUMNS.forEach(column -> cells.add(cell(figures.getValue(column))));
    line(cells);
  }

  /** A number never in exponents, which not every reader takes. */
  private static String cell(Object value) {
    if (value == null) {
      return "";
    }
    return value instanceof Number number
        ? new BigDecimal(number.toString()).stripTrailingZeros().toPlainString()
        : value.toString();
  }

  /** A spreadsheet must not take a name for a formula. */
  private static String safe(String name) {
    String text = name == null ? "" : name;
    return text.matches("(?s)[=+\\-@\t\r].*") ? "'" + text : text;
  }

  private void line(List<String> cells) {
    for (int i = 0; i < cells.size(); i++) {
      String cell = cells.get(i);
      boolean quoted = cell.matches("(?s).*[\",\r\n].*");
      csv.append(i == 0 ? "" : ",").append(quoted ? '"' + cell.replace("\"", "\"\"") + '"' : cell);
    }
    csv.append("\r\n");
  }
}
