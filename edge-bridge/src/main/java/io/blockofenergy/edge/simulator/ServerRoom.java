package io.blockofenergy.edge.simulator;

import java.time.LocalDate;

/** As good as flat: the same by day and by night, a little more for the backup. */
final class ServerRoom implements Load {
  @Override
  public DayShape draw(LocalDate date, double hours, Chance chance) {
    double level = 0.93;
    double backup = chance.between(1, 1.5);
    return new DayShape.Pen(hours, level)
        .hold(backup)
        .jump(chance.between(0.97, 1))
        .hold(backup + chance.between(1, 1.6))
        .jump(level)
        .line(14, level + chance.between(0.01, 0.03))
        .line(hours, level)
        .finish();
  }

  @Override
  public double wanderHours() {
    return 0;
  }

  @Override
  public boolean balanced() {
    return false;
  }
}
