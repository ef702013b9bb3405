package io.blockofenergy.cloud.report;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.temporal.IsoFields;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A local day, ISO 8601 week, month or year in a time zone. Its bounds, and those of its rows, are
 * those of quarter hours.
 *
 * @param kind day, week, month or year
 * @param date {@code 2026-11-23}, {@code 2026-W48}, {@code 2026-11} or {@code 2026}
 * @param zone whose days it has
 * @param firstDay local
 * @param endDay the local day after the last
 * @param from number of the first quarter hour
 * @param to of the first one after it
 */
public record Period(
    ReportKind kind,
    String date,
    ZoneId zone,
    LocalDate firstDay,
    LocalDate endDay,
    long from,
    long to) {
  private static final int FIRST_YEAR = 1970;
  private static final int LAST_YEAR = 9998;

  /**
   * The period of that name.
   *
   * @throws MalformedPeriodException when there is none, or none from 1970 to 9998, saying what a
   *     right one looks like
   */
  public static Period parse(ReportKind kind, String date, ZoneId zone) {
    LocalDate day = firstDay(kind, date);
    int year = kind == ReportKind.WEEKLY ? Integer.parseInt(date.substring(0, 4)) : day.getYear();
    // A week may begin in the year before.
    if (day.getYear() < FIRST_YEAR || year > LAST_YEAR) {
      throw new MalformedPeriodException(
          "date must be from the years " + FIRST_YEAR + " to " + LAST_YEAR);
    }
    Period period = of(kind, day, zone);
    if (period.from == period.to) {
      throw new MalformedPeriodException("there was no " + date + " in " + zone);
    }
    return period;
  }

  private static LocalDate firstDay(ReportKind kind, String date) {
    try {
      switch (kind) {
        case DAILY:
          if (date.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")) {
            return LocalDate.parse(date);
          }
          break;
        case WEEKLY:
          if (date.matches("[0-9]{4}-W[0-9]{2}")) {
            LocalDate inFirst = LocalDate.of(Integer.parseInt(date.substring(0, 4)), 1, 4);
            LocalDate day =
                inFirst
                    .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
                    .plusWeeks(Integer.parseInt(date.substring(6)) - 1L);
            if (name(kind, day).equals(date)) {
              return day;
            }
          }
          break;
        case MONTHLY:
          if (date.matches("[0-9]{4}-[0-9]{2}")) {
            return YearMonth.parse(date).atDay(1);
          }
          break;
        case YEARLY:
          if (date.matches("[0-9]{4}")) {
            return LocalDate.of(Integer.parseInt(date), 1, 1);
          }
          break;
        default:
          break;
      }
    } catch (DateTimeException e) {
      // Falls through to the one message.
    }
    throw new MalformedPeriodException(
        "date must be such as " + kind.example() + " in a " + kind.text() + " report");
  }

  /** The period in which an instant lies. */
  public static Period at(ReportKind kind, Instant instant, ZoneId zone) {
    LocalDate day = LocalDateTime.ofInstant(instant, zone).toLocalDate();
    return of(kind, begin(kind, day), zone);
  }

  private static LocalDate begin(ReportKind kind, LocalDate day) {
    return switch (kind) {
      case DAILY -> day;
      case WEEKLY -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
      case MONTHLY -> day.withDayOfMonth(1);
      case YEARLY -> day.withDayOfYear(1);
    };
  }

  private static Period of(ReportKind kind, LocalDate day, ZoneId zone) {
    LocalDate end =
        switch (kind) {
          case DAILY -> day.plusDays(1);
          case WEEKLY -> day.plusWeeks(1);
          case MONTHLY -> day.plusMonths(1);
          case YEARLY -> day.plusYears(1);
        };
    return new Period(
        kind, name(kind, day), zone, day, end, Quarters.of(day, zone), Quarters.of(end, zone));
  }

  private static String name(ReportKind kind, LocalDate day) {
    return switch (kind) {
      case DAILY -> day.toString();
      case WEEKLY ->
          String.format(
              Locale.ROOT,
              "%04d-W%02d",
              day.get(IsoFields.WEEK_BASED_YEAR),
              day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case MONTHLY -> YearMonth.from(day).toString();
      case YEARLY -> String.format(Locale.ROOT, "%04d", day.getYear());
    };
  }

  /**
   * The one before it; empty when that begins before 1970. A day that a zone has skipped is passed
   * over.
   */
  public Optional<Period> previous() {
    Period before = of(kind, begin(kind, firstDay.minusDays(1)), zone);
    return before.firstDay.getYear() < FIRST_YEAR
        ? Optional.empty()
        : before.from == before.to ? before.previous() : Optional.of(before);
  }

  /** The first quarter hour of the local month in which it begins. */
  long monthFrom() {
    return Quarters.of(firstDay.withDayOfMonth(1), zone);
  }

  /**
   * Where the same share of another period has passed as of this one at a time.
   *
   * @param now number of the first quarter hour that has not passed
   * @return a quarter hour's number, from the other's begin to its end
   */
  long sameShare(Period other, long now) {
    if (now >= to) {
      return other.to;
    }
    long passed = Math.max(0, now - from);
    return other.from + Math.floorDiv(passed * (other.to - other.from), to - from);
  }

  /**
   * The local day after the last one of this period that has begun before a quarter hour; the first
   * day when none has.
   */
  LocalDate begunBefore(long quarter) {
    if (quarter <= from) {
      return firstDay;
    }
    LocalDate last =
        LocalDateTime.ofInstant(Quarters.instant(Math.min(quarter, to) - 1), zone).toLocalDate();
    return last.isBefore(endDay) ? last.plusDays(1) : endDay;
  }

  /**
   * Local hours of a day, days of a week or month, months of a year. They tile the period.
   *
   * <p>An hour is where the local clock shows it without a break: on a day on which the clocks are
   * set back one comes twice, and in zones that set them by half an hour one has two quarters.
   */
  List<PeriodRow> rows() {
    List<PeriodRow> rows = new ArrayList<>();
    if (kind == ReportKind.DAILY) {
      hours(rows);
      return rows;
    }
    boolean months = kind == ReportKind.YEARLY;
    for (LocalDate day = firstDay; day.isBefore(endDay); ) {
      LocalDate next = months ? day.plusMonths(1) : day.plusDays(1);
      long begin = Quarters.of(day, zone);
      long end = Quarters.of(next, zone);
      if (begin < end) {
        rows.add(
            new PeriodRow(months ? YearMonth.from(day).toString() : day.toString(), begin, end));
      }
      day = next;
    }
    return rows;
  }

  private void hours(List<PeriodRow> rows) {
    long begin = from;
    LocalDateTime before = LocalDateTime.ofInstant(Quarters.instant(from), zone);
    int hour = before.getHour();
    for (long quarter = from + 1; quarter < to; quarter++) {
      LocalDateTime local = LocalDateTime.ofInstant(Quarters.instant(quarter), zone);
      if (local.getHour() != hour || local.isBefore(before)) {
        rows.add(new PeriodRow(label(hour), begin, quarter));
        begin = quarter;
        hour = local.getHour();
      }
      before = local;
    }
    rows.add(new PeriodRow(label(hour), begin, to));
  }

  private static String label(int hour) {
    return String.format(Locale.ROOT, "%02d:00", hour);
  }
}
