package io.blockofenergy.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * A counter for each constant of an enum, told apart by a tag whose value is the constant's name in
 * lower case. All are there from the start, so that what has not happened shows as zero. Safe for
 * any thread.
 *
 * @param <E> what is counted
 */
public final class EnumCounters<E extends Enum<E>> {
  private final Map<E, Counter> counters;

  /**
   * @param tag the name of the tag
   * @param more tags that all of them have
   */
  public EnumCounters(
      MeterRegistry registry,
      Class<E> kind,
      String name,
      String description,
      String tag,
      Tags more) {
    counters = new EnumMap<>(kind);
    for (E each : kind.getEnumConstants()) {
      counters.put(
          each,
          Counter.builder(name)
              .description(description)
              .tags(more)
              .tag(tag, each.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  public void increment(E each) {
    increment(each, 1);
  }

  public void increment(E each, double amount) {
    counters.get(each).increment(amount);
  }
}
