package io.blockofenergy.telemetry;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * The JSON Canonicalization Scheme, RFC 8785: keys sorted by UTF-16 code units, no white space,
 * numbers as ECMAScript prints an IEEE 754 double. Pure functions, safe for any thread.
 */
public final class CanonicalJson {
  private static final long MAX_EXACT_INTEGER = 1L << 53;
  private static final String HEX = "0123456789abcdef";

  private CanonicalJson() {}

  /**
   * Returns the canonical UTF-8 bytes of a tree of {@code Map<String, ?>}, {@code Collection},
   * {@code CharSequence}, {@code Number}, {@code Boolean} and {@code null}.
   *
   * @throws MalformedReadingException on a number that is not finite or is an integer beyond 2^53,
   *     on a lone surrogate, and on any other type
   */
  public static byte[] bytes(Object tree) {
    StringBuilder out = new StringBuilder(512);
    write(out, tree);
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void write(StringBuilder out, Object value) {
    if (value == null || value instanceof Boolean) {
      out.append(value);
    } else if (value instanceof CharSequence text) {
      writeString(out, text);
    } else if (value instanceof Number number) {
      writeNumber(out, number);
    } else if (value instanceof Map<?, ?> map) {
      TreeMap<String, Object> sorted = new TreeMap<>();
      map.forEach((key, member) -> sorted.put((String) key, member));
      out.append('{');
      String separator = "";
      for (Map.Entry<String, Object> member : sorted.entrySet()) {
        out.append(separator);
        writeString(out, member.getKey());
        out.append(':');
        write(out, member.getValue());
        separator = ",";
      }
      out.append('}');
    } else if (value instanceof Collection<?> items) {
      out.append('[');
      String separator = "";
      for (Object item : items) {
        out.append(separator);
        write(out, item);
        separator = ",";
      }
      out.append(']');
    } else {
      throw new MalformedReadingException("not a JSON value: " + value.getClass().getName());
    }
  }

  static void writeNumber(StringBuilder out, Number number) {
    if (number instanceof Integer
        || number instanceof Long
        || number instanceof Short
        || number instanceof Byte) {
      long integer = number.longValue();
      if (integer > MAX_EXACT_INTEGER || integer < -MAX_EXACT_INTEGER) {
        throw new MalformedReadingException("integer beyond 2^53: " + integer);
      }
      out.append(integer);
    } else {
      writeDouble(out, number.doubleValue());
    }
  }

  static void writeDouble(StringBuilder out, double value) {
    if (!Double.isFinite(value)) {
      throw new MalformedReadingException("not a finite number: " + value);
    }
    if (value == Math.rint(value) && Math.abs(value) <= MAX_EXACT_INTEGER) {
      out.append((long) value); // also turns -0 into 0, as ECMAScript does
      return;
    }
    // Double.toString is not the shortest form before JDK 19; Jackson's Schubfach is, on every JDK.
    String shortest = NumberOutput.toString(value, true);
    if (shortest.indexOf('E') < 0) {
      out.append(shortest);
      return;
    }
    BigDecimal decimal = new BigDecimal(shortest).stripTrailingZeros();
    if (decimal.precision() == 2) {
      // Java wants two digits at least, ECMAScript is content with one: 4.9E-324 there, 5e-324
      // here.
      BigDecimal oneDigit = decimal.round(new MathContext(1));
      if (oneDigit.doubleValue() == value) {
        decimal = oneDigit;
      }
    }
    if (decimal.signum() < 0) {
      out.append('-');
    }
    String digits = decimal.unscaledValue().abs().toString();
    int k = digits.length();
    int n = k - decimal.scale(); // value = 0.digits × 10^n, the names of ECMA-262 Number::toString
    if (k <= n && n <= 21) {
      out.append(digits).append("0".repeat(n - k));
    } else if (0 < n && n <= 21) {
      out.append(digits, 0, n).append('.').append(digits, n, k);
    } else if (-6 < n && n <= 0) {
      out.append("0.").append("0".repeat(-n)).append(digits);
    } else {
      out.append(digits.charAt(0));
      if (k > 1) {
        out.append('.').append(digits, 1, k);
      }
      out.append('e').append(n - 1 < 0 ? '-' : '+').append(Math.abs(n - 1));
    }
  }

  static void writeString(StringBuilder out, CharSequence text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        writeControl(out, c);
      } else if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw new MalformedReadingException("text with a lone surrogate");
        }
        out.append(c).append(text.charAt(++i));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private static void writeControl(StringBuilder out, char c) {
    switch (c) {
      case '\b' -> out.append("\\b");
      case '\t' -> out.append("\\t");
      case '\n' -> out.append("\\n");
      case '\f' -> out.append("\\f");
      case '\r' -> out.append("\\r");
      default -> out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
    }
  }
}
