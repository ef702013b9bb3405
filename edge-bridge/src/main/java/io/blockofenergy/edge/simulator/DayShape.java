package io.blockofenergy.edge.simulator;

import java.util.Arrays;

/**
 * One day of a load, as straight lines between knots: its level, as a share of full size, and the
 * exact integral of that. A few hundred bytes. Immutable, safe for any thread.
 */
final class DayShape {
  private final double[] starts;
  private final double[] froms;
  private final double[] tos;
  private final double[] drawnBefore;
  private final double[] returnedBefore;

  private DayShape(double[] starts, double[] froms, double[] tos) {
    this.starts = starts;
    this.froms = froms;
    this.tos = tos;
    this.drawnBefore = new double[starts.length];
    this.returnedBefore = new double[starts.length];
    for (int line = 0; line < froms.length; line++) {
      double area = area(line, starts[line + 1]);
      drawnBefore[line + 1] = drawnBefore[line] + Math.max(0, area);
      returnedBefore[line + 1] = returnedBefore[line] + Math.max(0, -area);
    }
  }

  /** The level at an hour since local midnight; negative when the load feeds in. */
  double level(double hour) {
    int line = line(hour);
    return froms[line] + (tos[line] - froms[line]) * share(line, hour);
  }

  /** The integral of the level above zero from midnight on, in hours. It never falls. */
  double drawnHours(double hour) {
    int line = line(hour);
    return Math.min(drawnBefore[line] + Math.max(0, area(line, hour)), drawnBefore[line + 1]);
  }

  /** The integral of the level below zero from midnight on, in hours, as a positive number. */
  double returnedHours(double hour) {
    int line = line(hour);
    return Math.min(
        returnedBefore[line] + Math.max(0, -area(line, hour)), returnedBefore[line + 1]);
  }

  double hours() {
    return starts[froms.length];
  }

  private int line(double hour) {
    int found = Arrays.binarySearch(starts, hour);
    return Math.max(0, Math.min(found < 0 ? -found - 2 : found, froms.length - 1));
  }

  private double share(int line, double hour) {
    double share = (hour - starts[line]) / (starts[line + 1] - starts[line]);
    return Math.max(0, Math.min(1, share));
  }

  /** The signed area of a line's beginning; a line has one sign, see {@link Pen#line}. */
  private double area(int line, double hour) {
    double share = share(line, hour);
    return (froms[line] + (tos[line] - froms[line]) * share / 2)
        * share
        * (starts[line + 1] - starts[line]);
  }

  /** Draws a day from midnight on. What lies before the pen or after the day's end is left out. */
  static final class Pen {
    private final double end;
    private double[] starts = new double[24];
    private double[] froms = new double[24];
    private double[] tos = new double[24];
    private int lines;
    private double hour;
    private double level;

    /**
     * @param hours the day's length: 23, 24 or 25
     * @param level at midnight
     */
    Pen(double hours, double level) {
      this.end = hours;
      this.level = level;
    }

    /** Puts the pen down at another level. */
    Pen jump(double to) {
      level = to;
      return this;
    }

    /** Keeps the level until an hour. */
    Pen hold(double until) {
      return line(until, level);
    }

    /** A straight line from where the pen is to a level at an hour. */
    Pen line(double until, double to) {
      if (level * to < 0) {
        // Cut where it crosses zero, so that a line only draws or only feeds in.
        add(hour + (until - hour) * level / (level - to), 0);
        level = 0;
      }
      add(until, to);
      return this;
    }

    private void add(double until, double to) {
      if (until <= hour || hour >= end) {
        return;
      }
      if (lines == froms.length) {
        starts = Arrays.copyOf(starts, lines * 2);
        froms = Arrays.copyOf(froms, lines * 2);
        tos = Arrays.copyOf(tos, lines * 2);
      }
      starts[lines] = hour;
      froms[lines] = level;
      level = until <= end ? to : level + (to - level) * (end - hour) / (until - hour);
      tos[lines] = level;
      lines++;
      hour = Math.min(until, end);
    }

    DayShape finish() {
      hold(end);
      double[] ends = Arrays.copyOf(starts, lines + 1);
      ends[lines] = end;
      return new DayShape(ends, Arrays.copyOf(froms, lines), Arrays.copyOf(tos, lines));
    }
  }
}
