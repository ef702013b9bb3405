package io.blockofenergy.edge.journal;

/**
 * What became of an append, once it is durable.
 *
 * @param seq the reading's sequence number; 0 for a duplicate
 * @param duplicate whether the message was a redelivery of one that is already journaled
 */
public record Appended(long seq, boolean duplicate) {}
