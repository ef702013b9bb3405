package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.CounterSpan;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.MalformedProofException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The energy that a device took on one local day, {@code boe.day.v1} of docs/formats.md. Of each
 * counter epoch it names the readings whose counters bound the day: energy is last minus first.
 *
 * @param device the sensor
 * @param date the day
 * @param zone IANA name of the time zone
 * @param from when the day begins
 * @param to when the next one begins
 * @param counters by time; each with another epoch than the one before
 * @param energyImportKwh the sum
 */
record DayStatement(
    String device,
    LocalDate date,
    ZoneId zone,
    Instant from,
    Instant to,
    List<Counter> counters,
    double energyImportKwh) {
  static final String SCHEMA = "boe.day.v1";
  static final String QUANTITY = "energyImportKwh";

  private static final String WHAT = "the statement";
  private static final Set<String> MEMBERS =
      Set.of("counters", "date", "device", QUANTITY, "from", "schema", "to", "zone");
  private static final Set<String> COUNTER_MEMBERS =
      Set.of("counterEpoch", QUANTITY, "first", "last");
  private static final int MAX_COUNTERS = 100;

  // Before, clocks went by the sun; after, the next day's year would have five digits.
  private static final LocalDate FIRST_DAY = LocalDate.of(1970, 1, 1);
  private static final LocalDate LAST_DAY = LocalDate.of(9998, 12, 31);

  // Of the list that only this machine's language has.
  private static final String OWN_ZONES = "SystemV/";

  /**
   * What one epoch of the counter adds.
   *
   * @param epoch the readings' {@code counterEpoch}
   * @param first id of the reading from which it counts: the last before the day, or, when the
   *     counter began in the day, its first
   * @param last id of its last reading of the day
   */
  record Counter(String epoch, String first, String last, double energyImportKwh) {}

  /** The statement that follows from these readings. */
  static DayStatement of(String device, LocalDate date, ZoneId zone, List<CounterSpan> spans) {
    List<Counter> counters = new ArrayList<>();
    BigDecimal sum = BigDecimal.ZERO;
    for (CounterSpan span : spans) {
      BigDecimal energy = energy(span.first(), span.last());
      sum = sum.add(energy);
      counters.add(
          new Counter(
              span.first().counterEpoch(),
              span.first().id(),
              span.last().id(),
              energy.doubleValue()));
    }
    return new DayStatement(
        device, date, zone, begin(date, zone), end(date, zone), counters, sum.doubleValue());
  }

  /** When the local day begins. */
  static Instant begin(LocalDate date, ZoneId zone) {
    return date.atStartOfDay(zone).toInstant();
  }

  /** When the next local day begins: after 23 or 25 hours, where the clocks were changed. */
  static Instant end(LocalDate date, ZoneId zone) {
    return begin(date.plusDays(1), zone);
  }

  /** Exact: decimals as they are written, not the nearest doubles. */
  private static BigDecimal energy(Reading first, Reading last) {
    return decimal(last).subtract(decimal(first));
  }

  private static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }

  private static BigDecimal decimal(Reading reading) {
    // As RFC 8785 writes the number, which Double.toString does not always.
    byte[] written = CanonicalJson.bytes(reading.quantities().get(QUANTITY));
    return new BigDecimal(new String(written, StandardCharsets.US_ASCII));
  }

  Map<String, Object> members() {
    Map<String, Object> members = new TreeMap<>();
    members.put("counters", counters.stream().map(DayStatement::members).toList());
    members.put("date", date.toString());
    members.put("device", device);
    members.put(QUANTITY, energyImportKwh);
    members.put("from", Reading.format(from));
    members.put("schema", SCHEMA);
    members.put("to", Reading.format(to));
    members.put("zone", zone.getId());
    return members;
  }

  private static Map<String, Object> members(Counter counter) {
    return new TreeMap<>(
        Map.of(
            "counterEpoch",
            counter.epoch(),
            QUANTITY,
            counter.energyImportKwh(),
            "first",
            counter.first(),
            "last",
            counter.last()));
  }

  /**
   * @throws MalformedProofException saying what is not of its form
   */
  static DayStatement parse(Map<String, Object> members) {
    StrictJson.onlyMembers(members, MEMBERS, WHAT);
    List<Counter> counters = new ArrayList<>();
    for (Map<String, Object> each : StrictJson.objects(members, "counters", WHAT)) {
      String what = "counter " + counters.size() + " of the statement";
      StrictJson.onlyMembers(each, COUNTER_MEMBERS, what);
      counters.add(
          new Counter(
              StrictJson.member(each, "counterEpoch", String.class, what),
              StrictJson.member(each, "first", String.class, what),
              StrictJson.member(each, "last", String.class, what),
              StrictJson.member(each, QUANTITY, Number.class, what).doubleValue()));
    }
    if (counters.isEmpty() || counters.size() > MAX_COUNTERS) {
      throw new MalformedProofException("the statement names no counter, or more than 100");
    }
    return new DayStatement(
        StrictJson.member(members, "device", String.class, WHAT),
        date(StrictJson.member(members, "date", String.class, WHAT)),
        zone(StrictJson.member(members, "zone", String.class, WHAT)),
        instant(members, "from"),
        instant(members, "to"),
        counters,
        StrictJson.member(members, QUANTITY, Number.class, WHAT).doubleValue());
  }

  private static LocalDate date(String text) {
    try {
      if (text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")) {
        LocalDate date = LocalDate.parse(text);
        if (!date.isBefore(FIRST_DAY) && !date.isAfter(LAST_DAY)) {
          return date;
        }
      }
    } catch (DateTimeException e) {
      // Falls through to the one message.
    }
    throw new MalformedProofException("the statement's date is not a day: " + text);
  }

  private static ZoneId zone(String text) {
    if (!ZoneId.getAvailableZoneIds().contains(text) || text.startsWith(OWN_ZONES)) {
      throw new MalformedProofException("the statement's time zone is not known: " + text);
    }
    return ZoneId.of(text);
  }

  private static Instant instant(Map<String, Object> members, String name) {
    String text = StrictJson.member(members, name, String.class, WHAT);
    try {
      Instant instant = Instant.parse(text);
      if (Reading.format(instant).equals(text)) {
        return instant;
      }
    } catch (DateTimeException e) {
      // Falls through to the one message.
    }
    throw new MalformedProofException("the statement's " + name + " is not an instant: " + text);
  }

  /**
   * Computes it anew from the readings, all of which it must need.
   *
   * @param readings by id, proved to be in the log
   * @return what was shown, in plain words
   * @throws MalformedProofException when a figure does not follow
   */
  List<String> verify(Map<String, Reading> readings) {
    if (!from.equals(begin(date, zone)) || !to.equals(end(date, zone))) {
      throw new MalformedProofException(
          "in "
              + zone
              + " the day "
              + date
              + " is not from "
              + from
              + " to "
              + to
              + "; this machine's time-zone table may be older or newer than the server's");
    }
    List<String> shown = new ArrayList<>();
    shown.add("In " + zone + " the day " + date + " is from " + from + " to " + to + ".");
    shown.add(oneSource(readings));
    Set<String> used = new HashSet<>();
    BigDecimal sum = BigDecimal.ZERO;
    Counter before = null;
    for (Counter counter : counters) {
      Reading first = reading(counter.first(), counter, readings);
      Reading last = reading(counter.last(), counter, readings);
      used.add(counter.first());
      used.add(counter.last());
      inOrder(first, last, before == null ? null : readings.get(before.last()));
      BigDecimal energy = energy(first, last);
      if (energy.doubleValue() != counter.energyImportKwh()) {
        throw new MalformedProofException(
            "from "
                + counter.first()
                + " to "
                + counter.last()
                + " the counter went by "
                + plain(energy)
                + " kWh, not "
                + counter.energyImportKwh());
      }
      sum = sum.add(energy);
      shown.add(words(first, last, energy));
      before = counter;
    }
    for (String id : readings.keySet()) {
      if (!used.contains(id)) {
        throw new MalformedProofException("the statement does not use its input " + id);
      }
    }
    if (sum.doubleValue() != energyImportKwh) {
      throw new MalformedProofException(
          "the energies add up to " + plain(sum) + " kWh, not " + energyImportKwh);
    }
    shown.add("So " + device + " took " + plain(sum) + " kWh on " + date + ".");
    return shown;
  }

  /** A device's name is unique at its bridge only, so two meters may bear it. */
  private static String oneSource(Map<String, Reading> readings) {
    Reading one = readings.values().iterator().next();
    for (Reading each : readings.values()) {
      if (!each.bridge().equals(one.bridge()) || !each.site().equals(one.site())) {
        throw new MalformedProofException(
            one.id() + " and " + each.id() + " are not of one bridge and one site");
      }
    }
    return "Its readings are of the bridge " + one.bridge() + " at the site " + one.site() + ".";
  }

  private Reading reading(String id, Counter counter, Map<String, Reading> readings) {
    Reading reading = readings.get(id);
    if (reading == null) {
      throw new MalformedProofException("the statement names " + id + ", which is no input");
    }
    if (!reading.device().equals(device)) {
      throw new MalformedProofException(
          id + " is of " + reading.device() + ", the statement is on " + device);
    }
    if (!reading.quantities().containsKey(QUANTITY)) {
      throw new MalformedProofException(id + " has no " + QUANTITY);
    }
    if (!reading.counterEpoch().equals(counter.epoch())) {
      throw new MalformedProofException(
          id + " is not of the counter epoch \"" + counter.epoch() + "\" that is stated");
    }
    return reading;
  }

  /**
   * @param before the last reading of the counter before, or null
   */
  private void inOrder(Reading first, Reading last, Reading before) {
    if (last.measuredAt().isBefore(from) || !last.measuredAt().isBefore(to)) {
      throw new MalformedProofException(last.id() + " was not measured on that day");
    }
    if (first.measuredAt().isAfter(last.measuredAt())) {
      throw new MalformedProofException(first.id() + " was measured after " + last.id());
    }
    if (before != null) {
      if (!before.measuredAt().isBefore(first.measuredAt())) {
        throw new MalformedProofException(first.id() + " was not measured after " + before.id());
      }
      if (before.counterEpoch().equals(first.counterEpoch())) {
        throw new MalformedProofException("two counters in turn are of the same epoch");
      }
    }
  }

  private String words(Reading first, Reading last, BigDecimal energy) {
    StringBuilder words =
        new StringBuilder("The counter stood at ")
            .append(plain(decimal(first)))
            .append(" kWh at ")
            .append(Reading.format(first.measuredAt()));
    if (first.measuredAt().isBefore(from)) {
      words.append(" (").append(span(first.measuredAt(), from)).append(" before the day)");
    }
    words
        .append(" and at ")
        .append(plain(decimal(last)))
        .append(" kWh at ")
        .append(Reading.format(last.measuredAt()))
        .append(" (")
        .append(span(last.measuredAt(), to))
        .append(" before the day ended): ")
        .append(plain(energy))
        .append(" kWh.");
    if (energy.signum() < 0) {
      words.append(" It went backwards, which a counter should not.");
    }
    return words.toString();
  }

  private static String span(Instant from, Instant to) {
    Duration between = Duration.between(from, to);
    if (between.toSeconds() < 120) {
      return between.toSeconds() + " s";
    }
    long minutes = between.toMinutes();
    return minutes < 120 ? minutes + " min" : minutes / 60 + " h " + minutes % 60 + " min";
  }
}
