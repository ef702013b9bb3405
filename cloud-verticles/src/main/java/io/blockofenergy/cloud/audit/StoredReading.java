package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A stored reading as the audit takes it from its document, with code of its own. */
record StoredReading(Reading reading, byte[] hash, Tombstone erased, String fault) {
  /** What an erasure has left; device and time as they are stored. */
  record Tombstone(String act, Object device, Object measuredAt) {}

  private static final StoredReading UNREADABLE =
      broken("it has a value of a type that no reading has");
  private static final Set<String> TOMBSTONE =
      Set.of("_id", "bridge", "journal", "seq", "device", "site", "measuredAt", "erased");

  private static StoredReading broken(String fault) {
    return new StoredReading(null, null, null, fault);
  }

  /**
   * @param document empty when it cannot be read
   */
  static StoredReading of(Optional<JsonObject> document) {
    if (document.isEmpty()) {
      return UNREADABLE;
    }
    if (document.get().getValue("erased") instanceof String act
        && TOMBSTONE.containsAll(document.get().fieldNames())) {
      Tombstone erased =
          new Tombstone(
              act, document.get().getValue("device"), document.get().getValue("measuredAt"));
      return new StoredReading(null, null, erased, null);
    }
    try {
      Reading reading = reading(document.get());
      return new StoredReading(reading, reading.recordHash(), null, null);
    } catch (MalformedReadingException e) {
      return broken(e.getMessage());
    }
  }

  /** Strict: what the hash does not cover must not stand in the document. */
  private static Reading reading(JsonObject document) {
    Map<String, String> texts = new HashMap<>();
    TreeMap<String, Double> quantities = null;
    long seq = 0;
    for (Map.Entry<String, Object> field : document) {
      String name = field.getKey();
      Object value = field.getValue();
      if (name.equals("_id")) {
        texts.put(
            "id",
            ReadingId.parseSortable(String.valueOf(value)).map(ReadingId::toString).orElse(""));
      } else if (Reading.TEXT_MEMBERS.contains(name) && value instanceof String text) {
        texts.put(name, text);
      } else if (name.equals("seq") && (value instanceof Long || value instanceof Integer)) {
        seq = ((Number) value).longValue();
      } else if (name.equals("quantities") && value instanceof JsonObject members) {
        quantities = new TreeMap<>();
        for (Map.Entry<String, Object> member : members) {
          if (!(member.getValue() instanceof Number number)) {
            throw new MalformedReadingException(member.getKey() + " is not a number");
          }
          quantities.put(member.getKey(), number.doubleValue());
        }
      } else {
        throw new MalformedReadingException("its member " + name + " is not of a reading");
      }
    }
    Reading reading = Reading.fromMembers(texts, seq, quantities);
    if (!Reading.format(reading.measuredAt()).equals(texts.get("measuredAt"))
        || !Reading.format(reading.receivedAt()).equals(texts.get("receivedAt"))) {
      throw new MalformedReadingException("an instant is not in the form of a reading");
    }
    return reading;
  }
}
