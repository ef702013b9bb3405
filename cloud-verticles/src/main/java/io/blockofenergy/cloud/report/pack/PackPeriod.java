package io.blockofenergy.cloud.report.pack;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.Locale;
import java.util.Optional;

/**
 * The name of a period; when it begins and ends, the report says.
 *
 * @param kind of the report: {@code daily}, {@code weekly}, {@code monthly} or {@code yearly}
 * @param date {@code 2026-11-23}, {@code 2026-W48}, {@code 2026-11} or {@code 2026}
 */
record PackPeriod(String kind, String date) {

  /** The period of that name, by its form. */
  static Optional<PackPeriod> parse(String text) {
    try {
      if (text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")) {
        return Optional.of(new PackPeriod("daily", LocalDate.parse(text).toString()));
      } else if (text.matches("[0-9]{4}-[0-9]{2}")) {
        return Optional.of(containing("monthly", LocalDate.parse(text + "-01")));
      } else if (text.matches("[0-9]{4}-W[0-9]{2}")) {
        LocalDate fourth = LocalDate.parse(text.substring(0, 4) + "-01-04");
        long week = Long.parseLong(text.substring(6));
        return Optional.of(containing("weekly", fourth.plusWeeks(week - 1)))
            .filter(period -> period.date().equals(text));
      } else if (text.matches("[0-9]{4}")) {
        return Optional.of(new PackPeriod("yearly", text));
      }
    } catch (DateTimeException e) {
      // None, like what has another form.
    }
    return Optional.empty();
  }

  /** The period of that kind that a local day lies in. */
  static PackPeriod containing(String kind, LocalDate day) {
    String text = day.toString();
    return new PackPeriod(
        kind,
        switch (kind) {
          case "daily" -> text;
          case "weekly" ->
              String.format(
                  Locale.ROOT,
                  "%04d-W%02d",
                  day.get(IsoFields.WEEK_BASED_YEAR),
                  day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
          case "monthly" -> text.substring(0, 7);
          case "yearly" -> text.substring(0, 4);
          default -> throw new IllegalArgumentException("no period is " + kind);
        });
  }

  /** The day that is one period before another. */
  static LocalDate before(String kind, LocalDate day) {
    return switch (kind) {
      case "daily" -> day.minusDays(1);
      case "weekly" -> day.minusWeeks(1);
      case "monthly" -> day.withDayOfMonth(1).minus(1, ChronoUnit.MONTHS);
      case "yearly" -> day.withDayOfYear(1).minusYears(1);
      default -> throw new IllegalArgumentException("no period is " + kind);
    };
  }
}
