package io.blockofenergy.cloud.report;

import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * How far the points of a device's counters reach in some of its days. One counter may be silent
 * for months while the other, or the power, is not: each is looked at for itself.
 */
final class CounterReach {
  private static final List<Function<DaySeries, CounterPoints>> COUNTERS =
      List.of(day -> day.imported, day -> day.exported);

  private final List<DaySeries> days;

  /**
   * @param days by date
   */
  CounterReach(Collection<DaySeries> days) {
    this.days = List.copyOf(days);
  }

  /** Whether there is a point at all. */
  boolean any() {
    return COUNTERS.stream().anyMatch(counter -> first(counter) != Long.MAX_VALUE);
  }

  /**
   * Whether every counter that has points has one before.
   *
   * @param at Unix milliseconds
   */
  boolean isBefore(long at) {
    return COUNTERS.stream()
        .mapToLong(this::first)
        .allMatch(first -> first == Long.MAX_VALUE || first < at);
  }

  /**
   * Whether every counter that has points before has one then or later.
   *
   * @param at Unix milliseconds
   */
  boolean isAfter(long at) {
    return COUNTERS.stream().allMatch(counter -> first(counter) >= at || last(counter) >= at);
  }

  private long first(Function<DaySeries, CounterPoints> counter) {
    return days.stream()
        .map(counter)
        .filter(points -> points.count > 0)
        .findFirst()
        .map(points -> points.at[0])
        .orElse(Long.MAX_VALUE);
  }

  private long last(Function<DaySeries, CounterPoints> counter) {
    return days.stream()
        .map(counter)
        .filter(points -> points.count > 0)
        .mapToLong(points -> points.at[points.count - 1])
        .max()
        .orElse(Long.MIN_VALUE);
  }
}
