package io.blockofenergy.cloud.report.tariff;

import java.math.BigDecimal;

/**
 * A part of what is taken in a month in one band.
 *
 * @param upToUwh where in the month's energy of the band it ends, in µWh: the energy up to and with
 *     this is in it; {@link Long#MAX_VALUE} of the last block
 * @param pricePerKwh in the tariff's currency, without tax
 */
record Block(long upToUwh, BigDecimal pricePerKwh) {}
