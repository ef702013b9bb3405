package io.blockofenergy.edge.simulator;

import java.time.DayOfWeek;
import java.time.LocalDate;

/**
 * A split unit that cools in summer and heats in winter. One room, one thermostat: the compressor
 * runs in cycles whose length follows the weather outside, and less while nobody is at home.
 */
final class AirConditioner implements Appliance {
  private static final double SLOT_HOURS = DayCurve.SLOT_SECONDS / 3_600.0;
  private static final double LEAK_PER_HOUR = 0.11;
  private static final double MOVES_K_PER_HOUR = 3.6;
  private static final double HYSTERESIS_K = 0.3;

  private enum Mode {
    HEAT,
    COOL,
    IDLE
  }

  private final Weather weather;

  AirConditioner(Weather weather) {
    this.weather = weather;
  }

  @Override
  public String name() {
    return "air-conditioner";
  }

  @Override
  public void draw(LocalDate date, Chance chance, DayCurve.Pen day) {
    Weather.Day sky = weather.day(date);
    Mode mode = sky.meanC() < 15 ? Mode.HEAT : sky.meanC() > 19 ? Mode.COOL : Mode.IDLE;
    boolean weekend = date.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) >= 0;
    double leaves = weekend ? 99 : chance.between(7.8, 8.6);
    double returns = weekend ? 99 : chance.between(16.3, 17.8);
    double room = mode == Mode.HEAT ? chance.between(18, 19) : chance.between(23, 25);
    boolean runs = false;
    for (int slot = 0; slot < day.slots(); slot++) {
      double hour = DayCurve.Pen.hour(slot);
      double outside = sky.outsideC(hour);
      boolean away = hour >= leaves && hour < returns;
      boolean night = hour < 5.5 || hour >= 22.5;
      double gains = away || night ? 0.1 : 0.5;
      room += (LEAK_PER_HOUR * (outside - room) + gains) * SLOT_HOURS;
      double wanted;
      double error;
      if (mode == Mode.COOL) {
        wanted = away ? 28 : night ? 25.5 : 24.5;
        error = room - wanted;
      } else {
        wanted = away ? 17 : night ? 18.5 : 20.5;
        error = wanted - room;
      }
      runs = mode != Mode.IDLE && (runs ? error > -HYSTERESIS_K : error > HYSTERESIS_K);
      if (runs) {
        room += (mode == Mode.COOL ? -1 : 1) * MOVES_K_PER_HOUR * SLOT_HOURS;
        day.set(slot, 640 + 14 * Math.abs(outside - room), 0.93);
      } else if (mode == Mode.IDLE || away) {
        day.set(slot, 1.4, 0.38);
      } else {
        day.set(slot, 22, 0.58);
      }
    }
  }
}
