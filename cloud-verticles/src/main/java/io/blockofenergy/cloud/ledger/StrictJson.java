package io.blockofenergy.cloud.ledger;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.log.MalformedProofException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads JSON that must be in the canonical form of RFC 8785, so that there is one way only to write
 * what was read. Objects become {@code Map<String, Object>}, arrays {@code List<Object>}, integers
 * {@code Long}, other numbers {@code Double}. Pure functions.
 */
final class StrictJson {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final int MAX_DEPTH = 16;

  private StrictJson() {}

  /**
   * Parses an object.
   *
   * @param what the thing's name for messages, as in "the bundle"
   * @throws MalformedProofException when the bytes are not an object in canonical form
   */
  static Map<String, Object> parse(byte[] json, String what) {
    text(json, what);
    Map<String, Object> tree;
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedProofException(what + " is not a JSON object");
      }
      tree = object(parser, what, 1);
      if (parser.nextToken() != null) {
        throw new MalformedProofException(what + " has something after its end");
      }
    } catch (IOException e) {
      throw new MalformedProofException(what + " is not JSON: " + firstLine(e));
    }
    byte[] canonical = canonical(tree, what);
    int at = Arrays.mismatch(canonical, json);
    if (at >= 0) {
      throw new MalformedProofException(
          what + " is not in canonical form (RFC 8785) from byte " + at + " on");
    }
    return tree;
  }

  /** The canonical bytes of something read by {@link #parse}. */
  static byte[] canonical(Object tree, String what) {
    try {
      return CanonicalJson.bytes(tree);
    } catch (MalformedReadingException e) {
      throw new MalformedProofException(
          what + " has a value that JSON cannot have: " + e.getMessage());
    }
  }

  /** The text of strict UTF-8. */
  static String text(byte[] bytes, String what) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedProofException(what + " is not UTF-8 text");
    }
  }

  /** Refuses what has other members than these; some may be absent. */
  static void onlyMembers(Map<String, Object> object, Set<String> known, String what) {
    for (String name : object.keySet()) {
      if (!known.contains(name)) {
        throw new MalformedProofException(what + " has an unknown member \"" + name + "\"");
      }
    }
  }

  /** A member that must be there and of this type. */
  static <T> T member(Map<String, Object> object, String name, Class<T> type, String what) {
    Object value = object.get(name);
    if (value == null) {
      throw new MalformedProofException(what + " lacks \"" + name + "\"");
    }
    if (!type.isInstance(value)) {
      throw new MalformedProofException(what + " has an odd \"" + name + "\"");
    }
    return type.cast(value);
  }

  @SuppressWarnings("unchecked") // parse makes no other maps
  static Map<String, Object> object(Map<String, Object> parent, String name, String what) {
    return member(parent, name, Map.class, what);
  }

  /** A list of objects. */
  @SuppressWarnings("unchecked") // parse makes no other maps
  static List<Map<String, Object>> objects(Map<String, Object> parent, String name, String what) {
    List<Map<String, Object>> objects = new ArrayList<>();
    for (Object each : member(parent, name, List.class, what)) {
      if (!(each instanceof Map)) {
        throw new MalformedProofException(what + " has something else than objects in " + name);
      }
      objects.add((Map<String, Object>) each);
    }
    return objects;
  }

  private static Map<String, Object> object(JsonParser parser, String what, int depth)
      throws IOException {
    Map<String, Object> members = new TreeMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      members.put(name, value(parser, parser.nextToken(), what, depth));
    }
    return members;
  }

  private static Object value(JsonParser parser, JsonToken token, String what, int depth)
      throws IOException {
    if (depth > MAX_DEPTH) {
      throw new MalformedProofException(what + " is nested too deeply");
    }
    return switch (token) {
      case START_OBJECT -> object(parser, what, depth + 1);
      case START_ARRAY -> {
        List<Object> items = new ArrayList<>();
        for (JsonToken next = parser.nextToken();
            next != JsonToken.END_ARRAY;
            next = parser.nextToken()) {
          items.add(value(parser, next, what, depth + 1));
        }
        yield items;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw new MalformedProofException(what + " has null in it");
    };
  }

  private static Number number(String text) {
    return text.matches("-?[0-9]{1,15}") ? (Number) Long.valueOf(text) : Double.valueOf(text);
  }

  private static String firstLine(IOException e) {
    return e.getMessage().lines().findFirst().orElse("unreadable");
  }
}
