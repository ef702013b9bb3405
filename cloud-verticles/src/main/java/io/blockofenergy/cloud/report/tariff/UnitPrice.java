package io.blockofenergy.cloud.report.tariff;

import java.math.BigDecimal;

/**
 * A price that some energy has.
 *
 * @param version day from which the tariff's version holds, {@code 2025-01-01}; empty before the
 *     first one, when energy has no price: {@code band} is empty as well then, {@code block} 0 and
 *     the price zero
 * @param band name of the rate
 * @param block 1, 2, 3 … within the band
 * @param pricePerKwh in the tariff's currency, without tax
 * @param taxPercent on top of it
 */
public record UnitPrice(
    String version, String band, int block, BigDecimal pricePerKwh, BigDecimal taxPercent) {}
