package io.blockofenergy.cloud.ledger;

/**
 * Where a batch stands in the log.
 *
 * @param id {@code <bridge>.<journal>.<firstSeq, 16 digits>}
 * @param leafStart index of its first reading's entry
 * @param count number of readings
 */
public record LoggedBatch(String id, long leafStart, int count) {}
