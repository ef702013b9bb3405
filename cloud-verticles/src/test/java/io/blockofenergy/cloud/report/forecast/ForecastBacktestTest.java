package io.blockofenergy.cloud.report.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ForecastBacktestTest {
  @Test
  void forecastsOfSimulatedHouseholdsAreBetterThanBothBaselinesAndTheirIntervalsHold() {
    Map<String, ForecastBacktest.Result> results = ForecastBacktest.run(21, 2, 120, 7);
    results.forEach(
        (load, result) -> {
          assertThat(result.modelSquares)
              .as(load)
              .isLessThan(Math.min(result.yesterdaySquares, result.lastWeekSquares));
          assertThat(result.coverage()).as(load).isBetween(0.82, 0.97);
        });
    for (int horizon : new int[] {12, 24, 48}) {
      for (String load : new String[] {"site", "boiler", "air-conditioner"}) {
        ForecastBacktest.Result result = results.get(load + " | " + horizon);
        assertThat(result.maeW())
            .as(load)
            .isLessThan(Math.min(result.yesterdayMaeW(), result.lastWeekMaeW()));
      }
    }
  }
}
