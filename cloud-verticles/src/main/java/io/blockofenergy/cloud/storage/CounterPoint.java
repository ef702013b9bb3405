package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.ReadingId;
import java.time.Instant;

/**
 * An energy counter at one reading.
 *
 * @param at when it was measured
 * @param reading the reading's public id
 * @param kwh what the counter showed
 */
public record CounterPoint(Instant at, String reading, double kwh) {
  /**
   * @param text as rollups have it, {@code <measuredAt> <sortable id> <number>}
   * @throws IllegalArgumentException when it is not of that form
   */
  static CounterPoint parse(String text) {
    String[] parts = text.split(" ", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("not a counter's point: " + text);
    }
    return new CounterPoint(
        Instant.parse(parts[0]),
        ReadingId.parseSortable(parts[1])
            .orElseThrow(() -> new IllegalArgumentException("no id: " + text))
            .toString(),
        Double.parseDouble(parts[2]));
  }
}
