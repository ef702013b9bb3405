package io.blockofenergy.cloud.audit;

import java.util.OptionalLong;

/**
 * The anchors as the contract holds them. Methods block, and throw {@code UnavailableException}
 * when the chain cannot be asked now.
 */
public interface ChainReader {
  /** A checkpoint in the contract: RFC 6962 root (32 bytes) of the tree of that size. */
  record Anchor(long treeSize, byte[] root) {}

  /** The address of the contract that is asked; does not block. */
  String contract();

  /** Number of anchors; empty when there is no contract at that address. */
  OptionalLong count();

  /** The anchor at a place, 0 to {@code count() - 1}; tree sizes grow with it. */
  Anchor anchorAt(long index);
}
