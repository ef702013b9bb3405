package io.blockofenergy.edge.decode;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import io.blockofenergy.telemetry.MalformedReadingException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * JSON messages of any make, read as a {@link Mapping} of the configuration says. A number may also
 * be a text that holds one.
 */
public final class MappingDecoder implements Decoder {
  private static final String FORMAT = "generic:";

  private final Mapping mapping;
  private final SensorTime time;
  private final String format;

  MappingDecoder(Mapping mapping, SensorTime time) {
    this.mapping = mapping;
    this.time = time;
    this.format = FORMAT + mapping.name();
  }

  @Override
  public boolean accepts(String topic) {
    return mapping.topic().matches(topic);
  }

  @Override
  public List<Measurement> decode(String topic, byte[] payload) {
    JsonNode message = Members.json(payload);
    TreeMap<String, Double> quantities = new TreeMap<>();
    mapping
        .quantities()
        .forEach(
            (quantity, source) ->
                number(message, source.pointer())
                    .ifPresent(
                        number ->
                            quantities.put(quantity, Decimal.product(number, source.factor()))));
    if (quantities.isEmpty()) {
      return List.of();
    }
    JsonPointer pointer = mapping.time();
    return List.of(
        new Measurement(
            device(topic, message),
            pointer == null ? null : time.read(name(pointer), message.at(pointer)),
            format,
            quantities,
            ""));
  }

  private static OptionalDouble number(JsonNode message, JsonPointer pointer) {
    JsonNode value = message.at(pointer);
    return value.isTextual()
        ? PlainNumber.parse(name(pointer), value.textValue())
        : Members.number(name(pointer), value);
  }

  private String device(String topic, JsonNode message) {
    if (mapping.topic().namesDevice()) {
      return mapping.topic().device(topic);
    }
    if (mapping.device() == null) {
      return mapping.name();
    }
    JsonNode device = message.at(mapping.device());
    if (!device.isTextual() && !device.isIntegralNumber()) {
      throw new MalformedReadingException(name(mapping.device()) + " names no device");
    }
    return device.asText();
  }

  /** A pointer is written by the operator; it may be told. */
  private static String name(JsonPointer pointer) {
    return pointer.matches() ? "the payload" : pointer.toString();
  }
}
