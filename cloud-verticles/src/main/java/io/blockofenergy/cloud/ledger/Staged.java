package io.blockofenergy.cloud.ledger;

import java.time.Instant;
import java.util.List;

/**
 * One round of the log, decided but perhaps not yet carried out. Everything that a round writes
 * follows from this and the tree of {@code fromSize}, so it can be carried out again.
 *
 * @param fromSize size of the tree before
 * @param toSize size of the tree after
 * @param hashes the new entries, 32 bytes each, one after the other
 * @param batches whose entries these are, in order
 * @param createdAt becomes the checkpoint's time
 */
public record Staged(
    long fromSize, long toSize, byte[] hashes, List<LoggedBatch> batches, Instant createdAt) {}
