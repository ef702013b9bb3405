package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/**
 * What many meters of a campus have in common: how a day of such a load runs. Implementations are
 * pure and safe for any thread.
 */
interface Load {
  /**
   * Draws the day's level, as a share of the load's size; negative for what it feeds in.
   *
   * @param date the day in the campus's time zone
   * @param hours its length: 23, 24 or 25
   * @param chance this load's chance of that day
   */
  DayShape draw(LocalDate date, double hours, Chance chance);

  /** How far one meter's day may run ahead of this one or behind it, in hours; under 6. */
  default double wanderHours() {
    return 0.3;
  }

  /** Whether three phases of it carry the same at any time, as those of one machine do. */
  default boolean balanced() {
    return true;
  }
}
