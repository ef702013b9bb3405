package io.blockofenergy.edge.decode;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.time.Instant;
import java.util.SortedMap;

/**
 * What a sensor's message says of one device, before the journal makes a reading of it. Immutable.
 *
 * @param device the sensor, from its topic or message: 1 to 128 characters, not all white space,
 *     none of them a control character
 * @param measuredAt when the sensor measured, or null when the message does not say
 * @param format the decoder's name
 * @param quantities by the names in {@link io.blockofenergy.telemetry.Reading#QUANTITIES}, finite
 * @param counterEpoch changes when the energy counter was reset; empty if unknown
 */
public record Measurement(
    String device,
    Instant measuredAt,
    String format,
    SortedMap<String, Double> quantities,
    String counterEpoch) {

  private static final int MAX_DEVICE_CHARACTERS = 128;

  /**
   * @throws MalformedReadingException when the device has no valid name or a quantity is not finite
   */
  public Measurement {
    if (device.isBlank()) {
      throw new MalformedReadingException("the message names no device");
    }
    if (device.length() > MAX_DEVICE_CHARACTERS || !isPrintable(device)) {
      throw new MalformedReadingException(
          "the device's name is longer than "
              + MAX_DEVICE_CHARACTERS
              + " characters or not printable");
    }
    quantities.forEach(
        (name, value) -> {
          if (!Double.isFinite(value)) {
            throw new MalformedReadingException(name + " is not finite");
          }
        });
  }

  /** Half a surrogate pair is no text that UTF-8 could carry. */
  static boolean isPrintable(String text) {
    return text.codePoints()
        .noneMatch(
            character ->
                Character.isISOControl(character)
                    || Character.getType(character) == Character.SURROGATE);
  }
}
