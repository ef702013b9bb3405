package io.blockofenergy.edge.simulator;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A load over all days, shared by every meter that has it: it keeps each day's totals, so that the
 * integral up to any day costs one look-up, and the shapes of a few days. For one thread.
 */
final class LoadShape {
  private static final int DAYS_KEPT = 8;

  /**
   * A day with what came before it.
   *
   * @param start its midnight, in seconds since 1970
   * @param drawnHoursBefore integral of the level above zero from the first day up to this one
   * @param returnedHoursBefore the same below zero
   */
  record Day(
      LocalDate date,
      long start,
      long end,
      DayShape shape,
      double drawnHoursBefore,
      double returnedHoursBefore) {

    private boolean holds(double second) {
      return second >= start && second < end;
    }
  }

  private final Load load;
  private final long seed;
  private final ZoneId zone;
  private final LocalDate firstDay;
  private final List<Double> drawnHoursBefore = new ArrayList<>(List.of(0.0));
  private final List<Double> returnedHoursBefore = new ArrayList<>(List.of(0.0));
  private final Map<LocalDate, Day> days =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<LocalDate, Day> eldest) {
          return size() > DAYS_KEPT;
        }
      };
  private Day last;

  /**
   * @param seed of this load and no other
   */
  LoadShape(Load load, long seed, ZoneId zone) {
    this.load = load;
    this.seed = seed;
    this.zone = zone;
    // One day more than is counted: a meter's rhythm can lead it back over midnight.
    this.firstDay = Meter.COUNTING_SINCE.atZone(zone).toLocalDate().minusDays(1);
    this.last = day(firstDay);
  }

  /**
   * The day that a moment falls on.
   *
   * @param second since 1970, not before the day that precedes {@link Meter#COUNTING_SINCE}
   */
  Day day(double second) {
    if (!last.holds(second)) {
      last = day(Instant.ofEpochSecond((long) second).atZone(zone).toLocalDate());
    }
    return last;
  }

  private Day day(LocalDate date) {
    Day day = days.get(date);
    if (day == null) {
      int index = (int) (date.toEpochDay() - firstDay.toEpochDay());
      while (drawnHoursBefore.size() <= index) {
        int known = drawnHoursBefore.size() - 1;
        DayShape shape = shape(firstDay.plusDays(known));
        double hours = shape.hours();
        drawnHoursBefore.add(drawnHoursBefore.get(known) + shape.drawnHours(hours));
        returnedHoursBefore.add(returnedHoursBefore.get(known) + shape.returnedHours(hours));
      }
      day =
          new Day(
              date,
              startOf(date),
              startOf(date.plusDays(1)),
              shape(date),
              drawnHoursBefore.get(index),
              returnedHoursBefore.get(index));
      days.put(date, day);
    }
    return day;
  }

  private DayShape shape(LocalDate date) {
    double hours = (startOf(date.plusDays(1)) - startOf(date)) / 3_600.0;
    return load.draw(date, hours, Chance.of(seed, "", date));
  }

  private long startOf(LocalDate date) {
    return date.atStartOfDay(zone).toEpochSecond();
  }
}
