package io.blockofenergy.cloud.report.tariff;

import java.math.BigDecimal;
import java.util.List;

/**
 * A band of a version, as quarter hours are priced by it.
 *
 * @param version its first day, as in {@link UnitPrice}
 */
record Rate(
    String version,
    String band,
    List<Block> blocks,
    BigDecimal taxPercent,
    BigDecimal exportPricePerKwh) {

  /** Before the first version, when energy has no price. */
  static final Rate NONE =
      new Rate(
          "",
          "",
          List.of(new Block(Long.MAX_VALUE, BigDecimal.ZERO)),
          BigDecimal.ZERO,
          BigDecimal.ZERO);

  static Rate of(TariffVersion version, Band band) {
    return new Rate(
        version.from().toString(),
        band.name(),
        band.blocks(),
        version.taxPercent(),
        band.exportPricePerKwh().orElse(version.exportPricePerKwh()));
  }

  UnitPrice unit(int block) {
    boolean none = equals(NONE);
    return new UnitPrice(
        version, band, none ? 0 : block + 1, blocks.get(block).pricePerKwh(), taxPercent);
  }
}
