package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/**
 * The air outside, of a temperate climate: a yearly wave, a daily wave, and days that differ. Pure,
 * safe for any thread.
 */
final class Weather {
  /**
   * @param meanC the day's mean in °C, from about -7 to 29
   * @param nextMeanC that of the day after, to which the night leads over
   */
  record Day(double meanC, double nextMeanC) {
    /** In °C at an hour from 0 to 25; warmest in mid-afternoon. */
    double outsideC(double hour) {
      // StrictMath, for a last bit that differs between machines could flip a thermostat.
      return meanC
          + (nextMeanC - meanC) * hour / 24
          + 4.5 * StrictMath.cos(2 * Math.PI * (hour - 15) / 24);
    }
  }

  private final long seed;

  Weather(long seed) {
    this.seed = seed;
  }

  Day day(LocalDate date) {
    return new Day(meanC(date), meanC(date.plusDays(1)));
  }

  private double meanC(LocalDate date) {
    double year = StrictMath.cos(2 * Math.PI * (date.getDayOfYear() - 20) / 365.25);
    // Mean of a day and its neighbours: warm and cold spells last for some days.
    double spell = 0;
    for (int i = -2; i <= 2; i++) {
      spell += Chance.unit(Chance.mix(seed, date.toEpochDay() + i)) - 0.5;
    }
    return 11 - 10 * year + 3 * spell;
  }
}
