package io.blockofenergy.cloud.report.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.simulator.HouseholdHours;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class LoadWatchTest {
  private static final ZoneId ZONE = ZoneId.of("Europe/Skopje");
  private static final Instant FIRST = Instant.parse("2025-09-01T00:00:00Z");
  private static final int DAYS = 90;
  private static final int FAULT_DAY = 70;

  private static double[] household(long seed, String device) {
    return HouseholdHours.of(seed, ZONE, FIRST, DAYS * 24).get(device);
  }

  /** A compressor's cycles by the hour: always about the same, a little more by day. */
  private static double[] fridge() {
    Random random = new Random(5);
    double[] powerW = new double[DAYS * 24];
    for (int hour = 0; hour < powerW.length; hour++) {
      powerW[hour] = 45 + 12 * Math.sin(hour % 24 / 24.0 * Math.PI) + 6 * random.nextGaussian();
    }
    return powerW;
  }

  private static List<Anomaly> anomalies(double[] powerW) {
    return LoadWatch.of(new HourSeries(ZONE, FIRST.getEpochSecond(), powerW), 0.9).anomalies();
  }

  private static double[] with(double[] powerW, int hours, DoubleUnaryOperator fault) {
    double[] faulty = powerW.clone();
    for (int hour = FAULT_DAY * 24; hour < FAULT_DAY * 24 + hours; hour++) {
      faulty[hour] = fault.applyAsDouble(faulty[hour]);
    }
    return faulty;
  }

  private static void assertFound(double[] faulty, int hours, Anomaly.Kind... kinds) {
    long begin = FIRST.getEpochSecond() + FAULT_DAY * 86_400L;
    assertThat(anomalies(faulty))
        .anySatisfy(
            each -> {
              assertThat(each.kind()).isIn((Object[]) kinds);
              assertThat(each.to()).isGreaterThan(begin);
              assertThat(each.from()).isLessThan(begin + (hours + 24) * 3_600L);
              assertThat(each.lowW()).isLessThanOrEqualTo(each.highW());
              assertThat(each.score()).isGreaterThan(1);
            });
  }

  @Test
  void aFridgeWhoseDoorStaysOpenIsASpike() {
    assertFound(with(fridge(), 5, usual -> 2.2 * usual), 5, Anomaly.Kind.SPIKE);
  }

  @Test
  void aPlugThatIsDeadIsADip() {
    assertFound(with(fridge(), 12, usual -> 0), 12, Anomaly.Kind.DIP);
  }

  @Test
  void aHeaterThatStaysOnIsASpike() {
    for (int seed = 1; seed <= 3; seed++) {
      assertFound(with(household(seed, "boiler"), 8, usual -> 2_000), 8, Anomaly.Kind.SPIKE);
    }
  }

  @Test
  void aDayThatRunsTheOtherWayRoundIsAPattern() {
    double[] office = new double[DAYS * 24];
    Random random = new Random(7);
    for (int hour = 0; hour < office.length; hour++) {
      boolean open = hour % 24 >= 8 && hour % 24 < 17;
      office[hour] = (open ? 600 : 60) + 20 * random.nextGaussian();
    }
    for (int hour = 0; hour < 24; hour++) {
      boolean closed = hour >= 8 && hour < 17;
      office[(FAULT_DAY + 1) * 24 - 2 + hour] = closed ? 60 : 420;
    }
    assertThat(anomalies(office)).extracting(Anomaly::kind).contains(Anomaly.Kind.PATTERN);
  }

  @Test
  void cleanWeeksRaiseFewFalseAlarms() {
    int alarms = 0;
    int loads = 0;
    for (int seed = 31; seed <= 33; seed++) {
      for (double[] load : HouseholdHours.of(seed, ZONE, FIRST, DAYS * 24).values()) {
        alarms += anomalies(load).size();
        loads++;
      }
    }
    assertThat(anomalies(fridge())).isEmpty();
    // One in two weeks of a load, at most.
    assertThat(alarms).isLessThan(loads * (DAYS - 21) / 14);
  }

  @Test
  void anHourIsToldOnceWhateverFollows() {
    double[] faulty = with(household(1, "boiler"), 8, usual -> 2_000);
    List<Anomaly> all = anomalies(faulty);
    int until = (FAULT_DAY + 3) * 24;
    List<Anomaly> early = anomalies(Arrays.copyOf(faulty, until));
    assertThat(all.subList(0, early.size())).isEqualTo(early);
  }
}
