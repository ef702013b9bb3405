package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.CounterSpan;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Makes the statement of a report, see {@link ReportStatement}: of each device the spans of its
 * counter that the readings show. A device whose figure they do not show is named as such, rather
 * than that there is no receipt for the others.
 */
final class ReportSources {
  private static final CounterCheck.Kind KIND = CounterCheck.Kind.REPORT;

  /** What a bundle can hold. */
  private static final int MAX_INPUTS = 10_000;

  private static final Comparator<Reading> BY_TIME =
      Comparator.comparing(Reading::measuredAt)
          .thenComparing(each -> ReadingId.parse(each.id()).map(ReadingId::sortable).orElse(""));

  private final JsonObject report;
  private final Map<String, List<Reading>> byDevice = new TreeMap<>();
  private final boolean someErased;
  private final Map<String, LoggedRecord> entries = new LinkedHashMap<>();
  private final List<Map<String, Object>> sources = new ArrayList<>();

  /**
   * @param report {@code boe.report.v1} as the API gives it
   * @param evidence the readings at the ends of its counters' spans, in any order
   * @param someErased whether some that belong to them were erased
   */
  ReportSources(JsonObject report, Collection<Reading> evidence, boolean someErased) {
    // As it would be read from the API: of the plain types that JSON has.
    this.report = new JsonObject(report.toBuffer());
    this.someErased = someErased;
    evidence.stream()
        .filter(each -> each.quantities().containsKey(CounterCheck.QUANTITY))
        .sorted(BY_TIME)
        .forEach(
            each -> byDevice.computeIfAbsent(each.device(), none -> new ArrayList<>()).add(each));
    JsonArray devices = this.report.getJsonArray("devices", new JsonArray());
    for (int i = 0; i < devices.size(); i++) {
      sources.add(source(devices.getJsonObject(i)));
    }
  }

  /** The entries of the log that the statement follows from; none when it shows nothing. */
  List<LoggedRecord> entries() {
    return List.copyOf(entries.values());
  }

  /**
   * The statement.
   *
   * @param tariff the tariff that the report names
   */
  Map<String, Object> statement(Optional<JsonObject> tariff) {
    Map<String, Object> statement = new TreeMap<>();
    statement.put("schema", ReportStatement.SCHEMA);
    statement.put("report", withoutNulls(report));
    statement.put("sources", sources);
    tariff.ifPresent(terms -> statement.put("tariff", withoutNulls(terms)));
    return statement;
  }

  private Map<String, Object> source(JsonObject device) {
    String name = device.getString("device");
    Map<String, Object> source = new TreeMap<>();
    source.put("device", name);
    List<Reading> its = byDevice.getOrDefault(name, List.of());
    if (Boolean.TRUE.equals(device.getBoolean("estimated"))) {
      source.put("notShown", "estimated");
      return source;
    }
    if (its.stream()
        .anyMatch(
            each ->
                !each.bridge().equals(its.get(0).bridge())
                    || !each.site().equals(site(its.get(0))))) {
      source.put("notShown", "mixed-bridges");
      return source;
    }
    List<CounterSpan> spans = spans(its);
    BigDecimal energy =
        spans.stream()
            .map(span -> KIND.energy(span.first(), span.last()))
            .reduce(BigDecimal.ZERO, BigDecimal::add);
    if (energy.doubleValue() != device.getDouble("energyKwh")) {
      source.put("notShown", someErased ? "erased" : "differs");
      return source;
    }
    if (entries.size() + 2 * spans.size() > MAX_INPUTS) {
      source.put("notShown", "too-many");
      return source;
    }
    for (CounterSpan span : spans) {
      entries.putIfAbsent(span.first().id(), LoggedRecord.of(span.first()));
      entries.putIfAbsent(span.last().id(), LoggedRecord.of(span.last()));
    }
    source.put(
        StatedCounter.MEMBER, spans.stream().map(KIND::state).map(StatedCounter::members).toList());
    source.put(CounterCheck.QUANTITY, energy.doubleValue());
    return source;
  }

  /** The site that all of a device's readings must be of. */
  private String site(Reading one) {
    String site = report.getString("site");
    return site == null ? one.site() : site;
  }

  /** A span ends where the epoch does, and where the counter falls. */
  private List<CounterSpan> spans(List<Reading> ends) {
    Instant from = Instant.parse(report.getString("from"));
    Instant to = Instant.parse(report.getString("to"));
    List<CounterSpan> spans = new ArrayList<>();
    Reading first = null;
    Reading last = null;
    for (Reading end : ends) {
      boolean goesOn =
          last != null
              && last.counterEpoch().equals(end.counterEpoch())
              && KIND.counter(end).compareTo(KIND.counter(last)) >= 0;
      if (!goesOn && last != null) {
        spans.add(new CounterSpan(first, last));
      }
      first = goesOn ? first : end;
      last = end;
    }
    if (last != null) {
      spans.add(new CounterSpan(first, last));
    }
    spans.removeIf(
        span -> span.last().measuredAt().isBefore(from) || !span.last().measuredAt().isBefore(to));
    return spans;
  }

  /** As canonical JSON is made of: members that are null are left out. */
  static Map<String, Object> withoutNulls(JsonObject object) {
    Map<String, Object> members = new TreeMap<>();
    for (String name : object.fieldNames()) {
      Object value = object.getValue(name);
      if (value != null) {
        members.put(name, plain(value));
      }
    }
    return members;
  }

  private static Object plain(Object value) {
    if (value instanceof JsonObject object) {
      return withoutNulls(object);
    }
    if (value instanceof JsonArray array) {
      List<Object> items = new ArrayList<>();
      for (int i = 0; i < array.size(); i++) {
        items.add(plain(array.getValue(i)));
      }
      return items;
    }
    return value;
  }
}
