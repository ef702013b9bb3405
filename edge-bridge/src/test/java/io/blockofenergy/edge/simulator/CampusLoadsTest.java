package io.blockofenergy.edge.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Days and weeks as one would expect them of a campus, over a year. */
class CampusLoadsTest {
  private static final Predicate<LocalDate> WORKING =
      date -> date.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) < 0 && !holidays(date);
  private static final Predicate<LocalDate> WEEKEND =
      date -> date.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) >= 0;
  private static final Predicate<LocalDate> ANY = date -> true;

  private final Weather weather = new Weather(4);
  private final Photovoltaics sun = new Photovoltaics(4, ZoneOffset.UTC);

  @Test
  void desksAreUsedInWorkingHoursAndNotAtWeekends() {
    Load desk = new Desk();
    assertThat(mean(desk, WORKING, 9.5, 16)).isBetween(0.45, 0.85);
    assertThat(mean(desk, WORKING, 9.5, 11)).isGreaterThan(1.15 * mean(desk, WORKING, 11.5, 13.5));
    assertThat(mean(desk, WORKING, 21, 24)).isLessThan(0.05);
    assertThat(mean(desk, WEEKEND, 9.5, 16)).isLessThan(0.1);
  }

  @Test
  void lightsBurnLongerInWinter() {
    Load light = new OfficeLighting();
    double winter = mean(light, WORKING.and(in(Month.DECEMBER)), 6, 20);
    double summer = mean(light, WORKING.and(in(Month.JUNE)), 6, 20);
    assertThat(winter).isGreaterThan(1.25 * summer);
    assertThat(mean(light, WEEKEND, 6, 20)).isLessThan(0.15 * winter);
    assertThat(mean(light, WORKING, 23, 24)).isLessThan(0.1);
  }

  @Test
  void lectureHallsFollowTheTerms() {
    Load hall = new LectureHall();
    double term = mean(hall, WORKING.and(in(Month.NOVEMBER)), 8, 18);
    assertThat(term).isGreaterThan(3 * mean(hall, WORKING.and(in(Month.SEPTEMBER)), 8, 18));
    assertThat(mean(hall, WORKING.and(in(Month.NOVEMBER)), 8.3, 9.6))
        .isGreaterThan(2 * mean(hall, WORKING.and(in(Month.NOVEMBER)), 9.8, 9.95));
    assertThat(mean(hall, WEEKEND, 8, 18)).isLessThan(0.05);
  }

  @Test
  void theKitchenCooksTowardsNoonAndItsColdRoomsNeverRest() {
    Load kitchen = new Kitchen();
    double noon = mean(kitchen, WORKING, 11, 13);
    assertThat(noon).isGreaterThan(0.6);
    assertThat(noon).isGreaterThan(1.3 * mean(kitchen, WORKING, 14, 15));
    assertThat(mean(kitchen, WORKING, 18, 24)).isBetween(0.05, 0.15);
    assertThat(mean(kitchen, WEEKEND, 11, 13)).isBetween(0.05, 0.15);
  }

  @Test
  void theServerRoomIsFlat() {
    Load servers = new ServerRoom();
    for (Predicate<LocalDate> days : Stream.of(WORKING, WEEKEND).toList()) {
      for (int hour = 0; hour < 24; hour++) {
        assertThat(mean(servers, days, hour, hour + 1)).isBetween(0.92, 1.0);
      }
    }
  }

  @Test
  void heatPumpsHeatInWinterAndVentilationRunsFasterWhenItIsWarm() {
    Load heating = new Heating(weather);
    assertThat(mean(heating, in(Month.JANUARY), 6, 20))
        .isGreaterThan(4 * mean(heating, in(Month.JULY), 6, 20));
    assertThat(mean(heating, WORKING.and(in(Month.JANUARY)), 6, 9))
        .isGreaterThan(1.3 * mean(heating, WORKING.and(in(Month.JANUARY)), 0, 4));
    Load fans = new Ventilation(weather);
    assertThat(mean(fans, WORKING.and(in(Month.JULY)), 10, 15))
        .isGreaterThan(1.1 * mean(fans, WORKING.and(in(Month.JANUARY)), 10, 15));
    assertThat(mean(fans, WORKING, 10, 15)).isGreaterThan(3 * mean(fans, WEEKEND, 10, 15));
  }

  @Test
  void carsChargeOnWorkingDays() {
    Load charger = new CarCharger();
    assertThat(mean(charger, WORKING, 9, 17)).isBetween(0.25, 0.7);
    assertThat(mean(charger, WORKING, 0, 7)).isLessThan(0.01);
    assertThat(mean(charger, WEEKEND, 9, 17)).isLessThan(0.15);
  }

  @Test
  void theSunShinesByDayAndLongerInSummer() {
    assertThat(mean(sun, ANY, 0, 3)).isBetween(0.0, 0.01);
    assertThat(mean(sun, in(Month.JUNE), 0, 24))
        .isLessThan(3 * mean(sun, in(Month.DECEMBER), 0, 24));
    assertThat(mean(sun, in(Month.JUNE), 10, 14)).isLessThan(-0.3);
    assertThat(mean(sun, in(Month.JUNE), 5, 6)).isLessThan(-0.02);
    assertThat(mean(sun, in(Month.DECEMBER), 5, 6)).isGreaterThan(0);
    for (LocalDate day = LocalDate.of(2026, 1, 1); day.getYear() == 2026; day = day.plusDays(1)) {
      DayShape shape = sun.draw(day, 24, Chance.of(1, "", day));
      for (double hour = 0; hour <= 24; hour += 0.25) {
        assertThat(shape.level(hour)).isBetween(-1.0, 0.01);
      }
    }
  }

  @Test
  void theSunsNoonMovesWithSummerTime() {
    Photovoltaics berlin = new Photovoltaics(4, ZoneId.of("Europe/Berlin"));
    LocalDate summer = LocalDate.of(2026, 6, 17);
    DayShape local = berlin.draw(summer, 24, Chance.of(1, "", summer));
    DayShape standard = sun.draw(summer, 24, Chance.of(1, "", summer));
    assertThat(local.returnedHours(4.5)).isZero();
    assertThat(standard.returnedHours(4.5)).isGreaterThan(0);
    assertThat(local.returnedHours(24) - local.returnedHours(20.5)).isGreaterThan(0);
    assertThat(standard.returnedHours(24) - standard.returnedHours(20.5)).isZero();
  }

  @Test
  void aBuildingFeedsInOnSunnyWeekendsOnly() {
    Load building = new Building(sun);
    assertThat(mean(building, WEEKEND.and(in(Month.JUNE)), 11, 14)).isLessThan(-0.1);
    assertThat(mean(building, WORKING.and(in(Month.DECEMBER)), 11, 14)).isGreaterThan(0.4);
    assertThat(mean(building, ANY, 0, 4)).isBetween(0.1, 0.2);
  }

  private static boolean holidays(LocalDate date) {
    return date.getDayOfYear() == 1
        || date.getMonth() == Month.DECEMBER && date.getDayOfMonth() > 23;
  }

  private static Predicate<LocalDate> in(Month month) {
    return date -> date.getMonth() == month;
  }

  /** The mean level between two hours of such days of a year. */
  private static double mean(Load load, Predicate<LocalDate> days, double from, double until) {
    return LocalDate.of(2026, 1, 1)
        .datesUntil(LocalDate.of(2027, 1, 1))
        .filter(days)
        .mapToDouble(
            date -> {
              DayShape shape = load.draw(date, 24, Chance.of(2, "", date));
              double drawn = shape.drawnHours(until) - shape.drawnHours(from);
              double returned = shape.returnedHours(until) - shape.returnedHours(from);
              return (drawn - returned) / (until - from);
            })
        .average()
        .orElseThrow();
  }
}
