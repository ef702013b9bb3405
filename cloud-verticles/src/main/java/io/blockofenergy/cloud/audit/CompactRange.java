package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.log.MerkleTree;
import java.util.ArrayList;
import java.util.List;

/**
 * A growing RFC 6962 tree of which only the roots of its perfect subtrees are kept, one for each
 * bit of its size. Not safe for threads.
 */
final class CompactRange {
  /** Told of each perfect subtree of 2^height leaves when it is complete; index counts from 0. */
  interface Completed {
    void subtree(int height, long index, byte[] hash);
  }

  private long size;
  private final List<byte[]> peaks; // widest first

  CompactRange() {
    this(0, List.of());
  }

  /**
   * @param peaks as {@link #peaks()} returned them
   */
  CompactRange(long size, List<byte[]> peaks) {
    if (Long.bitCount(size) != peaks.size()) {
      throw new IllegalArgumentException(peaks.size() + " peaks for a tree of " + size);
    }
    this.size = size;
    this.peaks = new ArrayList<>(peaks);
  }

  long size() {
    return size;
  }

  List<byte[]> peaks() {
    return List.copyOf(peaks);
  }

  void append(byte[] leafHash, Completed completed) {
    byte[] hash = leafHash;
    completed.subtree(0, size, hash);
    int height = 0;
    while ((size >>> height & 1) == 1) {
      hash = MerkleTree.nodeHash(peaks.remove(peaks.size() - 1), hash);
      height++;
      completed.subtree(height, size >>> height, hash);
    }
    peaks.add(hash);
    size++;
  }

  byte[] root() {
    if (peaks.isEmpty()) {
      return MerkleTree.emptyRoot();
    }
    byte[] root = peaks.get(peaks.size() - 1);
    for (int i = peaks.size() - 2; i >= 0; i--) {
      root = MerkleTree.nodeHash(peaks.get(i), root);
    }
    return root;
  }
}
