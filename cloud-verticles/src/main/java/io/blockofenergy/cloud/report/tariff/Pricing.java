package io.blockofenergy.cloud.report.tariff;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/**
 * What one site's energy of consecutive quarter hours costs. Immutable, safe for any thread.
 *
 * <p>Each quarter hour has the version of its local day and the band of its local time: an hour
 * that the clocks repeat has the same band both times. Where it is in the band's blocks is the
 * energy of the band's name since the begin of the local month, whichever version it was taken
 * under: the month's bill is one.
 */
public final class Pricing {
  private static final int STANDING_DIGITS = 20;

  private final Tariff tariff;
  private final List<UnitPrice> units;

  /** Where the parts of a quarter hour begin in the two lists below; one more for the end. */
  private final int[] partsFrom;

  private final int[] partUnit;
  private final long[] partUwh;

  /** Of each quarter hour, a place in the list below. */
  private final int[] rateOf;

  private final List<Rate> rates;

  Pricing(
      Tariff tariff,
      List<UnitPrice> units,
      int[] partsFrom,
      int[] partUnit,
      long[] partUwh,
      int[] rateOf,
      List<Rate> rates) {
    this.tariff = tariff;
    this.units = List.copyOf(units);
    this.partsFrom = partsFrom;
    this.partUnit = partUnit;
    this.partUwh = partUwh;
    this.rateOf = rateOf;
    this.rates = List.copyOf(rates);
  }

  /**
   * Prices the energy of a site.
   *
   * @param firstQuarter number of the first quarter hour, Unix seconds / 900: the begin of a local
   *     month, for what was taken in the month before it counts for the blocks
   * @param importUwh µWh of each quarter hour from then on, none below zero: the whole site's
   * @throws IllegalArgumentException on energy below zero
   */
  public static Pricing of(Tariff tariff, ZoneId zone, long firstQuarter, long[] importUwh) {
    return new PricingRun(tariff, zone).price(tariff, firstQuarter, importUwh);
  }

  /** The unit prices that occur, each once, in the order of their first use. */
  public List<UnitPrice> units() {
    return units;
  }

  /**
   * How many unit prices share a quarter hour: 1 but for one in which a block ends.
   *
   * @param quarter from 0, counted from the first one
   */
  public int parts(int quarter) {
    return partsFrom[quarter + 1] - partsFrom[quarter];
  }

  /** The place in {@link #units} of a part's price. */
  public int unit(int quarter, int part) {
    return partUnit[place(quarter, part)];
  }

  /** A part's energy in µWh; the parts of a quarter hour have all of its energy. */
  public long partUwh(int quarter, int part) {
    return partUwh[place(quarter, part)];
  }

  private int place(int quarter, int part) {
    if (part < 0 || part >= parts(quarter)) {
      throw new IndexOutOfBoundsException(part);
    }
    return partsFrom[quarter] + part;
  }

  /** What is paid for a kWh that is given, without tax; 0 when there is none. */
  public BigDecimal exportPrice(int quarter) {
    return rates.get(rateOf[quarter]).exportPricePerKwh();
  }

  public BigDecimal taxPercent(int quarter) {
    return rates.get(rateOf[quarter]).taxPercent();
  }

  /**
   * What is to be paid for the local days from {@code from} on, before {@code to}, whatever was
   * taken; without tax. Each day has its share of its month's charge, by the version of that day.
   *
   * @return exact for whole months of one version, else to 20 digits behind the point
   */
  public BigDecimal standingCharge(LocalDate from, LocalDate to) {
    BigDecimal sum = BigDecimal.ZERO;
    LocalDate day = from;
    while (day.isBefore(to)) {
      YearMonth month = YearMonth.from(day);
      LocalDate monthEnd = month.plusMonths(1).atDay(1);
      LocalDate end = monthEnd.isBefore(to) ? monthEnd : to;
      Optional<TariffVersion> version = tariff.version(day);
      int days = 0;
      while (day.isBefore(end) && tariff.version(day).equals(version)) {
        day = day.plusDays(1);
        days++;
      }
      if (version.isPresent()) {
        sum =
            sum.add(
                version
                    .get()
                    .standingChargePerMonth()
                    .multiply(BigDecimal.valueOf(days))
                    .divide(
                        BigDecimal.valueOf(month.lengthOfMonth()),
                        STANDING_DIGITS,
                        RoundingMode.HALF_UP));
      }
    }
    return sum;
  }
}
