package io.blockofenergy.cloud.report.pack;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.Color;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A report as pages to print: figures, a chart, costs by price, devices, what was odd or estimated,
 * and how to check it. The same report gives the same bytes. Blocks for some 100 ms.
 */
final class PackPdf {
  private static final Color BAR = new Color(0x0f766e);
  private static final Color BAR_DOUBTFUL = new Color(0x9fb8b5);
  private static final int MAX_DEVICES = 60;
  private static final int MAX_NAME = 36;
  private static final int MAX_PRICES = 24;
  private static final int MAX_VERDICTS = 15;
  private static final float SMALL = 8.5f;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT);

  private static final Map<String, String> VERDICTS =
      Map.of(
          "reset", "counter began anew",
          "rollback", "counter fell",
          "zero-glitch", "counter showed zero",
          "implausible-jump", "more than the device can take",
          "gap", "no readings for more than an hour");

  /**
   * What the report is not itself.
   *
   * @param id of the pack
   * @param replaces id of the pack that it replaces, or null
   * @param sha256 of the report, as {@link PackMaker#contentSha256}
   * @param bundleSha256 of the receipt's file, or null when there is none
   * @param tooLarge whether there is a receipt, but too large a one for a pack
   * @param logKey the log's verifier key
   */
  record Context(
      String id,
      String replaces,
      String sha256,
      String bundleSha256,
      boolean tooLarge,
      String logKey) {}

  private final JsonObject report;
  private final Context context;
  private final ZoneId zone;
  private final String currency;
  private final Sheet sheet;

  private PackPdf(JsonObject report, Context context, Sheet sheet) {
    this.report = report;
    this.context = context;
    this.sheet = sheet;
    this.zone = ZoneId.of(report.getString("zone"));
    this.currency = report.getString("currency");
  }

  static byte[] of(JsonObject report, Context context) {
    Instant made = Instant.parse(report.getString("generatedAt"));
    long id = Long.parseUnsignedLong(context.sha256().substring(0, 15), 16);
    String title = "Energy of " + report.getString("site") + ", " + report.getString("date");
    try (Sheet sheet = new Sheet(title, made, id)) {
      return new PackPdf(report, context, sheet).write();
    }
  }

  private byte[] write() {
    head();
    figures();
    chart();
    costs();
    devices();
    doubts();
    check();
    return sheet.bytes(
        "Block of Energy · " + context.id() + " · report " + context.sha256().substring(0, 16));
  }

  private void head() {
    sheet.down(14);
    sheet.text("Energy report", Sheet.LEFT, sheet.y(), 9.5f, Sheet.GREY, false, Sheet.WIDTH);
    sheet.textTo(context.id(), Sheet.RIGHT, sheet.y(), 9.5f, Sheet.GREY, false);
    sheet.down(26);
    sheet.enter("H1");
    sheet.text(
        report.getString("site") + " · " + report.getString("date"),
        Sheet.LEFT,
        sheet.y(),
        22,
        Sheet.INK,
        true,
        Sheet.WIDTH);
    sheet.leave();
    sheet.down(4);
    sheet.paragraph(
        local(report.getString("from"))
            + " to "
            + local(report.getString("to"))
            + ", "
            + zone.getId()
            + " · made "
            + report.getString("generatedAt"),
        SMALL,
        Sheet.GREY,
        false);
    if (context.replaces() != null) {
      sheet.paragraph(
          "Replaces " + context.replaces() + ": the report says something else now.",
          SMALL,
          Sheet.INK,
          true);
    }
  }

  private void figures() {
    JsonObject summary = report.getJsonObject("summary");
    List<String[]> tiles = new ArrayList<>();
    tiles.add(new String[] {"Energy", kwh(summary, "energyKwh") + " kWh"});
    JsonObject cost = summary.getJsonObject("cost");
    tiles.add(
        new String[] {
          "Cost", cost == null ? "no tariff" : cost.getString("total") + " " + currency
        });
    Double peak = summary.getDouble("peakW");
    tiles.add(new String[] {"Peak power", peak == null ? "–" : Math.round(peak) + " W"});
    tiles.add(new String[] {"Covered by readings", percent(summary.getDouble("coverage"))});
    sheet.down(14);
    float width = Sheet.WIDTH / tiles.size();
    for (int i = 0; i < tiles.size(); i++) {
      float x = Sheet.LEFT + i * width;
      sheet.line(x, sheet.y(), x + width - 10, sheet.y(), BAR, 1.4f);
      sheet.text(tiles.get(i)[0], x, sheet.y() + 14, SMALL, Sheet.GREY, false, width - 10);
      sheet.text(tiles.get(i)[1], x, sheet.y() + 32, 14, Sheet.INK, true, width - 10);
    }
    sheet.down(38);
    JsonObject before = summary.getJsonObject("previous");
    JsonObject change = summary.getJsonObject("change");
    if (before != null && before.getDouble("energyKwh") != null) {
      Double ratio = change == null ? null : change.getDouble("energyRatio");
      sheet.paragraph(
          "The period before, "
              + before.getString("date")
              + ": "
              + kwh(before, "energyKwh")
              + " kWh"
              + (ratio == null ? "" : String.format(Locale.ROOT, " (%+.1f %%)", ratio * 100))
              + ".",
          SMALL,
          Sheet.GREY,
          false);
    }
    if (number(summary, "exportKwh") > 0) {
      sheet.paragraph("Exported: " + kwh(summary, "exportKwh") + " kWh.", SMALL, Sheet.GREY, false);
    }
  }

  private void chart() {
    JsonArray rows = report.getJsonArray("rows", new JsonArray());
    double most = 0;
    for (int i = 0; i < rows.size(); i++) {
      most = Math.max(most, number(rows.getJsonObject(i), "energyKwh"));
    }
    if (rows.isEmpty() || most <= 0) {
      return;
    }
    sheet.heading("Energy, kWh");
    sheet.need(130);
    float height = 95;
    float top = sheet.y() + 4;
    float base = top + height;
    double step = step(most);
    sheet
        .enter("Figure")
        .setAlternateDescription(
            "Bars of the energy of each part of the period, at most "
                + plain(most)
                + " kWh; the figures are in report.csv.");
    for (double level = 0; level <= most; level += step) {
      float at = base - (float) (level / most) * height;
      sheet.line(Sheet.LEFT + 30, at, Sheet.RIGHT, at, Sheet.RULE, 0.5f);
      sheet.textTo(plain(level), Sheet.LEFT + 26, at + 2.5f, 7, Sheet.GREY, false);
    }
    float width = (Sheet.WIDTH - 32) / rows.size();
    int every = Math.max(1, (int) Math.ceil(24 / width));
    for (int i = 0; i < rows.size(); i++) {
      JsonObject row = rows.getJsonObject(i);
      float size = (float) (number(row, "energyKwh") / most) * height;
      boolean doubtful =
          number(row, "gapKwh") > 0 || Boolean.TRUE.equals(row.getBoolean("estimated"));
      float x = Sheet.LEFT + 32 + i * width;
      sheet.box(x, base - size, Math.max(0.8f, width * 0.78f), size, doubtful ? BAR_DOUBTFUL : BAR);
      if (i % every == 0) {
        sheet.text(label(row), x, base + 10, 7, Sheet.GREY, false, width * every);
      }
    }
    sheet.leave();
    sheet.down(height + 18);
    sheet.paragraph(
        "Pale: some of it was counted over a gap in the readings, or estimated from power.",
        7.5f,
        Sheet.GREY,
        false);
  }

  private static String label(JsonObject row) {
    String label = row.getString("label", "");
    return label.length() == 10 ? label.substring(8) : label;
  }

  /** 1, 2 or 5 times a power of ten, so that there are two to five lines. */
  private static double step(double most) {
    double power = Math.pow(10, Math.floor(Math.log10(most)));
    double share = most / power;
    return power * (share >= 5 ? 2 : share >= 2 ? 1 : 0.5);
  }

  private void costs() {
    JsonObject cost = report.getJsonObject("summary").getJsonObject("cost");
    JsonArray prices = report.getJsonArray("prices");
    if (cost == null || prices == null) {
      return;
    }
    sheet.heading("Cost, " + currency);
    PackTable table = new PackTable(sheet, new float[] {0, 190, 250, 350, Sheet.WIDTH}, "lrrrr");
    table.begin("Price band", "Block", "Per kWh", "kWh", "Cost");
    for (int i = 0; i < Math.min(prices.size(), MAX_PRICES); i++) {
      JsonObject price = prices.getJsonObject(i);
      table.row(
          price.getString("band"),
          "" + price.getValue("block"),
          price.getString("pricePerKwh"),
          kwh(price, "energyKwh"),
          price.getString("cost"));
    }
    if (prices.size() > MAX_PRICES) {
      table.row("and " + (prices.size() - MAX_PRICES) + " more prices", "", "", "", "");
    }
    table.row("Energy", "", "", "", cost.getString("energy"));
    table.row("Standing charge", "", "", "", cost.getString("standing"));
    table.row("Tax", "", "", "", cost.getString("tax"));
    if (!BigDecimal.ZERO.equals(
        new BigDecimal(cost.getString("exportCredit", "0")).stripTrailingZeros())) {
      table.row("Credit for export", "", "", "", "-" + cost.getString("exportCredit"));
    }
    table.total("Total", "", "", "", cost.getString("total"));
    table.end();
    JsonObject tariff = report.getJsonObject("tariff");
    if (tariff != null) {
      sheet.down(3);
      sheet.paragraph(
          "Tariff: "
              + tariff.getString("name", tariff.getString("id"))
              + " ("
              + tariff.getString("id")
              + "), SHA-256 "
              + tariff.getString("sha256"),
          7.5f,
          Sheet.GREY,
          false);
    }
  }

  private void devices() {
    JsonArray devices = report.getJsonArray("devices", new JsonArray());
    if (devices.isEmpty()) {
      return;
    }
    sheet.heading("Devices");
    PackTable table =
        new PackTable(sheet, new float[] {0, 250, 300, 360, 430, Sheet.WIDTH}, "lrrrrr");
    table.begin("Device", "kWh", "Share", "Peak W", "Covered", currency == null ? "" : "Cost");
    for (int i = 0; i < Math.min(devices.size(), MAX_DEVICES); i++) {
      JsonObject device = devices.getJsonObject(i);
      Double peak = device.getDouble("peakW");
      table.row(
          deviceName(device),
          kwh(device, "energyKwh"),
          percent(device.getDouble("share")),
          peak == null ? "–" : "" + Math.round(peak),
          percent(device.getDouble("coverage")),
          currency == null ? "" : device.getString("cost", "–"));
    }
    if (devices.size() > MAX_DEVICES) {
      table.row("and " + (devices.size() - MAX_DEVICES) + " more", "", "", "", "", "");
    }
    table.end();
  }

  private static String deviceName(JsonObject device) {
    String id = device.getString("device");
    String name = device.getString("name");
    String both = name == null || name.equals(id) ? id : name + " (" + id + ")";
    return (both.length() > MAX_NAME ? both.substring(0, MAX_NAME) + "…" : both)
        + (Boolean.TRUE.equals(device.getBoolean("estimated")) ? " · estimated" : "")
        + (Boolean.FALSE.equals(device.getBoolean("counted")) ? " · not in the sum" : "");
  }

  /** What was estimated, left over gaps, or odd. */
  private void doubts() {
    sheet.heading("What to know of these figures");
    JsonObject summary = report.getJsonObject("summary");
    List<String> estimated = new ArrayList<>();
    double energy = 0;
    JsonArray devices = report.getJsonArray("devices", new JsonArray());
    for (int i = 0; i < devices.size(); i++) {
      JsonObject device = devices.getJsonObject(i);
      if (Boolean.TRUE.equals(device.getBoolean("estimated"))) {
        estimated.add(device.getString("device"));
        energy += number(device, "energyKwh");
      }
    }
    sheet.paragraph(
        estimated.isEmpty()
            ? "Estimated: nothing. All energy is the difference of meters' counters."
            : "Estimated: "
                + plain(energy)
                + " kWh, from the power of devices without a counter: "
                + String.join(", ", estimated.subList(0, Math.min(20, estimated.size())))
                + (estimated.size() > 20 ? " and more." : "."),
        SMALL,
        Sheet.INK,
        false);
    double gap = number(summary, "gapKwh");
    sheet.paragraph(
        gap > 0
            ? "Over gaps in the readings of more than an hour: "
                + plain(gap)
                + " kWh. That it was taken is certain, at which hour is not; for prices it is spread"
                + " evenly."
            : "Over gaps in the readings of more than an hour: nothing.",
        SMALL,
        Sheet.INK,
        false);
    verdicts();
  }

  private void verdicts() {
    JsonArray verdicts = report.getJsonArray("verdicts", new JsonArray());
    if (verdicts.isEmpty()) {
      sheet.paragraph("Nothing odd about the counters.", SMALL, Sheet.INK, false);
      return;
    }
    sheet.down(4);
    PackTable table = new PackTable(sheet, new float[] {0, 120, 275, 370, Sheet.WIDTH}, "lllrr");
    table.begin("Device", "What was odd", "When", "", "kWh counted");
    for (int i = 0; i < Math.min(verdicts.size(), MAX_VERDICTS); i++) {
      JsonObject verdict = verdicts.getJsonObject(i);
      String kind = verdict.getString("kind");
      table.row(
          verdict.getString("device"),
          VERDICTS.getOrDefault(kind, kind),
          local(verdict.getString("from")),
          "",
          kwh(verdict, "energyKwh"));
    }
    if (verdicts.size() > MAX_VERDICTS) {
      table.row("and " + (verdicts.size() - MAX_VERDICTS) + " more", "", "", "", "");
    }
    table.end();
  }

  private void check() {
    sheet.heading("How to check this");
    sheet.paragraph(
        context.bundleSha256() == null
            ? noReceipt()
            : "The file report.boe-bundle.json beside this one proves the energy: open the page"
                + " verify.html (\"Check a receipt\" on the dashboard), or a copy of it that you have"
                + " saved, choose the file and enter the log's key. Take the key from the contract or"
                + " from somebody who has had it for long; this pack was made with",
        SMALL,
        Sheet.INK,
        false);
    if (context.bundleSha256() != null) {
      sheet.paragraph(context.logKey(), SMALL, Sheet.INK, true);
      sheet.paragraph(
          "The check shows that the energy follows from logged readings. It does not show the cost,"
              + " which depends on when the energy was taken; the tariff is in the file.",
          SMALL,
          Sheet.INK,
          false);
      sheet.paragraph(
          "SHA-256 of report.boe-bundle.json: " + context.bundleSha256(), 7.5f, Sheet.GREY, false);
    }
    sheet.paragraph("SHA-256 of the report: " + context.sha256(), 7.5f, Sheet.GREY, false);
  }

  private String noReceipt() {
    return context.tooLarge()
        ? "This report's receipt, which proves the energy, is too large to be sent. It is had from the"
            + " server: GET /api/v1/reports/"
            + report.getString("kind")
            + "/receipt, of the date "
            + report.getString("date")
            + " and the site "
            + report.getString("site")
            + "."
        : "This report has no receipt: none of its energy is shown by logged readings of a meter's"
            + " counter.";
  }

  private String local(String instant) {
    return instant == null ? "" : TIME.format(Instant.parse(instant).atZone(zone));
  }

  private static double number(JsonObject holder, String name) {
    Double value = holder.getDouble(name);
    return value == null ? 0 : value;
  }

  private static String kwh(JsonObject holder, String name) {
    return plain(number(holder, name));
  }

  /** With at most three decimals, and thousands apart. */
  private static String plain(double kwh) {
    BigDecimal rounded = BigDecimal.valueOf(kwh).setScale(3, RoundingMode.HALF_UP);
    BigDecimal short0 = rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros();
    return String.format(Locale.ROOT, "%,." + Math.max(0, short0.scale()) + "f", short0)
        .replace(',', '\u00a0');
  }

  /** Rounded down: what is not covered whole must not look so. */
  private static String percent(Double share) {
    return share == null
        ? "–"
        : BigDecimal.valueOf(share).movePointRight(2).setScale(1, RoundingMode.FLOOR) + " %";
  }
}
