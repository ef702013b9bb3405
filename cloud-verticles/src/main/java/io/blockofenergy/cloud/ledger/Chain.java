package io.blockofenergy.cloud.ledger;

import java.util.Optional;

/**
 * The contract that holds the anchors, as {@link Anchoring} uses it. All methods block and may be
 * repeated. They throw {@link AnchorConflictException} when trying again later cannot help.
 */
public interface Chain {
  /** The checkpoint that the contract holds last. */
  record Head(long treeSize, byte[] root) {}

  /**
   * Where a checkpoint stands.
   *
   * @param index in the contract's list, from 0
   * @param transaction 0x and 64 hex digits; null when the node keeps it no more
   * @param block -1 when the node keeps it no more
   * @param confirmed whether enough blocks are on top of it for it to count
   */
  record Receipt(long index, String transaction, long block, boolean confirmed) {}

  /**
   * Finds or deploys the contract; the same one however often it is called, also after a crash.
   *
   * @param pinned its address as recorded, null when none is
   * @param pinnedChainId of the chain that it is on as recorded, null when none is; on another
   *     chain nothing is sent
   * @return its address
   */
  String ensureContract(String pinned, Long pinnedChainId);

  /** Known after {@link #ensureContract}. */
  long chainId();

  Optional<Head> latest();

  /** Whether a checkpoint of exactly this size is there. */
  boolean isAnchored(long treeSize);

  /**
   * Anchors, or finds what stands there already; the size must not be behind the latest. Returns
   * when it is in a block, be that confirmed or not.
   */
  Receipt anchor(long treeSize, byte[] root);
}
