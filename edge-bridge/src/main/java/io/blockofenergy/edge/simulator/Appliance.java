package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** What is plugged in: decides how a day runs. Implementations are pure and safe for any thread. */
interface Appliance {
  /** The plug's MQTT name; {@code [a-z-]+}. */
  String name();

  /**
   * Draws the day's load into a curve of zeros.
   *
   * @param date the day in the household's zone
   * @param chance this appliance's chance of that day; the only source of randomness
   * @param day the curve to draw on, of 23, 24 or 25 hours
   */
  void draw(LocalDate date, Chance chance, DayCurve.Pen day);
}
