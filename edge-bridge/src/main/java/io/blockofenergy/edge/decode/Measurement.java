package io.blockofenergy.edge.decode;

import java.time.Instant;
import java.util.SortedMap;

/**
 * What a sensor's message says, before the journal makes a reading of it. Immutable.
 *
 * @param device the sensor, from its topic
 * @param measuredAt when the sensor measured, or null when the message does not say
 * @param format the decoder's name
 * @param quantities by the names in {@link io.blockofenergy.telemetry.Reading#QUANTITIES}
 * @param counterEpoch changes when the energy counter was reset; empty if unknown
 */
public record Measurement(
    String device,
    Instant measuredAt,
    String format,
    SortedMap<String, Double> quantities,
    String counterEpoch) {}
