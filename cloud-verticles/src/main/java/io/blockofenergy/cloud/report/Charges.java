package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.report.tariff.Pricing;
import io.blockofenergy.cloud.report.tariff.UnitPrice;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a site's energy costs, and the shares of its devices in that. Immutable.
 *
 * <p>What was counted over a gap is priced over the part of it that lies in the local month in
 * which it was counted: so the cost of a day or week is not always that of the energy counted in
 * it, but that of a month is.
 */
final class Charges {
  private static final MathContext EXACT_ENOUGH = MathContext.DECIMAL128;
  private static final BigDecimal PERCENT = BigDecimal.valueOf(100);
  private static final int DEFAULT_DIGITS = 2;

  /**
   * A cost that is not rounded yet.
   *
   * @param energy without tax
   * @param tax of {@code energy}
   * @param exportCredit for what was given
   * @param unitUwh by unit price, the energy that has it
   */
  record Charge(BigDecimal energy, BigDecimal tax, BigDecimal exportCredit, long[] unitUwh) {
    BigDecimal taxed() {
      return energy.add(tax);
    }
  }

  private final Pricing pricing;
  private final long pricedFrom;
  private final List<UnitPrice> units;
  private final int digits;

  /**
   * @param pricedFrom number of the quarter hour that the pricing begins with
   * @param currency ISO 4217
   */
  Charges(Pricing pricing, long pricedFrom, String currency) {
    this.pricing = pricing;
    this.pricedFrom = pricedFrom;
    this.units = pricing.units();
    this.digits = digits(currency);
  }

  private static int digits(String currency) {
    try {
      int digits = Currency.getInstance(currency).getDefaultFractionDigits();
      return digits < 0 ? DEFAULT_DIGITS : digits;
    } catch (IllegalArgumentException e) {
      return DEFAULT_DIGITS; // newer than this Java
    }
  }

  List<UnitPrice> units() {
    return units;
  }

  /** A figure as it is shown. */
  String shown(BigDecimal money) {
    return rounded(money).toPlainString();
  }

  private BigDecimal rounded(BigDecimal money) {
    return money.setScale(digits, RoundingMode.HALF_UP);
  }

  /**
   * The bill of some energy.
   *
   * @param standing as {@link #standing} has it
   */
  Bill bill(Charge charge, Map<BigDecimal, BigDecimal> standing) {
    BigDecimal energy = rounded(BigDecimal.ZERO);
    BigDecimal fixed = energy;
    BigDecimal tax = BigDecimal.ZERO;
    for (int unit = 0; unit < units.size(); unit++) {
      BigDecimal line = rounded(cost(unit, charge.unitUwh()[unit]));
      energy = energy.add(line);
      tax = tax.add(taxOf(line, units.get(unit).taxPercent()));
    }
    for (Map.Entry<BigDecimal, BigDecimal> each : standing.entrySet()) {
      BigDecimal line = rounded(each.getValue());
      fixed = fixed.add(line);
      tax = tax.add(taxOf(line, each.getKey()));
    }
    return new Bill(energy, fixed, rounded(tax), rounded(charge.exportCredit()));
  }

  /**
   * Prices the site's energy, or the share of one of its devices.
   *
   * @param from number of the first quarter hour, none before those that are priced
   * @param to of the first one after the last
   */
  Charge charge(Series series, long from, long to) {
    long[] unitUwh = new long[units.size()];
    BigDecimal energy = BigDecimal.ZERO; // of shares of quarter hours in which a block ends
    BigDecimal tax = BigDecimal.ZERO;
    long[] taken = series.pricedImport();
    for (int i = (int) (from - series.first());
        i < Math.min(to - series.first(), taken.length);
        i++) {
      if (taken[i] == 0) {
        continue;
      }
      int quarter = (int) (series.first() + i - pricedFrom);
      int parts = pricing.parts(quarter);
      if (parts == 1) {
        int unit = pricing.unit(quarter, 0);
        unitUwh[unit] = Energy.plus(unitUwh[unit], taken[i]);
        continue;
      }
      long left = taken[i];
      long site = 0;
      for (int part = 0; part < parts; part++) {
        site += pricing.partUwh(quarter, part);
      }
      for (int part = 0; part < parts; part++) {
        int unit = pricing.unit(quarter, part);
        long its = pricing.partUwh(quarter, part);
        if (site == taken[i]) {
          unitUwh[unit] = Energy.plus(unitUwh[unit], its);
          continue;
        }
        // The share costs the quarter hour's average price, exactly: the long is for the table.
        BigDecimal share =
            Energy.exactKwh(taken[i])
                .multiply(BigDecimal.valueOf(its))
                .divide(BigDecimal.valueOf(site), EXACT_ENOUGH);
        long whole =
            part == parts - 1 ? left : share.movePointRight(9).min(exact(left)).longValue();
        left -= whole;
        unitUwh[unit] = Energy.plus(unitUwh[unit], whole);
        BigDecimal beyond = share.subtract(Energy.exactKwh(whole));
        BigDecimal cost = beyond.multiply(units.get(unit).pricePerKwh());
        energy = energy.add(cost);
        tax = tax.add(taxOf(cost, units.get(unit).taxPercent()));
      }
    }
    for (int unit = 0; unit < unitUwh.length; unit++) {
      BigDecimal cost = cost(unit, unitUwh[unit]);
      energy = energy.add(cost);
      tax = tax.add(taxOf(cost, units.get(unit).taxPercent()));
    }
    return new Charge(energy, tax, exportCredit(series, from, to), unitUwh);
  }

  private static BigDecimal exact(long value) {
    return BigDecimal.valueOf(value);
  }

  /** Of some energy at one price, without tax. */
  BigDecimal cost(int unit, long uwh) {
    return Energy.exactKwh(uwh).multiply(units.get(unit).pricePerKwh());
  }

  private static BigDecimal taxOf(BigDecimal net, BigDecimal percent) {
    return net.multiply(percent).divide(PERCENT);
  }

  private BigDecimal exportCredit(Series series, long from, long to) {
    BigDecimal credit = BigDecimal.ZERO;
    BigDecimal price = BigDecimal.ZERO;
    long atPrice = 0;
    long[] given = series.pricedExport();
    for (int i = (int) (from - series.first());
        i < Math.min(to - series.first(), given.length);
        i++) {
      if (given[i] == 0) {
        continue;
      }
      BigDecimal its = pricing.exportPrice((int) (series.first() + i - pricedFrom));
      if (its != price) {
        credit = credit.add(Energy.exactKwh(atPrice).multiply(price));
        price = its;
        atPrice = 0;
      }
      atPrice = Energy.plus(atPrice, given[i]);
    }
    return credit.add(Energy.exactKwh(atPrice).multiply(price));
  }

  /**
   * What is to be paid whatever was taken, of the local days of a period that have begun.
   *
   * @param begun number of the first quarter hour that has not
   * @return by tax in percent, without it
   */
  Map<BigDecimal, BigDecimal> standing(Period period, long begun) {
    Map<BigDecimal, BigDecimal> net = new TreeMap<>();
    LocalDate end = period.begunBefore(begun);
    LocalDate day = period.firstDay();
    while (day.isBefore(end)) {
      BigDecimal percent = taxPercent(day, period);
      LocalDate next = day.plusDays(1);
      while (next.isBefore(end) && taxPercent(next, period).equals(percent)) {
        next = next.plusDays(1);
      }
      net.merge(percent, pricing.standingCharge(day, next), BigDecimal::add);
      day = next;
    }
    return net;
  }

  private BigDecimal taxPercent(LocalDate day, Period period) {
    return pricing.taxPercent(
        (int) (Math.min(Quarters.of(day, period.zone()), period.to() - 1) - pricedFrom));
  }
}
