package io.blockofenergy.edge.decode;

import com.fasterxml.jackson.core.JsonPointer;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Settings;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where the messages of some other make hold what.
 *
 * @param name names the format of its readings, {@code generic:<name>}, and the device if nothing
 *     else does
 * @param topic which messages it is for
 * @param device pointer to the device's name, or null
 * @param time pointer to the time, or null
 * @param quantities by name; at least one
 */
record Mapping(
    String name,
    TopicPattern topic,
    JsonPointer device,
    JsonPointer time,
    SortedMap<String, Source> quantities) {

  /**
   * @param pointer to the number
   * @param factor from the message's unit to the quantity's
   */
  record Source(JsonPointer pointer, BigDecimal factor) {}

  /** RFC 6901; {@code #} is the whole message, as in its section 6. */
  private static final String POINTER = "#|(/([^~/]|~[01])*)+";

  private static final String WHOLE_MESSAGE = "#";
  private static final String FACTOR = "-?[0-9]{1,12}(\\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?";

  /** Empty when something is wrong, which the settings then know. */
  static Optional<Mapping> from(String name, Settings settings) {
    String key = "mappings." + name;
    String filter =
        settings
            .optionalText("topic", "MQTT topic filter; a level {device} names the device")
            .orElse("");
    JsonPointer device = pointer(settings, "device", "JSON pointer to the device's name");
    JsonPointer time =
        pointer(settings, "time", "JSON pointer to the time: ISO 8601, epoch seconds or ms");
    SortedMap<String, Source> quantities = new TreeMap<>();
    for (String quantity : new TreeSet<>(Reading.QUANTITIES)) {
      JsonPointer pointer =
          pointer(settings, "quantities." + quantity, "JSON pointer to " + quantity);
      BigDecimal factor =
          new BigDecimal(
              settings.text(
                  "factors." + quantity,
                  "1",
                  FACTOR,
                  "what makes the message's number " + quantity));
      if (factor.signum() == 0) {
        settings.fault(key + ".factors." + quantity + " must not be 0");
      }
      if (pointer != null) {
        quantities.put(quantity, new Source(pointer, factor));
      }
    }
    if (quantities.isEmpty()) {
      settings.fault(key + ".quantities must name at least one quantity");
    }
    try {
      TopicPattern topic = TopicPattern.parse(filter);
      if (topic.namesDevice() && device != null) {
        settings.fault(key + ": the device is either a level of the topic or a pointer");
      }
      return Optional.of(new Mapping(name, topic, device, time, quantities));
    } catch (IllegalArgumentException e) {
      settings.fault(key + ".topic " + e.getMessage());
      return Optional.empty();
    }
  }

  private static JsonPointer pointer(Settings settings, String key, String description) {
    String text = settings.text(key, null, POINTER, description);
    if (text == null) {
      return null;
    }
    return text.equals(WHOLE_MESSAGE) ? JsonPointer.empty() : JsonPointer.compile(text);
  }
}
