package io.blockofenergy.edge.simulator;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.MonthDay;

/** When a campus works and teaches. */
final class CampusCalendar {
  private static final MonthDay CHRISTMAS = MonthDay.of(12, 24);
  private static final MonthDay NEW_YEAR = MonthDay.of(1, 1);

  private CampusCalendar() {}

  /** Whether people come: not at weekends, nor between Christmas and New Year. */
  static boolean opens(LocalDate date) {
    MonthDay day = MonthDay.from(date);
    return date.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) < 0
        && day.isBefore(CHRISTMAS)
        && day.isAfter(NEW_YEAR);
  }

  /** How many of the lectures take place, from 0 to 1: few in the two breaks between terms. */
  static double teaching(LocalDate date) {
    if (!opens(date)) {
      return 0;
    }
    return switch (date.getMonth()) {
      case MARCH, AUGUST, SEPTEMBER -> 0.15;
      case FEBRUARY, JULY -> 0.6;
      default -> 0.85;
    };
  }
}
