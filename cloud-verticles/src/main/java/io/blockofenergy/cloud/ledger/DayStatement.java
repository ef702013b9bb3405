package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.CounterSpan;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.MalformedProofException;
import java.math.BigDecimal;
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
    List<StatedCounter> counters,
    double energyImportKwh) {
  static final String SCHEMA = "boe.day.v1";
  private static final String QUANTITY = CounterCheck.QUANTITY;
  private static final CounterCheck.Kind KIND = CounterCheck.Kind.DAY;

  private static final String WHAT = "the statement";
  private static final Set<String> MEMBERS =
      Set.of(StatedCounter.MEMBER, "date", "device", QUANTITY, "from", "schema", "to", "zone");
  private static final int MAX_COUNTERS = 100;

  /** The statement that follows from these readings. */
  static DayStatement of(String device, LocalDate date, ZoneId zone, List<CounterSpan> spans) {
    StatedPeriod period = StatedPeriod.day(date, zone);
    BigDecimal sum =
        spans.stream()
            .map(span -> KIND.energy(span.first(), span.last()))
            .reduce(BigDecimal.ZERO, BigDecimal::add);
    return new DayStatement(
        device,
        date,
        zone,
        period.begin(),
        period.end(),
        spans.stream().map(KIND::state).toList(),
        sum.doubleValue());
  }

  Map<String, Object> members() {
    Map<String, Object> members = new TreeMap<>();
    members.put(StatedCounter.MEMBER, counters.stream().map(StatedCounter::members).toList());
    members.put("date", date.toString());
    members.put("device", device);
    members.put(QUANTITY, energyImportKwh);
    members.put("from", Reading.format(from));
    members.put("schema", SCHEMA);
    members.put("to", Reading.format(to));
    members.put("zone", zone.getId());
    return members;
  }

  /**
   * @throws MalformedProofException saying what is not of its form
   */
  static DayStatement parse(Map<String, Object> members) {
    StrictJson.onlyMembers(members, MEMBERS, WHAT);
    List<StatedCounter> counters = StatedCounter.all(members, WHAT);
    if (counters.isEmpty() || counters.size() > MAX_COUNTERS) {
      throw new MalformedProofException("the statement names no counter, or more than 100");
    }
    return new DayStatement(
        StrictJson.member(members, "device", String.class, WHAT),
        StatedPeriod.date(StrictJson.member(members, "date", String.class, WHAT)),
        StatedPeriod.zone(StrictJson.member(members, "zone", String.class, WHAT)),
        StatedPeriod.instant(members, "from", WHAT),
        StatedPeriod.instant(members, "to", WHAT),
        counters,
        StrictJson.member(members, QUANTITY, Number.class, WHAT).doubleValue());
  }

  /** What is shown when it holds, beside what it says; empty when there is nothing to add. */
  String claim(Map<String, Reading> readings) {
    String since = CounterCheck.since(from, readings.values());
    return since.isEmpty() ? "" : "the energy, " + energyImportKwh + " kWh" + since + ".";
  }

  /**
   * Computes it anew from the readings, all of which it must need.
   *
   * @param readings by id, proved to be in the log
   * @return what was shown, in plain words
   * @throws MalformedProofException when a figure does not follow
   */
  List<String> verify(Map<String, Reading> readings) {
    StatedPeriod period = StatedPeriod.day(date, zone);
    List<String> shown = new ArrayList<>();
    shown.add(period.check(from, to));
    CounterCheck.oneSource(readings.values());
    Reading one = readings.values().iterator().next();
    shown.add(
        "Its readings are of the bridge " + one.bridge() + " at the site " + one.site() + ".");
    Set<String> used = new HashSet<>();
    BigDecimal sum =
        new CounterCheck(device, from, to, KIND).verify(counters, readings, used, shown);
    for (String id : readings.keySet()) {
      if (!used.contains(id)) {
        throw new MalformedProofException("the statement does not use its input " + id);
      }
    }
    if (sum.doubleValue() != energyImportKwh) {
      throw new MalformedProofException(
          "the energies add up to " + CounterCheck.plain(sum) + " kWh, not " + energyImportKwh);
    }
    shown.add("So " + device + " took " + CounterCheck.plain(sum) + " kWh on " + date + ".");
    return shown;
  }
}
