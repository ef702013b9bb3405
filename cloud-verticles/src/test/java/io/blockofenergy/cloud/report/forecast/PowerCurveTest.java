package io.blockofenergy.cloud.report.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.storage.CounterPoint;
import io.blockofenergy.cloud.storage.CounterRange;
import io.blockofenergy.cloud.storage.QuarterRollup;
import io.blockofenergy.cloud.storage.Rollup;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PowerCurveTest {
  private static final Instant DAY = Instant.parse("2026-11-23T00:00:00Z");
  private static final double CEILING_W = 10_000;

  private final TreeMap<Integer, QuarterRollup> quarters = new TreeMap<>();
  private final TreeMap<Integer, QuarterRollup> ofNewEpoch = new TreeMap<>();

  private static QuarterRollup at(int quarter, double kwh) {
    CounterPoint point = new CounterPoint(DAY.plusSeconds(900L * quarter), "b.0a1b2c3d.1", kwh);
    return new QuarterRollup(
        Optional.of(new CounterRange(point, point, kwh, kwh)),
        Optional.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        new TreeMap<>());
  }

  private double[] hours(int count) {
    LocalDate day = LocalDate.parse("2026-11-23");
    List<Rollup> rollups = new ArrayList<>(List.of(new Rollup("plug", day, "", quarters)));
    rollups.add(new Rollup("plug", day, "new", ofNewEpoch));
    double[] powerW =
        PowerCurve.of(rollups, ZoneOffset.UTC, DAY.getEpochSecond(), count, CEILING_W).powerW();
    // What differences of counters lose in the last digits.
    return Arrays.stream(powerW)
        .map(value -> Double.isNaN(value) ? value : Math.rint(value * 1_000) / 1_000)
        .toArray();
  }

  @Test
  void energyBetweenTwoCountersIsSpreadEvenlyOverTheTimeBetweenThem() {
    quarters.put(0, at(0, 10));
    quarters.put(2, at(2, 10.1));
    quarters.put(6, at(6, 10.5));
    quarters.put(8, at(8, 10.5));
    assertThat(hours(3)).containsExactly(300, 200, Double.NaN);
  }

  @Test
  void anHourWithoutReadingsIsUnknownAndNotZero() {
    quarters.put(0, at(0, 10));
    quarters.put(4, at(4, 11));
    quarters.put(12, at(12, 15));
    quarters.put(16, at(16, 16));
    assertThat(hours(4)).containsExactly(1_000, Double.NaN, Double.NaN, 1_000);
  }

  @Test
  void anotherCounterAndAFallenOneTakeNothingFromTheOneBefore() {
    quarters.put(0, at(0, 10));
    quarters.put(4, at(4, 11));
    ofNewEpoch.put(5, at(5, 3));
    ofNewEpoch.put(8, at(8, 3));
    ofNewEpoch.put(12, at(12, 0.5));
    ofNewEpoch.put(16, at(16, 1.5));
    assertThat(hours(4)).containsExactly(1_000, Double.NaN, Double.NaN, 1_000);
  }

  @Test
  void aZeroThatPassesIsSkipped() {
    quarters.put(0, at(0, 10));
    quarters.put(2, at(2, 0));
    quarters.put(4, at(4, 11));
    assertThat(hours(1)).containsExactly(1_000);
  }

  @Test
  void aStepBeyondWhatADeviceCanDrawIsUnknown() {
    quarters.put(0, at(0, 10));
    quarters.put(4, at(4, 1_000));
    quarters.put(8, at(8, 1_001));
    assertThat(hours(2)).containsExactly(Double.NaN, 1_000);
  }

  @Test
  void powersHoldUntilTheNextWhenThereIsNoCounter() {
    TreeMap<Integer, Double> powers = new TreeMap<>();
    powers.put(0, 100.0);
    powers.put(450_000, 300.0);
    for (int quarter = 0; quarter <= 4; quarter++) {
      quarters.put(
          quarter,
          new QuarterRollup(
              Optional.empty(),
              Optional.empty(),
              OptionalDouble.empty(),
              OptionalDouble.empty(),
              powers));
    }
    assertThat(hours(2)).containsExactly(200, Double.NaN);
  }

  @Test
  void hoursBeginWhereTheZonesDo() {
    Instant at = Instant.parse("2026-11-23T10:40:00Z");
    assertThat(HourSeries.hourOf(ZoneId.of("Asia/Kolkata"), at))
        .isEqualTo(Instant.parse("2026-11-23T10:30:00Z").getEpochSecond());
    assertThat(HourSeries.hourOf(ZoneId.of("Asia/Kathmandu"), at))
        .isEqualTo(Instant.parse("2026-11-23T10:15:00Z").getEpochSecond());
    // Monday, 16:15 by the clock on the wall.
    assertThat(HourSeries.hourOfWeek(ZoneId.of("Asia/Kathmandu"), at.getEpochSecond()))
        .isEqualTo(16);
  }

  @Test
  void aSiteKnowsNothingWhileOneOfItsDevicesSaysNothing() {
    SiteSum sum = new SiteSum(100);
    double[] one = new double[100];
    Arrays.fill(one, 10);
    double[] late = one.clone();
    Arrays.fill(late, 0, 40, Double.NaN);
    late[60] = Double.NaN;
    late[99] = Double.NaN;
    sum.add(new HourSeries(ZoneOffset.UTC, 0, one)).add(new HourSeries(ZoneOffset.UTC, 0, late));
    assertThat(sum.powerW()[0]).isEqualTo(10);
    assertThat(sum.powerW()[40]).isEqualTo(20);
    assertThat(sum.powerW()[60]).isNaN();
    assertThat(sum.powerW()[99]).isNaN();
  }
}
