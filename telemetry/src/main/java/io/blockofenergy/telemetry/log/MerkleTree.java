package io.blockofenergy.telemetry.log;

import io.blockofenergy.telemetry.Sha256;
import java.util.Arrays;
import java.util.List;

/**
 * The hashing rules of RFC 6962 section 2.1 and the proof checks of RFC 9162 section 2.1: what a
 * verifier needs, and nothing of how a log is built. All hashes are 32 bytes. Pure functions.
 */
public final class MerkleTree {
  private static final byte[] LEAF = {0};
  private static final byte[] NODE = {1};

  private MerkleTree() {}

  /** SHA-256 of 0x00 and the entry. */
  public static byte[] leafHash(byte[] entry) {
    return Sha256.hash(LEAF, entry);
  }

  /** SHA-256 of 0x01 and the two subtrees' hashes. */
  public static byte[] nodeHash(byte[] left, byte[] right) {
    return Sha256.hash(NODE, left, right);
  }

  /** The root of the tree without entries. */
  public static byte[] emptyRoot() {
    return Sha256.hash();
  }

  /**
   * Whether {@code proof} leads from the leaf at {@code index} to {@code root} in a tree of {@code
   * size} leaves, RFC 9162 section 2.1.3.2.
   */
  public static boolean verifyInclusion(
      byte[] leafHash, long index, long size, List<byte[]> proof, byte[] root) {
    if (index < 0 || index >= size) {
      return false;
    }
    long node = index;
    long last = size - 1;
    byte[] hash = leafHash;
    for (byte[] sibling : proof) {
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        hash = nodeHash(sibling, hash);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        hash = nodeHash(hash, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && Arrays.equals(hash, root);
  }

  /**
   * Whether {@code proof} shows that the tree of {@code newSize} leaves begins with that of {@code
   * oldSize}, RFC 9162 section 2.1.4.2.
   */
  public static boolean verifyConsistency(
      long oldSize, byte[] oldRoot, long newSize, byte[] newRoot, List<byte[]> proof) {
    if (oldSize < 0 || oldSize > newSize) {
      return false;
    }
    if (oldSize == newSize) {
      return proof.isEmpty() && Arrays.equals(oldRoot, newRoot);
    }
    if (oldSize == 0) {
      return proof.isEmpty() && Arrays.equals(oldRoot, emptyRoot());
    }
    if (proof.isEmpty()) {
      return false;
    }
    int next = 0;
    byte[] first = Long.bitCount(oldSize) == 1 ? oldRoot : proof.get(next++);
    long node = oldSize - 1;
    long last = newSize - 1;
    while ((node & 1) == 1) {
      node >>= 1;
      last >>= 1;
    }
    byte[] oldHash = first;
    byte[] newHash = first;
    for (; next < proof.size(); next++) {
      byte[] sibling = proof.get(next);
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        oldHash = nodeHash(sibling, oldHash);
        newHash = nodeHash(sibling, newHash);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        newHash = nodeHash(newHash, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && Arrays.equals(oldHash, oldRoot) && Arrays.equals(newHash, newRoot);
  }
}
