package io.blockofenergy.edge.decode;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.blockofenergy.telemetry.MalformedReadingException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The members of a JSON object in a sensor's message, read strictly: RFC 8259, UTF-8, no member
 * twice, nothing after the end. A reason names the member that is wrong, never what it holds: dead
 * letters and logs may be seen by others than the message. Immutable.
 */
final class Members {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode object;

  /** Before the name of each member in reasons: {@code ENERGY.}. */
  private final String path;

  private Members(JsonNode object, String path) {
    this.object = object;
    this.path = path;
  }

  /**
   * The members of the object that a payload is.
   *
   * @throws MalformedReadingException when it is none
   */
  static Members of(byte[] payload) {
    JsonNode message = json(payload);
    if (!message.isObject()) {
      throw new MalformedReadingException("the payload is not a JSON object");
    }
    return new Members(message, "");
  }

  /**
   * The JSON value that a payload is.
   *
   * @throws MalformedReadingException when it is none
   */
  static JsonNode json(byte[] payload) {
    String text;
    try {
      // Strict: the payload is kept as text and must give back the very same bytes.
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedReadingException("the payload is not UTF-8", e);
    }
    try {
      JsonNode json = JSON.readTree(text);
      if (json.isMissingNode()) {
        throw new MalformedReadingException("the payload is empty");
      }
      return json;
    } catch (JsonProcessingException e) {
      // Its message would quote the payload.
      JsonLocation at = e.getLocation();
      throw new MalformedReadingException(
          "the payload is not JSON"
              + (at == null ? "" : ", at line " + at.getLineNr() + " column " + at.getColumnNr()));
    }
  }

  List<String> names() {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** A member as it is; a missing node when there is none. */
  JsonNode node(String member) {
    return object.path(member);
  }

  /** The member's full name, for reasons. */
  String name(String member) {
    return path + member;
  }

  /** A member that is an object; empty when it is absent or null. */
  Optional<Members> object(String member) {
    JsonNode node = object.path(member);
    if (node.isMissingNode() || node.isNull()) {
      return Optional.empty();
    }
    if (!node.isObject()) {
      throw new MalformedReadingException(name(member) + " is not an object");
    }
    return Optional.of(new Members(node, name(member) + '.'));
  }

  /** A member that is a finite number; empty when the sensor does not know it. */
  OptionalDouble number(String member) {
    return number(name(member), object.path(member));
  }

  /** Likewise, for a value that was found in another way. */
  static OptionalDouble number(String name, JsonNode node) {
    if (isUnknown(node)) {
      return OptionalDouble.empty();
    }
    if (!node.isNumber()) {
      throw new MalformedReadingException(name + " is not a number");
    }
    double number = node.doubleValue();
    if (!Double.isFinite(number)) {
      throw new MalformedReadingException(name + " is not finite");
    }
    return OptionalDouble.of(number);
  }

  /** A member that is a text; empty when it is absent or null. */
  String text(String member) {
    JsonNode node = object.path(member);
    if (node.isMissingNode() || node.isNull()) {
      return "";
    }
    if (!node.isTextual()) {
      throw new MalformedReadingException(name(member) + " is not a text");
    }
    return node.textValue();
  }

  /** Whether a value says that the sensor, or who speaks for it, has no value. */
  static boolean isUnknown(JsonNode node) {
    return node.isMissingNode()
        || node.isNull()
        || (node.isTextual() && isUnknown(node.textValue()));
  }

  static boolean isUnknown(String text) {
    return text.equals("unknown") || text.equals("unavailable") || text.equals("null");
  }
}
