package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The hashes of readings as they are stored now, taken from the documents themselves. */
final class StoredReadings {
  /**
   * A stored reading.
   *
   * @param hash 32 bytes; null when the document is not a reading
   * @param fault why it is not; null when it is
   */
  record Stored(byte[] hash, String fault) {}

  private static final Stored UNREADABLE =
      new Stored(null, "it has a value of a type that no reading has");

  private final Documents documents;

  StoredReadings(Documents documents) {
    this.documents = documents;
  }

  /** Those of the readings that are there, by id. */
  Future<Map<String, Stored>> find(List<String> ids) {
    return documents
        .byId(
            "readings",
            ids.stream().map(id -> ReadingId.parse(id).orElseThrow().sortable()).toList())
        .map(
            found -> {
              Map<String, Stored> stored = new HashMap<>();
              found.forEach(
                  (id, document) ->
                      stored.put(
                          ReadingId.parseSortable(id.toString()).orElseThrow().toString(),
                          document.map(StoredReadings::stored).orElse(UNREADABLE)));
              return stored;
            });
  }

  static Stored stored(JsonObject document) {
    try {
      return new Stored(reading(document).recordHash(), null);
    } catch (MalformedReadingException e) {
      return new Stored(null, e.getMessage());
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
