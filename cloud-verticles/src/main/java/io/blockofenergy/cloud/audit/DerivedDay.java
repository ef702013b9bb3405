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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What readings give for one rollup: one device, counter epoch and part of a UTC day, by quarter
 * hour. Written for the audit alone, so that it does not share a fault of storage. Not safe for
 * threads.
 */
final class DerivedDay {
  private static final Set<String> LEAST =
      Set.of("firstImport", "firstExport", "leastImport", "leastExport", "lowW");

  /** Stands in the names of figures that are within the member {@code p}. */
  private static final String WITHIN = "/";

  private static final String BY = "By";

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
      return LEAST.contains(figure) ? order < 0 : order > 0;
    }

    @Override
    public String toString() {
      return figure + " of quarter " + quarter + " is " + stored + " and should be " + derived;
    }
  }

  // By quarter "00" … "95": the figures, and under their names and "By" whose they are.
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
    Double imported = reading.quantities().get("energyImportKwh");
    Double exported = reading.quantities().get("energyExportKwh");
    Double power = reading.quantities().get("powerW");
    if (imported != null) {
      counter(figures, reading, imported, "Import");
    }
    if (exported != null) {
      counter(figures, reading, exported, "Export");
    }
    if (power != null) {
      keep(figures, "peakW", power + 0.0, reading); // -0 is 0
      keep(figures, "lowW", power + 0.0, reading);
      if (imported == null && exported == null) {
        LocalTime time = LocalTime.ofInstant(reading.measuredAt(), ZoneOffset.UTC);
        int millisecond = time.getSecond() * 1000 + time.getNano() / 1_000_000;
        keep(
            figures,
            "p" + WITHIN + digits(2, time.getMinute() % 15),
            digits(5, millisecond) + ' ' + number(power + 0.0),
            reading);
      }
    }
  }

  private static void counter(
      Map<String, Object> figures, Reading reading, double value, String name) {
    String text =
        Reading.format(reading.measuredAt()) + ' ' + reading.sortableId() + ' ' + number(value);
    keep(figures, "first" + name, text, reading);
    keep(figures, "last" + name, text, reading);
    keep(figures, "least" + name, value + 0.0, reading);
    keep(figures, "greatest" + name, value + 0.0, reading);
  }

  /** Keeps a figure when it is the least or the greatest so far, as its name wants. */
  private static void keep(
      Map<String, Object> figures, String name, Object value, Reading reading) {
    Object kept = figures.get(name);
    if (kept != null) {
      int order =
          value instanceof String text
              ? text.compareTo((String) kept)
              : Double.compare((Double) value, (Double) kept);
      if (LEAST.contains(name) ? order >= 0 : order <= 0) {
        return;
      }
    }
    figures.put(name, value);
    figures.put(name + BY, reading.sortableId());
  }

  private static String number(double value) {
    return new String(CanonicalJson.bytes(value), StandardCharsets.US_ASCII);
  }

  private static String digits(int count, int number) {
    String digits = Integer.toString(number);
    return "0".repeat(count - digits.length()) + digits;
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
      Map<String, Object> figures = figures(there.getValue(quarter));
      Map<String, Object> derived = quarters.getOrDefault(quarter, Map.of());
      Map<String, Object> should = new TreeMap<>(derived);
      should.keySet().removeIf(name -> name.endsWith(BY));
      Set<String> names = new TreeSet<>(figures.keySet());
      names.addAll(should.keySet());
      for (String name : names) {
        Object is = figures.get(name);
        if (!Objects.equals(is, should.get(name))) {
          differences.add(
              new Difference(quarter, name, is, should.get(name), (String) derived.get(name + BY)));
        }
      }
    }
    return differences;
  }

  /** What is stored of a quarter, numbers as doubles; those of {@code p} under names of its own. */
  private static Map<String, Object> figures(Object quarter) {
    Map<String, Object> figures = new TreeMap<>();
    if (quarter instanceof JsonObject members) {
      for (String name : members.fieldNames()) {
        Object value = members.getValue(name);
        if (name.equals("p") && value instanceof JsonObject minutes && !minutes.isEmpty()) {
          minutes
              .fieldNames()
              .forEach(minute -> figures.put(name + WITHIN + minute, minutes.getValue(minute)));
        } else {
          // No figure has such a name.
          figures.put(
              name.contains(WITHIN) ? WITHIN + name : name,
              value instanceof Number number ? (Object) number.doubleValue() : value);
        }
      }
    }
    return figures;
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
