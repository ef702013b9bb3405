package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What readings give for one rollup: one device, counter epoch and UTC day, by quarter hour.
 * Written for the audit alone, so that it does not share a fault of storage. Not safe for threads.
 */
final class DerivedDay {
  private static final List<String> EARLIEST = List.of("firstImport", "firstExport");

  /** A figure of a rollup that is not what it should be. */
  record Difference(String quarter, String figure, Object stored, Object derived, String by) {
    /** Whether the readings give more than is stored; else more is stored than they give. */
    boolean lacks() {
      if (stored == null || derived == null || stored.getClass() != derived.getClass()) {
        return stored == null;
      }
      int order =
          derived instanceof String text
              ? text.compareTo((String) stored)
              : Double.compare((Double) derived, (Double) stored);
      return EARLIEST.contains(figure) || figure.equals("lowW") ? order < 0 : order > 0;
    }

    @Override
    public String toString() {
      return figure + " of quarter " + quarter + " is " + stored + " and should be " + derived;
    }
  }

  // By quarter "00" … "95": the figures, and under "peakBy" and "lowBy" whose they are.
  private final Map<String, Map<String, Object>> quarters = new TreeMap<>();

  static DerivedDay parse(String json) {
    DerivedDay day = new DerivedDay();
    new JsonObject(json)
        .forEach(
            quarter -> {
              Map<String, Object> figures = new TreeMap<>();
              ((JsonObject) quarter.getValue())
                  .forEach(
                      figure ->
                          figures.put(
                              figure.getKey(),
                              figure.getValue() instanceof Number number
                                  ? (Object) number.doubleValue()
                                  : figure.getValue()));
              day.quarters.put(quarter.getKey(), figures);
            });
    return day;
  }

  String json() {
    JsonObject json = new JsonObject();
    quarters.forEach(
        (quarter, figures) -> {
          JsonObject members = new JsonObject();
          figures.forEach(members::put);
          json.put(quarter, members);
        });
    return json.encode();
  }

  static String quarter(Instant measuredAt) {
    LocalTime time = LocalTime.ofInstant(measuredAt, ZoneOffset.UTC);
    int quarter = time.toSecondOfDay() / 900;
    return (quarter < 10 ? "0" : "") + quarter;
  }

  /** Whether a reading says anything that a rollup keeps. */
  static boolean concerns(Reading reading) {
    return reading.quantities().containsKey("energyImportKwh")
        || reading.quantities().containsKey("energyExportKwh")
        || reading.quantities().containsKey("powerW");
  }

  void add(Reading reading) {
    Map<String, Object> figures =
        quarters.computeIfAbsent(quarter(reading.measuredAt()), quarter -> new TreeMap<>());
    counter(figures, reading, "energyImportKwh", "Import");
    counter(figures, reading, "energyExportKwh", "Export");
    if (reading.quantities().get("powerW") != null) {
      double power = reading.quantities().get("powerW") + 0.0; // -0 is 0
      if (!(figures.get("peakW") instanceof Double peak) || power > peak) {
        figures.put("peakW", power);
        figures.put("peakBy", reading.sortableId());
      }
      if (!(figures.get("lowW") instanceof Double low) || power < low) {
        figures.put("lowW", power);
        figures.put("lowBy", reading.sortableId());
      }
    }
  }

  private static void counter(
      Map<String, Object> figures, Reading reading, String quantity, String name) {
    Double value = reading.quantities().get(quantity);
    if (value == null) {
      return;
    }
    String text =
        Reading.format(reading.measuredAt())
            + ' '
            + reading.sortableId()
            + ' '
            + new String(CanonicalJson.bytes(value), StandardCharsets.US_ASCII);
    if (!(figures.get("first" + name) instanceof String first) || text.compareTo(first) < 0) {
      figures.put("first" + name, text);
    }
    if (!(figures.get("last" + name) instanceof String last) || text.compareTo(last) > 0) {
      figures.put("last" + name, text);
    }
  }

  /**
   * Where the stored quarters differ from these.
   *
   * @param stored the rollup's member {@code q}; anything
   */
  List<Difference> differences(Object stored) {
    List<Difference> differences = new ArrayList<>();
    JsonObject there = stored instanceof JsonObject object ? object : new JsonObject();
    Map<String, Object> all = new TreeMap<>(there.getMap());
    all.putAll(quarters);
    for (String quarter : all.keySet()) {
      JsonObject figures =
          there.getValue(quarter) instanceof JsonObject object ? object : new JsonObject();
      Map<String, Object> derived = quarters.getOrDefault(quarter, Map.of());
      Map<String, Object> names = new TreeMap<>(figures.getMap());
      names.putAll(derived);
      for (String name : names.keySet()) {
        if (name.endsWith("By")) {
          continue;
        }
        Object is =
            figures.getValue(name) instanceof Number number
                ? (Object) number.doubleValue()
                : figures.getValue(name);
        Object should = derived.get(name);
        if (!Objects.equals(is, should)) {
          differences.add(new Difference(quarter, name, is, should, by(name, derived)));
        }
      }
    }
    return differences;
  }

  private static String by(String name, Map<String, Object> derived) {
    Object by =
        switch (name) {
          case "peakW" -> derived.get("peakBy");
          case "lowW" -> derived.get("lowBy");
          default -> derived.get(name) instanceof String text ? text.split(" ")[1] : null;
        };
    return (String) by;
  }

  /** Quarters that have anything. */
  boolean isEmpty() {
    return quarters.isEmpty();
  }

  /** Forgets a quarter, to derive it anew. */
  void clear(String quarter) {
    quarters.remove(quarter);
  }
}
