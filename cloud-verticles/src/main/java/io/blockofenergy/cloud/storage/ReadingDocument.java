package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A reading as a document: {@code _id} is its sortable id, the other members are the reading's own.
 * Read back strictly, so that a document with anything altered, added or missing is no reading or
 * one with another hash.
 */
final class ReadingDocument {
  private static final Set<String> TOMBSTONE =
      Set.of("_id", "bridge", "journal", "seq", "device", "site", "measuredAt", "erased");

  private ReadingDocument() {}

  static JsonObject of(Reading reading) {
    JsonObject quantities = new JsonObject();
    reading.quantities().forEach(quantities::put);
    return new JsonObject()
        .put("_id", reading.sortableId())
        .put("bridge", reading.bridge())
        .put("journal", reading.journal())
        .put("seq", reading.seq())
        .put("device", reading.device())
        .put("site", reading.site())
        .put("measuredAt", Reading.format(reading.measuredAt()))
        .put("receivedAt", Reading.format(reading.receivedAt()))
        .put("topic", reading.topic())
        .put("format", reading.format())
        .put("quantities", quantities)
        .put("counterEpoch", reading.counterEpoch())
        .put("salt", reading.salt())
        .put("payload", reading.payload());
  }

  static StoredReading read(JsonObject document) {
    try {
      Optional<String> erased = erasedBy(document);
      return erased.isPresent()
          ? StoredReading.erased(publicId(document.getValue("_id")), erased.get())
          : StoredReading.of(parse(document));
    } catch (MalformedReadingException e) {
      return StoredReading.broken(publicId(document.getValue("_id")), e.getMessage());
    }
  }

  /** What is left of an erased reading: its place in the log, and which act took the rest away. */
  static JsonObject tombstone(ReadingId id, JsonObject names, String act) {
    return new JsonObject()
        .put("_id", id.sortable())
        .put("bridge", id.bridge())
        .put("journal", id.journal())
        .put("seq", id.seq())
        .put("device", names.getValue("device"))
        .put("site", names.getValue("site"))
        .put("measuredAt", names.getValue("measuredAt"))
        .put("erased", act);
  }

  /** The act, when the document is a tombstone and nothing else. */
  private static Optional<String> erasedBy(JsonObject document) {
    return document.fieldNames().equals(TOMBSTONE)
            && document.getValue("erased") instanceof String act
            && Act.number(act).isPresent()
        ? Optional.of(act)
        : Optional.empty();
  }

  /** The id of the reading that is kept under this {@code _id}, or that itself if it is none's. */
  static String publicId(Object key) {
    String text = String.valueOf(key);
    return ReadingId.parseSortable(text).map(ReadingId::toString).orElse(text);
  }

  private static Reading parse(JsonObject document) {
    Map<String, String> texts = new HashMap<>();
    TreeMap<String, Double> quantities = null;
    long seq = 0;
    for (Map.Entry<String, Object> member : document.getMap().entrySet()) {
      String name = member.getKey();
      Object value = member.getValue();
      switch (name) {
        case "seq" -> seq = integer(value);
        case "quantities" -> quantities = quantities(value);
        case "_id" -> texts.put("id", publicId(text(name, value)));
        default -> {
          if (!Reading.TEXT_MEMBERS.contains(name)) {
            throw new MalformedReadingException("unknown member " + name);
          }
          texts.put(name, text(name, value));
        }
      }
    }
    Reading reading = Reading.fromMembers(texts, seq, quantities);
    // Another spelling of the same instant would hash the same, yet is not what was stored.
    exact("measuredAt", texts, Reading.format(reading.measuredAt()));
    exact("receivedAt", texts, Reading.format(reading.receivedAt()));
    return reading;
  }

  private static void exact(String name, Map<String, String> texts, String expected) {
    if (!texts.get(name).equals(expected)) {
      throw new MalformedReadingException(name + " is not in canonical form");
    }
  }

  private static String text(String name, Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new MalformedReadingException(name + " is not a text");
  }

  /** Other clients write the same number as another type; the number is what counts. */
  private static long integer(Object value) {
    if (value instanceof Long || value instanceof Integer) {
      return ((Number) value).longValue();
    }
    if (value instanceof Double number && number == Math.rint(number) && !number.isInfinite()) {
      return number.longValue();
    }
    throw new MalformedReadingException("seq is not an integer");
  }

  private static TreeMap<String, Double> quantities(Object value) {
    if (!(value instanceof JsonObject members)) {
      throw new MalformedReadingException("quantities is not an object");
    }
    TreeMap<String, Double> quantities = new TreeMap<>();
    members
        .getMap()
        .forEach(
            (name, number) -> {
              if (!(number instanceof Double
                  || number instanceof Integer
                  || number instanceof Long)) {
                throw new MalformedReadingException(name + " is not a number");
              }
              quantities.put(name, ((Number) number).doubleValue());
            });
    return quantities;
  }
}
