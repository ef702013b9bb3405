package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.report.tariff.Pricing;
import io.blockofenergy.cloud.report.tariff.Tariff;
import io.blockofenergy.cloud.report.tariff.UnitPrice;
import io.blockofenergy.cloud.storage.DeviceSettings;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** Writes one report, {@code boe.report.v1}. */
final class ReportBuilder {
  /** What a period costs, and what of it has which price. */
  private record Cost(Charges.Charge charge, Bill bill) {}

  private final Subject subject;
  private final Period period;
  private final Optional<Period> before;
  private final Span span;
  private final Instant now;

  /** Number of the first quarter hour that has not begun. */
  private final long begun;

  private Series total;
  private Charges charges;

  ReportBuilder(Subject subject, Period period, Optional<Period> before, Span span, Instant now) {
    this.subject = subject;
    this.period = period;
    this.before = before;
    this.span = span;
    this.now = now;
    this.begun = Quarters.of(now) + 1;
  }

  JsonObject build(ReportSums sums) {
    total = sums.total();
    if (subject.tariff().isPresent()) {
      Tariff tariff = subject.tariff().get();
      charges =
          new Charges(
              Pricing.of(tariff, subject.zone(), span.first(), sums.site().pricedImport()),
              span.first(),
              tariff.currency());
    }
    Figures figures = Figures.of(total, period.from(), period.to(), begun);
    Cost cost = charges == null ? null : cost(period, period.to(), begun);
    return new JsonObject()
        .put("schema", "boe.report.v1")
        .put("kind", period.kind().text())
        .put("date", period.date())
        .put("site", subject.site().orElse(null))
        .put("device", subject.device().orElse(null))
        .put("zone", subject.zone().getId())
        .put("from", instant(period.from()))
        .put("to", instant(period.to()))
        .put("generatedAt", Reading.format(now.truncatedTo(ChronoUnit.MILLIS)))
        .put("complete", !now.isBefore(Quarters.instant(period.to())))
        .put("currency", subject.tariff().map(Tariff::currency).orElse(null))
        .put("tariff", subject.tariff().map(ReportBuilder::tariff).orElse(null))
        .put("summary", summary(figures, cost, sums))
        .put("rows", rows())
        .put("devices", devices(sums, figures))
        .put("prices", cost == null ? null : prices(cost.charge()))
        .put("verdicts", sums.verdicts())
        .put("verdictCount", sums.verdictCount());
  }

  private static String instant(long quarter) {
    return Reading.format(Quarters.instant(quarter));
  }

  private static JsonObject tariff(Tariff tariff) {
    return new JsonObject()
        .put("id", tariff.id())
        .put("name", tariff.name())
        .put("sha256", tariff.sha256());
  }

  /** Of a device's report without the standing charge: that is the site's. */
  private Cost cost(Period of, long to, long begunThen) {
    Charges.Charge charge = charges.charge(total, of.from(), to);
    return new Cost(
        charge,
        charges.bill(
            charge, subject.device().isPresent() ? Map.of() : charges.standing(of, begunThen)));
  }

  private JsonObject summary(Figures figures, Cost cost, ReportSums sums) {
    boolean estimated =
        figures.estimated()
            || subject.device().isPresent()
                && sums.parts().stream().anyMatch(ReportSums.Part::isEstimated);
    return figures
        .toJson()
        .put("peakAt", Double.isNaN(figures.peakW()) ? null : instant(figures.peakQuarter()))
        .put("estimated", estimated)
        .put("damaged", sums.isDamaged())
        .put("gapKwh", Energy.kwh(figures.gapUwh()))
        .put("cost", cost == null ? null : cost.bill().toJson())
        .put("previous", null)
        .put("change", null)
        .mergeIn(before.map(other -> comparison(other, figures, cost)).orElse(new JsonObject()));
  }

  private JsonObject comparison(Period other, Figures figures, Cost cost) {
    long upTo = period.sameShare(other, Quarters.of(now));
    Figures then = Figures.of(total, other.from(), upTo, begun);
    BigDecimal nowCosts = cost == null ? null : cost.bill().total();
    BigDecimal thenCosts = cost == null ? null : cost(other, upTo, upTo).bill().total();
    long change = figures.importUwh() - then.importUwh();
    return new JsonObject()
        .put(
            "previous",
            then.toJson()
                .put("date", other.date())
                .put("cost", thenCosts == null ? null : charges.shown(thenCosts))
                .put("upTo", instant(upTo)))
        .put(
            "change",
            new JsonObject()
                .put("energyKwh", Energy.kwh(change))
                .put("energyRatio", ratio(change, then.importUwh()))
                .put("cost", thenCosts == null ? null : charges.shown(nowCosts.subtract(thenCosts)))
                .put(
                    "costRatio",
                    thenCosts == null || thenCosts.signum() <= 0
                        ? null
                        : Figures.rounded(
                            nowCosts
                                .subtract(thenCosts)
                                .divide(thenCosts, MathContext.DECIMAL64)
                                .doubleValue())));
  }

  /** Null when there is nothing to compare with. */
  private static Double ratio(long part, long whole) {
    return whole <= 0 ? null : Figures.rounded((double) part / whole);
  }

  private JsonArray rows() {
    JsonArray rows = new JsonArray();
    for (PeriodRow row : period.rows()) {
      Figures figures = Figures.of(total, row.from(), row.to(), begun);
      rows.add(
          new JsonObject()
              .put("from", instant(row.from()))
              .put("to", instant(row.to()))
              .put("label", row.label())
              .mergeIn(figures.toJson())
              .put("cost", cost(total, row.from(), row.to()))
              .put("gapKwh", Energy.kwh(figures.gapUwh()))
              .put("estimated", figures.estimated()));
    }
    return rows;
  }

  /** With its tax, without standing charge and export credit; null without a tariff. */
  private String cost(Series series, long from, long to) {
    return charges == null ? null : charges.shown(charges.charge(series, from, to).taxed());
  }

  private JsonArray devices(ReportSums sums, Figures whole) {
    JsonArray devices = new JsonArray();
    for (ReportSums.Part part : sums.parts()) {
      DeviceSettings settings = subject.settings().get(part.device().id());
      Figures figures = part.figures();
      devices.add(
          new JsonObject()
              .put("device", part.device().id())
              .put("name", settings.name().orElse(null))
              .mergeIn(figures.toJson())
              .put("share", ratio(figures.importUwh(), whole.importUwh()))
              .put("cost", cost(part.priced(), period.from(), period.to()))
              .put("gapKwh", Energy.kwh(figures.gapUwh()))
              .put("estimated", part.isEstimated() || figures.estimated())
              .put("damaged", part.isDamaged())
              .put("counted", settings.counted()));
    }
    return devices;
  }

  private JsonArray prices(Charges.Charge charge) {
    JsonArray prices = new JsonArray();
    long[] used = Arrays.copyOf(charge.unitUwh(), charge.unitUwh().length);
    for (int unit = 0; unit < used.length; unit++) {
      if (used[unit] == 0) {
        continue;
      }
      UnitPrice price = charges.units().get(unit);
      prices.add(
          new JsonObject()
              .put("band", price.band())
              .put("block", price.block())
              .put("pricePerKwh", price.pricePerKwh().toPlainString())
              .put("energyKwh", Energy.kwh(used[unit]))
              .put("cost", charges.shown(charges.cost(unit, used[unit]))));
    }
    return prices;
  }
}
