package io.blockofenergy.cloud.storage;

import java.time.LocalDate;
import java.util.SortedMap;

/**
 * A document of the rollups, as {@code docs/formats.md} has it.
 *
 * @param day a UTC day
 * @param quarters by quarter hour of the day, 0 to 95; those without readings are absent
 */
public record Rollup(
    String device,
    LocalDate day,
    String counterEpoch,
    SortedMap<Integer, QuarterRollup> quarters) {}
