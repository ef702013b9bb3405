package io.blockofenergy.cloud.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PeriodTest {
  private static final ZoneId SKOPJE = ZoneId.of("Europe/Skopje");

  private static Period day(String date, String zone) {
    return Period.parse(ReportKind.DAILY, date, ZoneId.of(zone));
  }

  private static List<String> labels(Period period) {
    return period.rows().stream().map(PeriodRow::label).toList();
  }

  @Provide
  Arbitrary<String> zones() {
    return Arbitraries.of(
        ZoneId.getAvailableZoneIds().stream()
            .filter(id -> !id.startsWith("SystemV/"))
            .sorted()
            .toList());
  }

  @Property(tries = 3000)
  void rowsTileThePeriodAndPeriodsTileTime(
      @ForAll("zones") String zone,
      @ForAll ReportKind kind,
      @ForAll @IntRange(min = 1970, max = 2100) int year,
      @ForAll @IntRange(min = 1, max = 365) int dayOfYear) {
    Instant noon = Instant.parse(LocalDate.ofYearDay(year, dayOfYear) + "T12:00:00Z");
    Period period = Period.at(kind, noon, ZoneId.of(zone));
    long at = period.from();
    for (PeriodRow row : period.rows()) {
      assertThat(row.from()).isEqualTo(at);
      assertThat(row.to()).isGreaterThan(at);
      at = row.to();
    }
    assertThat(at).isEqualTo(period.to());
    assertThat(Quarters.of(noon)).isBetween(period.from(), period.to() - 1);
    Optional<Period> before = period.previous();
    before.ifPresent(
        other -> {
          assertThat(other.to()).isEqualTo(period.from());
          assertThat(Period.parse(kind, other.date(), ZoneId.of(zone))).isEqualTo(other);
        });
    assertThat(before.isPresent() || year <= 1971).isTrue();
  }

  @Test
  void aDayOnWhichTheClocksChangeHas23Or25Hours() {
    assertThat(labels(day("2026-03-29", "Europe/Skopje")))
        .hasSize(23)
        .startsWith("00:00", "01:00", "03:00");
    assertThat(labels(day("2026-10-25", "Europe/Skopje")))
        .hasSize(25)
        .startsWith("00:00", "01:00", "02:00", "02:00", "03:00");
  }

  @Test
  void lordHowesHalfHourIsARowOfItsOwn() {
    List<PeriodRow> back = day("2026-04-05", "Australia/Lord_Howe").rows();
    assertThat(back.stream().map(PeriodRow::label))
        .startsWith("00:00", "01:00", "01:00", "02:00")
        .hasSize(25);
    assertThat(back.get(2).to() - back.get(2).from()).isEqualTo(2);
    List<PeriodRow> forth = day("2026-10-04", "Australia/Lord_Howe").rows();
    assertThat(forth).hasSize(24);
    assertThat(forth.get(2).to() - forth.get(2).from()).isEqualTo(2);
  }

  @Test
  void aDayWithoutMidnightBeginsAtOne() {
    Period day = day("2018-11-04", "America/Sao_Paulo");
    assertThat(Quarters.instant(day.from())).isEqualTo("2018-11-04T03:00:00Z");
    assertThat(labels(day)).hasSize(23).startsWith("01:00");
    assertThat(labels(day("2023-04-28", "Africa/Cairo"))).hasSize(23).startsWith("01:00");
    assertThat(labels(day("2023-10-26", "Africa/Cairo"))).hasSize(25).endsWith("23:00", "23:00");
  }

  @Test
  void aDayThatAZoneSkippedIsNoPeriodAndNoRow() {
    assertThatThrownBy(() -> day("2011-12-30", "Pacific/Apia"))
        .isInstanceOf(MalformedPeriodException.class)
        .hasMessageContaining("there was no 2011-12-30");
    assertThat(day("2011-12-31", "Pacific/Apia").previous().orElseThrow().date())
        .isEqualTo("2011-12-29");
    assertThat(labels(Period.parse(ReportKind.WEEKLY, "2011-W52", ZoneId.of("Pacific/Apia"))))
        .hasSize(6)
        .doesNotContain("2011-12-30");
  }

  @Test
  void weeksAreThoseOfIso8601() {
    Period week = Period.parse(ReportKind.WEEKLY, "2026-W53", SKOPJE);
    assertThat(labels(week)).startsWith("2026-12-28").endsWith("2027-01-03");
    assertThat(week.previous().orElseThrow().date()).isEqualTo("2026-W52");
    assertThatThrownBy(() -> Period.parse(ReportKind.WEEKLY, "2027-W53", SKOPJE))
        .hasMessage("date must be such as 2026-W48 in a weekly report");
  }

  @Test
  void whatIsNoDateIsRefusedWithOneThatIs() {
    for (String date : List.of("2026-02-30", "2026-2-3", "2026", "", "2026-W48", "x")) {
      assertThatThrownBy(() -> Period.parse(ReportKind.DAILY, date, SKOPJE))
          .isInstanceOf(MalformedPeriodException.class)
          .hasMessage("date must be such as 2026-11-23 in a daily report");
    }
    for (String year : List.of("1969", "9999", "0000")) {
      assertThatThrownBy(() -> Period.parse(ReportKind.YEARLY, year, SKOPJE))
          .hasMessage("date must be from the years 1970 to 9998");
    }
    assertThat(Period.parse(ReportKind.YEARLY, "9998", SKOPJE).rows()).hasSize(12);
    // It begins in 1969, which no receipt's verifier knows.
    assertThatThrownBy(() -> Period.parse(ReportKind.WEEKLY, "1970-W01", SKOPJE))
        .hasMessage("date must be from the years 1970 to 9998");
    assertThat(Period.parse(ReportKind.WEEKLY, "1970-W02", SKOPJE).previous()).isEmpty();
  }

  @Test
  void theSameShareOfThePeriodBeforeIsInWholeQuarterHours() {
    Period month = Period.parse(ReportKind.MONTHLY, "2026-03", SKOPJE);
    Period before = month.previous().orElseThrow();
    assertThat(month.sameShare(before, month.to())).isEqualTo(before.to());
    assertThat(month.sameShare(before, month.from() - 5)).isEqualTo(before.from());
    long half = month.sameShare(before, (month.from() + month.to()) / 2);
    assertThat(half).isEqualTo(before.from() + (before.to() - before.from()) / 2);
    assertThat(month.begunBefore(month.from())).isEqualTo("2026-03-01");
    assertThat(month.begunBefore(month.from() + 1)).isEqualTo("2026-03-02");
    assertThat(month.begunBefore(month.to() + 9)).isEqualTo("2026-04-01");
  }
}
