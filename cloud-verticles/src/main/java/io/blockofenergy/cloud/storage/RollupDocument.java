package io.blockofenergy.cloud.storage;

import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads documents of the rollups. */
final class RollupDocument {
  private RollupDocument() {}

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
        new TreeMap<>());
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
