package io.blockofenergy.edge.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DayShapeTest {
  @Test
  void linesJumpsAndPlateausAreWhereTheyWereDrawn() {
    DayShape shape = new DayShape.Pen(24, 0.1).hold(8).jump(0.5).line(10, 1).hold(12).finish();
    assertThat(shape.level(0)).isEqualTo(0.1);
    assertThat(shape.level(7.99)).isEqualTo(0.1);
    assertThat(shape.level(8)).isEqualTo(0.5);
    assertThat(shape.level(9)).isEqualTo(0.75);
    assertThat(shape.level(10)).isEqualTo(1);
    assertThat(shape.level(24)).isEqualTo(1);
    assertThat(shape.drawnHours(8)).isCloseTo(0.8, within(1e-12));
    assertThat(shape.drawnHours(9)).isCloseTo(0.8 + 0.625, within(1e-12));
    assertThat(shape.drawnHours(24)).isCloseTo(0.8 + 1.5 + 14, within(1e-12));
    assertThat(shape.returnedHours(24)).isZero();
  }

  @Test
  void whatIsFedInCountsApartFromWhatIsDrawn() {
    DayShape shape = new DayShape.Pen(24, 1).hold(6).line(10, -1).hold(14).line(18, 1).finish();
    assertThat(shape.level(8)).isCloseTo(0, within(1e-12));
    assertThat(shape.level(9)).isCloseTo(-0.5, within(1e-12));
    assertThat(shape.drawnHours(12)).isCloseTo(6 + 1, within(1e-12));
    assertThat(shape.drawnHours(16)).isCloseTo(6 + 1, within(1e-12));
    assertThat(shape.returnedHours(8)).isZero();
    assertThat(shape.returnedHours(12)).isCloseTo(1 + 2, within(1e-12));
    assertThat(shape.returnedHours(24)).isCloseTo(1 + 4 + 1, within(1e-12));
  }

  @Test
  void whatGoesBeyondTheDayIsCutOff() {
    DayShape shape = new DayShape.Pen(23, 0).hold(22).line(24, 1).jump(9).hold(30).finish();
    assertThat(shape.hours()).isEqualTo(23);
    assertThat(shape.level(23)).isEqualTo(0.5);
    assertThat(shape.drawnHours(23)).isEqualTo(0.25);
    assertThat(shape.drawnHours(99)).isEqualTo(0.25);
  }

  @Test
  void whatLiesBeforeThePenIsLeftOut() {
    DayShape shape = new DayShape.Pen(24, 1).hold(12).line(6, 5).hold(3).finish();
    assertThat(shape.drawnHours(24)).isCloseTo(24, within(1e-12));
  }

  @Test
  void aDayOfManyLinesKeepsThemAll() {
    DayShape.Pen pen = new DayShape.Pen(24, 0);
    for (int minute = 1; minute <= 24 * 60; minute++) {
      pen.line(minute / 60.0, minute % 2);
    }
    DayShape shape = pen.finish();
    assertThat(shape.level(61 / 60.0)).isCloseTo(1, within(1e-9));
    assertThat(shape.level(62 / 60.0)).isCloseTo(0, within(1e-9));
    assertThat(shape.drawnHours(24)).isCloseTo(12, within(1e-9));
  }
}
