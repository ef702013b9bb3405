package io.blockofenergy.cloud.report.tariff;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;

/**
 * What a tariff says from one local midnight on.
 *
 * @param bands at least one, each of its own name
 * @param windows by rising precedence: where two overlap, the later one holds
 * @param standingChargePerMonth without tax
 * @param taxPercent of all charges
 * @param exportPricePerKwh paid for energy that is given; of bands that name no price of their own
 */
record TariffVersion(
    LocalDate from,
    List<Band> bands,
    String defaultBand,
    List<Window> windows,
    BigDecimal standingChargePerMonth,
    BigDecimal taxPercent,
    BigDecimal exportPricePerKwh) {

  /** The place in {@link #bands} for each quarter hour of the week, from Monday's first on. */
  int[] week() {
    int[] week = new int[Window.QUARTERS_OF_WEEK];
    Arrays.fill(week, place(defaultBand));
    windows.forEach(window -> window.fill(week, place(window.band())));
    return week;
  }

  private int place(String band) {
    int place = 0;
    while (!bands.get(place).name().equals(band)) {
      place++;
    }
    return place;
  }
}
