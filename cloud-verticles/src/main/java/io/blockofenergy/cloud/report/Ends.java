package io.blockofenergy.cloud.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The readings at the ends of the spans over which a counter was counted in a period: where a span
 * goes on from before the period, its last reading before. For one walk.
 */
final class Ends {
  private final long from;
  private final long to;
  private final Set<String> readings = new LinkedHashSet<>();
  private String last;

  /**
   * @param from Unix milliseconds
   * @param to exclusive
   */
  Ends(long from, long to) {
    this.from = from;
    this.to = to;
  }

  /**
   * The next point that counts.
   *
   * @param before the one before it, when the energy between them counts; null: a span begins
   */
  void take(long at, String reading, String before) {
    if (at < from || at >= to) {
      return;
    }
    if (before == null) {
      close();
      readings.add(reading);
    } else if (last == null) {
      readings.add(before);
    }
    last = reading;
  }

  void close() {
    if (last != null) {
      readings.add(last);
    }
  }

  /** By time. */
  List<String> readings() {
    return new ArrayList<>(readings);
  }
}
