package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;

/**
 * Two readings of a device within one counter epoch, both with {@code energyImportKwh}: what lies
 * between their counters was taken between them.
 *
 * @param last the same as {@code first}, or measured after it
 */
public record CounterSpan(Reading first, Reading last) {}
