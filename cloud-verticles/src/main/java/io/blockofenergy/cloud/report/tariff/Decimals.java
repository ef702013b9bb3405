package io.blockofenergy.cloud.report.tariff;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/** Decimal numbers of a tariff: exact, and of a bounded length. Pure functions. */
final class Decimals {
  /** Digits before and after the point: any currency's prices, and a price of 0.000000001. */
  private static final Pattern TEXT = Pattern.compile("-?(0|[1-9][0-9]{0,8})(\\.[0-9]{1,9})?");

  /** Decimal digits that a double keeps, whichever they are. */
  static final int DOUBLE_DIGITS = 15;

  private Decimals() {}

  /**
   * Reads a text such as {@code "4.4376"}, or a number of at most 15 digits: a longer one may not
   * be any more what was written.
   *
   * @return without zeros at the end; empty when it is neither
   */
  static Optional<BigDecimal> read(Object value) {
    BigDecimal decimal;
    if (value instanceof String text && TEXT.matcher(text).matches()) {
      decimal = new BigDecimal(text);
    } else if (value instanceof Integer || value instanceof Long) {
      decimal = BigDecimal.valueOf(((Number) value).longValue());
    } else if (value instanceof Double number && Double.isFinite(number)) {
      // Double.toString is not the shortest form before JDK 19.
      decimal = new BigDecimal(NumberOutput.toString(number, true));
    } else {
      return Optional.empty();
    }
    BigDecimal plain = plain(decimal);
    boolean kept = value instanceof String || plain.precision() <= DOUBLE_DIGITS;
    return kept && TEXT.matcher(plain.toPlainString()).matches()
        ? Optional.of(plain)
        : Optional.empty();
  }

  /** Without zeros at the end, and never as 1E+3. */
  static BigDecimal plain(BigDecimal decimal) {
    BigDecimal stripped = decimal.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }
}
