package io.blockofenergy.cloud.storage;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;

/**
 * What a quarter hour's readings of one device and counter epoch come to.
 *
 * @param imported of {@code energyImportKwh}
 * @param exported of {@code energyExportKwh}
 * @param lowW the least power
 * @param peakW the greatest power
 * @param powerW by millisecond in the quarter hour, the last power of each minute, of readings that
 *     have no counter; empty for others
 */
public record QuarterRollup(
    Optional<CounterRange> imported,
    Optional<CounterRange> exported,
    OptionalDouble lowW,
    OptionalDouble peakW,
    SortedMap<Integer, Double> powerW) {}
