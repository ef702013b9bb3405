package io.blockofenergy.edge.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.time.ZoneId;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CircuitTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final double SIZE_W = 1_000;

  /** Everything that is measured on a campus. */
  static Stream<Use> uses() {
    CampusUses uses = new CampusUses(3, BERLIN);
    return Stream.of(
            IntStream.range(0, 23).mapToObj(uses::onPlug),
            IntStream.range(0, 3).mapToObj(uses::onClamp),
            IntStream.range(0, 8).mapToObj(uses::onThreePhases))
        .flatMap(each -> each)
        .distinct();
  }

  @ParameterizedTest
  @MethodSource("uses")
  void theCountersGrowByTheIntegralOfPower(Use use) {
    Circuit circuit = circuit(use);
    // A working day in winter, one in summer, and the night whose day has 25 hours.
    for (String from :
        new String[] {"2026-01-21T05:00:00Z", "2026-06-17T05:00:00Z", "2026-10-24T17:00:00Z"}) {
      Instant start = Instant.parse(from);
      double stepS = 0.5;
      int steps = (int) (13 * 3_600 / stepS);
      double drawnWh = 0;
      double returnedWh = 0;
      for (int i = 0; i < steps; i++) {
        double powerW = circuit.powerW(start.plusMillis((long) ((i + 0.5) * stepS * 1_000)));
        drawnWh += Math.max(0, powerW) * stepS / 3_600;
        returnedWh += Math.max(0, -powerW) * stepS / 3_600;
      }
      Circuit.Reading before = circuit.read(start);
      Circuit.Reading after = circuit.read(start.plusSeconds(13 * 3_600));
      assertThat(after.drawnWh() - before.drawnWh())
          .as("drawn from " + from)
          .isCloseTo(drawnWh, within(0.5 + drawnWh * 2e-4));
      assertThat(after.returnedWh() - before.returnedWh())
          .as("returned from " + from)
          .isCloseTo(returnedWh, within(0.5 + returnedWh * 2e-4));
    }
  }

  @ParameterizedTest
  @MethodSource("uses")
  void theCountersNeverFall(Use use) {
    Circuit circuit = circuit(use);
    // Over both changes of the clock, in steps as small as they come and in large ones.
    for (String from : new String[] {"2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z"}) {
      assertNeverFalls(circuit, Instant.parse(from), 1, 8 * 3_600);
    }
    assertNeverFalls(circuit, Meter.COUNTING_SINCE, 3_607, 365 * 24);
  }

  @Test
  void aBuildingWithModulesOnItsRoofBothDrawsAndFeedsIn() {
    Use building = new CampusUses(3, BERLIN).onThreePhases(0);
    Circuit circuit = circuit(building);
    Circuit.Reading before = circuit.read(Instant.parse("2026-06-20T00:00:00Z"));
    Circuit.Reading after = circuit.read(Instant.parse("2026-06-21T00:00:00Z"));
    assertThat(after.drawnWh() - before.drawnWh()).isGreaterThan(SIZE_W);
    assertThat(after.returnedWh() - before.returnedWh()).isGreaterThan(SIZE_W);
  }

  @Test
  void everythingCountsFromTheSameInstant() {
    uses()
        .forEach(
            use -> {
              Circuit circuit = circuit(use);
              Circuit.Reading first = circuit.read(Meter.COUNTING_SINCE);
              assertThat(first.drawnWh()).isZero();
              assertThat(first.returnedWh()).isZero();
              assertThatThrownBy(() -> circuit.read(Meter.COUNTING_SINCE.minusSeconds(1)))
                  .isInstanceOf(IllegalArgumentException.class);
            });
  }

  @ParameterizedTest
  @MethodSource("uses")
  void whatIsShownFitsTogether(Use use) {
    Circuit circuit = circuit(use);
    Instant at = Instant.parse("2026-01-01T00:00:00Z");
    for (int i = 0; i < 365 * 24; i++, at = at.plusSeconds(3_607)) {
      Circuit.Reading reading = circuit.read(at);
      assertThat(reading.voltageV()).isBetween(220.0, 240.0);
      assertThat(reading.frequencyHz()).isBetween(49.9, 50.1);
      assertThat(reading.powerFactor()).isBetween(0.5, 1.0);
      assertThat(reading.powerW()).isBetween(-1.1 * SIZE_W, 3 * SIZE_W).isNotZero();
      assertThat(reading.currentA() * reading.voltageV())
          .isCloseTo(reading.apparentVa(), within(1e-6));
      assertThat(Math.hypot(reading.powerW(), reading.reactiveVar()))
          .isCloseTo(reading.apparentVa(), within(1e-6));
    }
  }

  private static Circuit circuit(Use use) {
    LoadShape shape = new LoadShape(use.load(), 17, BERLIN);
    return new Circuit(use.name(), shape, SIZE_W, use, new Mains(5), 23);
  }

  private static void assertNeverFalls(Circuit circuit, Instant from, int stepS, int steps) {
    double drawnWh = 0;
    double returnedWh = 0;
    for (int i = 0; i < steps; i++) {
      Circuit.Reading reading = circuit.read(from.plusSeconds((long) i * stepS));
      assertThat(reading.drawnWh()).isGreaterThanOrEqualTo(drawnWh);
      assertThat(reading.returnedWh()).isGreaterThanOrEqualTo(returnedWh);
      drawnWh = reading.drawnWh();
      returnedWh = reading.returnedWh();
    }
  }
}
