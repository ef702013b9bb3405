package io.blockofenergy.cloud.report.tariff;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * A rate, such as the low one, that holds at some times of the week.
 *
 * @param blocks at least one, by rising end
 * @param exportPricePerKwh instead of the version's
 */
record Band(String name, List<Block> blocks, Optional<BigDecimal> exportPricePerKwh) {}
