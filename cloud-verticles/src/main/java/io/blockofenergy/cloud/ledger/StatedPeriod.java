package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.MalformedProofException;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.IsoFields;
import java.time.temporal.TemporalAdjusters;
import java.util.Map;

/**
 * The local days that a statement is on. A calendar of the verifier's own: a fault of the one that
 * made the statement is not repeated here.
 *
 * @param noun {@code day}, {@code week}, {@code month} or {@code year}
 * @param name as it is written, such as {@code 2026-W48}
 * @param first its first day
 * @param next the day after its last
 */
record StatedPeriod(String noun, String name, LocalDate first, LocalDate next, ZoneId zone) {
  // Before, clocks went by the sun; after, the next day's year would have five digits.
  private static final LocalDate FIRST_DAY = LocalDate.of(1970, 1, 1);
  private static final LocalDate LAST_DAY = LocalDate.of(9998, 12, 31);

  // Of the list that only this machine's language has.
  private static final String OWN_ZONES = "SystemV/";

  static StatedPeriod day(LocalDate date, ZoneId zone) {
    return new StatedPeriod("day", date.toString(), date, date.plusDays(1), zone);
  }

  /**
   * @param kind of a report: {@code daily}, {@code weekly}, {@code monthly} or {@code yearly}
   * @param text {@code 2026-11-23}, {@code 2026-W48} (ISO 8601), {@code 2026-11} or {@code 2026}
   * @throws MalformedProofException when it is none
   */
  static StatedPeriod of(String kind, String text, ZoneId zone) {
    return switch (kind) {
      case "daily" -> day(date(text), zone);
      case "weekly" -> {
        LocalDate monday = monday(text);
        yield new StatedPeriod("week", text, monday, monday.plusWeeks(1), zone);
      }
      case "monthly" -> {
        LocalDate first = date(text.matches("[0-9]{4}-[0-9]{2}") ? text + "-01" : text + "?");
        yield new StatedPeriod("month", text, first, first.plusMonths(1), zone);
      }
      case "yearly" -> {
        LocalDate first = date(text.matches("[0-9]{4}") ? text + "-01-01" : text + "?");
        yield new StatedPeriod("year", text, first, first.plusYears(1), zone);
      }
      default -> throw new MalformedProofException("no report is of the kind " + kind);
    };
  }

  private static LocalDate monday(String text) {
    if (text.matches("[0-9]{4}-W[0-9]{2}")) {
      int year = Integer.parseInt(text.substring(0, 4));
      int week = Integer.parseInt(text.substring(6));
      // The week that has the fourth of January is the year's first.
      LocalDate monday =
          LocalDate.of(year, 1, 4)
              .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
              .plusWeeks(week - 1L);
      if (week >= 1
          && monday.get(IsoFields.WEEK_BASED_YEAR) == year
          && !monday.isBefore(FIRST_DAY)
          && !monday.isAfter(LAST_DAY)) {
        return monday;
      }
    }
    throw new MalformedProofException("the statement's date is not a week: " + text);
  }

  static LocalDate date(String text) {
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

  static ZoneId zone(String text) {
    if (!ZoneId.getAvailableZoneIds().contains(text) || text.startsWith(OWN_ZONES)) {
      throw new MalformedProofException("the statement's time zone is not known: " + text);
    }
    return ZoneId.of(text);
  }

  static Instant instant(Map<String, Object> members, String name, String what) {
    String text = StrictJson.member(members, name, String.class, what);
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

  /** When the first local day begins. */
  Instant begin() {
    return first.atStartOfDay(zone).toInstant();
  }

  /** When the next period begins: an hour later or earlier, where the clocks were changed. */
  Instant end() {
    return next.atStartOfDay(zone).toInstant();
  }

  /**
   * Says that these are its bounds.
   *
   * @throws MalformedProofException when they are not
   */
  String check(Instant from, Instant to) {
    if (!from.equals(begin()) || !to.equals(end())) {
      throw new MalformedProofException(
          "in "
              + zone
              + " the "
              + noun
              + " "
              + name
              + " is not from "
              + from
              + " to "
              + to
              + "; this machine's time-zone table may be older or newer than the server's");
    }
    return "In " + zone + " the " + noun + " " + name + " is from " + from + " to " + to + ".";
  }
}
