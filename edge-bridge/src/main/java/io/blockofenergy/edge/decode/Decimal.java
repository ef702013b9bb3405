package io.blockofenergy.edge.decode;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Collection;

/**
 * Arithmetic as on paper, with the digits that a sensor printed: 23.63 and 67.17 are 90.8, not
 * 90.80000000000001. What is too large for a double is refused, as an argument (it may be the
 * result of a step before) or by {@link Measurement}.
 */
final class Decimal {
  private static final int MEAN_DECIMALS = 3;

  private Decimal() {}

  static double sum(Collection<Double> terms) {
    return terms.stream()
        .map(Decimal::exact)
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .doubleValue();
  }

  /** With three decimals: a mean is no better than what it is of. */
  static double mean(Collection<Double> terms) {
    return terms.stream()
        .map(Decimal::exact)
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .divide(BigDecimal.valueOf(terms.size()), MEAN_DECIMALS, RoundingMode.HALF_UP)
        .doubleValue();
  }

  static double difference(double minuend, double subtrahend) {
    return exact(minuend).subtract(exact(subtrahend)).doubleValue();
  }

  static double product(double number, BigDecimal factor) {
    return exact(number).multiply(factor).doubleValue();
  }

  static double quotient(double dividend, int divisor) {
    return exact(dividend)
        .divide(BigDecimal.valueOf(divisor), MathContext.DECIMAL128)
        .doubleValue();
  }

  private static BigDecimal exact(double number) {
    if (!Double.isFinite(number)) {
      throw new MalformedReadingException("a number is too large");
    }
    return BigDecimal.valueOf(number);
  }
}
