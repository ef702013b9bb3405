package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import java.util.List;
import java.util.Optional;

/**
 * Readings, newest first.
 *
 * @param readings at most as many as asked for
 * @param broken documents of the page that are no readings; the audit names them
 * @param erased what is left of erased readings of the page
 * @param nextCursor for the page after, empty when there is none
 */
public record ReadingPage(
    List<Reading> readings,
    List<StoredReading> broken,
    List<StoredReading> erased,
    Optional<String> nextCursor) {}
