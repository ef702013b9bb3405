package io.blockofenergy.cloud.report;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;

/**
 * What a period costs, as it is shown: each figure is rounded to the currency's smallest unit, and
 * what follows from others follows from them as they are shown.
 *
 * @param energy the sum of the costs by price
 * @param standing what is to be paid whatever was taken
 * @param tax of both
 * @param exportCredit for what was given
 */
record Bill(BigDecimal energy, BigDecimal standing, BigDecimal tax, BigDecimal exportCredit) {
  BigDecimal total() {
    return energy.add(standing).add(tax).subtract(exportCredit);
  }

  /** Decimal strings, none with an exponent. */
  JsonObject toJson() {
    return new JsonObject()
        .put("energy", energy.toPlainString())
        .put("standing", standing.toPlainString())
        .put("tax", tax.toPlainString())
        .put("exportCredit", exportCredit.toPlainString())
        .put("total", total().toPlainString());
  }
}
