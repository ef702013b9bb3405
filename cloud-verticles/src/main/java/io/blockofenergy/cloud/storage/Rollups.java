package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What readings make of the rollups: documents of a device, counter epoch and a quarter of a UTC
 * day, with members for each quarter hour, as {@code docs/formats.md} has them. Every fold is a
 * minimum or a maximum, so their order and number do not matter. Used by one thread at a time.
 */
final class Rollups {
  static final String ID = "_id";

  /**
   * Hours in a document. Each fold writes its documents anew, so they should be small; each is a
   * document to be found when a year is read, so they should be few.
   */
  private static final int PART_HOURS = 6;

  private static final int LAST_YEAR = 9999;
  private static final int DATE_CHARACTERS = 10;
  private static final int HOUR_AT = 11;
  private static final int MINUTE_AT = 14;
  private static final int SECOND_AT = 17;
  private static final int MILLISECOND_AT = 20;
  private static final int QUARTER_MINUTES = 15;

  /** A millisecond's digits in its minute. */
  private static final int MINUTE_DIGITS = 5;

  /** A document and what its members must not be above, and not be below. */
  private static final class Fold {
    final JsonObject names;
    final Map<String, Object> least = new TreeMap<>();
    final Map<String, Object> greatest = new TreeMap<>();

    Fold(JsonObject names) {
      this.names = names;
    }
  }

  private final Map<String, Fold> folds = new TreeMap<>();
  private final RollupVersions.Changes changes = new RollupVersions.Changes();

  /** A reading without an energy counter and without power changes nothing. */
  static Rollups of(Collection<Reading> readings) {
    Rollups rollups = new Rollups();
    readings.forEach(rollups::add);
    return rollups;
  }

  private void add(Reading reading) {
    Double imported = reading.quantities().get("energyImportKwh");
    Double exported = reading.quantities().get("energyExportKwh");
    Double power = reading.quantities().get("powerW");
    if (imported == null && exported == null && power == null) {
      return;
    }
    String at = Reading.format(reading.measuredAt());
    String day = at.substring(0, DATE_CHARACTERS);
    Fold fold =
        folds.computeIfAbsent(
            id(reading.device(), part(at), reading.counterEpoch()),
            id -> {
              changes.add(reading.device(), day);
              return new Fold(
                  new JsonObject()
                      .put("device", reading.device())
                      .put("day", day)
                      .put("counterEpoch", reading.counterEpoch()));
            });
    String quarter = "q." + quarter(at) + '.';
    String reference = at + ' ' + reading.sortableId() + ' ';
    if (imported != null) {
      span(fold, quarter, "Import", reference, imported);
    }
    if (exported != null) {
      span(fold, quarter, "Export", reference, exported);
    }
    if (power != null) {
      double unsigned = unsigned(power);
      fold.least.merge(quarter + "lowW", unsigned, Rollups::lesser);
      fold.greatest.merge(quarter + "peakW", unsigned, Rollups::greater);
      if (imported == null && exported == null) {
        // Of one width up to the watts, so that the greatest text is the last of the minute.
        String last = at.substring(SECOND_AT, SECOND_AT + 2) + at.substring(MILLISECOND_AT);
        fold.greatest.merge(
            quarter + "p." + minute(at),
            last.substring(0, MINUTE_DIGITS) + ' ' + number(unsigned),
            Rollups::greater);
      }
    }
  }

  private static void span(
      Fold fold, String quarter, String counter, String reference, double kwh) {
    String text = reference + number(kwh);
    fold.least.merge(quarter + "first" + counter, text, Rollups::lesser);
    fold.greatest.merge(quarter + "last" + counter, text, Rollups::greater);
    fold.least.merge(quarter + "least" + counter, unsigned(kwh), Rollups::lesser);
    fold.greatest.merge(quarter + "greatest" + counter, unsigned(kwh), Rollups::greater);
  }

  /** -0 and 0 are equal, so that the one to come first would stay. */
  private static double unsigned(double value) {
    return value + 0.0;
  }

  /** {@code 00} to {@code 14}, of the quarter hour. */
  private static String minute(String at) {
    int minute = Integer.parseInt(at, MINUTE_AT, MINUTE_AT + 2, 10) % QUARTER_MINUTES;
    return (minute < 10 ? "0" : "") + minute;
  }

  private static Object lesser(Object a, Object b) {
    return compare(a, b) <= 0 ? a : b;
  }

  private static Object greater(Object a, Object b) {
    return compare(a, b) >= 0 ? a : b;
  }

  /** Texts are ASCII, so that their order here is the store's. */
  private static int compare(Object a, Object b) {
    return a instanceof String text
        ? text.compareTo((String) b)
        : Double.compare((Double) a, (Double) b);
  }

  private static String number(double value) {
    return new String(CanonicalJson.bytes(value), StandardCharsets.UTF_8);
  }

  /** {@code 00} to {@code 95} for an instant as readings write it. */
  private static String quarter(String at) {
    int hour = Integer.parseInt(at, HOUR_AT, HOUR_AT + 2, 10);
    int minute = Integer.parseInt(at, MINUTE_AT, MINUTE_AT + 2, 10);
    int quarter = hour * (60 / QUARTER_MINUTES) + minute / QUARTER_MINUTES;
    return quarter < 10 ? "0" + quarter : Integer.toString(quarter);
  }

  /** The days that {@link #upserts} change. */
  RollupVersions.Changes changes() {
    return changes;
  }

  /** One upsert a document. */
  List<BulkOperation> upserts() {
    List<BulkOperation> upserts = new ArrayList<>(folds.size());
    folds.forEach(
        (id, fold) ->
            upserts.add(
                BulkOperation.createUpdate(
                    new JsonObject().put(ID, id),
                    new JsonObject()
                        .put("$setOnInsert", fold.names)
                        .put("$min", new JsonObject(fold.least))
                        .put("$max", new JsonObject(fold.greatest)),
                    true,
                    false)));
    return upserts;
  }

  private static String id(String device, String part, String counterEpoch) {
    return prefix(device) + part + '/' + encoded(counterEpoch);
  }

  /** {@code 2026-11-23T06} for an instant as readings write it. */
  private static String part(String at) {
    int hour = Integer.parseInt(at, HOUR_AT, HOUR_AT + 2, 10);
    hour -= hour % PART_HOURS;
    return at.substring(0, HOUR_AT) + (hour < 10 ? "0" : "") + hour;
  }

  /** What the ids of a device's documents begin with, before the day. */
  static String prefix(String device) {
    return encoded(device) + '/';
  }

  /** The ids of a day and of later ones are not below this; those of earlier days are. */
  static String lowest(String device, LocalDate day) {
    return lowest(device, day.getYear(), day(day));
  }

  /**
   * @param time of that year, as ids have it after the device
   */
  static String lowest(String device, int year, String time) {
    // What comes after the last year that instants can name sorts after all of them.
    return prefix(device) + (year > LAST_YEAR ? ":" : time);
  }

  /** {@code uuuu-MM-dd}. */
  static String day(LocalDate day) {
    return day.toString();
  }

  /** Percent-encoded as UTF-8, but for the characters that names are mostly made of. */
  private static String encoded(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (each & 0xff);
      if (c >= 'A' && c <= 'Z'
          || c >= 'a' && c <= 'z'
          || c >= '0' && c <= '9'
          || c == '.'
          || c == '_'
          || c == '-') {
        out.append(c);
      } else {
        out.append('%')
            .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
            .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
      }
    }
    return out.toString();
  }
}
