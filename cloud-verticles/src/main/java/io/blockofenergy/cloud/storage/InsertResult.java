package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import java.util.List;
import java.util.Set;

/**
 * What became of an insert.
 *
 * @param inserted readings that were new
 * @param repeated how many were there already, exactly so
 * @param conflicts ids under which the store holds something else
 * @param erased ids of those repeated ones whose reading was erased since
 */
public record InsertResult(
    List<Reading> inserted, int repeated, List<String> conflicts, Set<String> erased) {}
