package io.blockofenergy.cloud.storage;

import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads documents of the rollups, each of which is a part of a device's and epoch's day. */
final class RollupDocument {
  private static final int MINUTE_MILLISECONDS = 60_000;

  private record Key(LocalDate day, String counterEpoch) {}

  private RollupDocument() {}

  /**
   * Puts the parts of each day and epoch together.
   *
   * @param documents of one device
   * @return by day, then by epoch
   * @throws IllegalArgumentException when one is not of the form of a rollup
   */
  static List<Rollup> join(List<JsonObject> documents) {
    SortedMap<Key, Rollup> joined =
        new TreeMap<>(Comparator.comparing(Key::day).thenComparing(Key::counterEpoch));
    for (JsonObject document : documents) {
      Rollup part = read(document);
      joined.merge(
          new Key(part.day(), part.counterEpoch()),
          part,
          (whole, next) -> {
            whole.quarters().putAll(next.quarters());
            return whole;
          });
    }
    return List.copyOf(joined.values());
  }

  /**
   * @throws IllegalArgumentException when it is not of that form
   */
  static Rollup read(JsonObject document) {
    try {
      SortedMap<Integer, QuarterRollup> quarters = new TreeMap<>();
      document
          .getJsonObject("q")
          .forEach(
              quarter ->
                  quarters.put(
                      Integer.valueOf(quarter.getKey()), quarter((JsonObject) quarter.getValue())));
      return new Rollup(
          document.getString("device"),
          LocalDate.parse(document.getString("day")),
          document.getString("counterEpoch"),
          quarters);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "rollup " + document.getValue("_id") + " was changed in the store", e);
    }
  }

  private static QuarterRollup quarter(JsonObject members) {
    return new QuarterRollup(
        range(members, "Import"),
        range(members, "Export"),
        number(members, "lowW"),
        number(members, "peakW"),
        power(members.getJsonObject("p")));
  }

  private static SortedMap<Integer, Double> power(JsonObject minutes) {
    SortedMap<Integer, Double> power = new TreeMap<>();
    if (minutes != null) {
      for (String minute : minutes.fieldNames()) {
        String[] parts = minutes.getString(minute).split(" ", -1);
        power.put(
            Integer.parseInt(minute) * MINUTE_MILLISECONDS + Integer.parseInt(parts[0]),
            Double.valueOf(parts[1]));
      }
    }
    return power;
  }

  private static Optional<CounterRange> range(JsonObject members, String counter) {
    if (!members.containsKey("first" + counter)) {
      return Optional.empty();
    }
    CounterPoint first = CounterPoint.parse(members.getString("first" + counter));
    CounterPoint last = CounterPoint.parse(members.getString("last" + counter));
    return Optional.of(
        new CounterRange(
            first,
            last,
            number(members, "least" + counter).orElse(Math.min(first.kwh(), last.kwh())),
            number(members, "greatest" + counter).orElse(Math.max(first.kwh(), last.kwh()))));
  }

  private static OptionalDouble number(JsonObject members, String name) {
    Double value = members.getDouble(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
