package io.blockofenergy.cloud.report;

import io.blockofenergy.telemetry.CanonicalJson;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/** Energy in whole microwatt-hours: 1 kWh has 1,000,000,000. */
final class Energy {
  private static final int DECIMALS = 9;
  private static final double UWH = 1e9;

  /** Up to here a double tells all decimals with nine places apart. */
  private static final double PLAIN_KWH = 1e6;

  /** A terawatt-hour; what is more is no counter, and must not overflow. */
  private static final long MOST = 1_000_000_000_000_000_000L;

  private static final BigDecimal MOST_KWH = BigDecimal.valueOf(MOST, DECIMALS);

  private Energy() {}

  /**
   * Rounds half up the number's shortest decimal form (RFC 8785).
   *
   * @return at most 10^18 in amount, which is what a counter of more counts as
   */
  static long ofKwh(double kwh) {
    if (Math.abs(kwh) < PLAIN_KWH) {
      long nearest = Math.round(kwh * UWH);
      if (nearest / UWH == kwh) {
        return nearest;
      }
    }
    BigDecimal exact =
        new BigDecimal(new String(CanonicalJson.bytes(kwh), StandardCharsets.US_ASCII));
    if (exact.abs().compareTo(MOST_KWH) > 0) {
      return exact.signum() * MOST;
    }
    return exact.setScale(DECIMALS, RoundingMode.HALF_UP).unscaledValue().longValueExact();
  }

  /** The double that is next to it. */
  static double kwh(long uwh) {
    return exactKwh(uwh).doubleValue();
  }

  static BigDecimal exactKwh(long uwh) {
    return BigDecimal.valueOf(uwh, DECIMALS);
  }

  /** The greatest number when the sum is more. */
  static long plus(long a, long b) {
    long sum = a + b;
    return sum < 0 && a >= 0 && b >= 0 ? Long.MAX_VALUE : sum;
  }
}
