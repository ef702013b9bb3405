package io.blockofenergy.edge.decode;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.util.OptionalDouble;

/** A decimal number as text, where a sensor sends no JSON number. */
final class PlainNumber {
  private static final int MAX_CHARACTERS = 32;
  private static final String CHARACTERS = "0123456789.+-eE";

  private PlainNumber() {}

  /**
   * @param name for the reason
   * @return empty when the text says that the value is unknown
   * @throws MalformedReadingException when it is no finite decimal number
   */
  static OptionalDouble parse(String name, String text) {
    String stripped = text.strip();
    if (Members.isUnknown(stripped)) {
      return OptionalDouble.empty();
    }
    // Double.parseDouble would also take NaN, hexadecimal digits and a type suffix.
    if (stripped.length() > MAX_CHARACTERS
        || stripped.chars().anyMatch(character -> CHARACTERS.indexOf(character) < 0)) {
      throw new MalformedReadingException(name + " is not a number");
    }
    double number;
    try {
      number = Double.parseDouble(stripped);
    } catch (NumberFormatException e) {
      // Its message would quote the text.
      throw new MalformedReadingException(name + " is not a number");
    }
    if (!Double.isFinite(number)) {
      throw new MalformedReadingException(name + " is not finite");
    }
    return OptionalDouble.of(number);
  }
}
