package io.blockofenergy.cloud.ledger;

/**
 * Name of a tile of c2sp.org/tlog-tiles: at {@code level}, the hashes of the perfect subtrees of
 * 256^level leaves with the numbers 256·n to 256·n + 255.
 */
public record Tile(int level, long n) {
  /** Number of hashes in a full tile, and of entries in a full bundle. */
  public static final int WIDTH = 256;

  /** Bytes of a hash, and of an entry of this log. */
  public static final int HASH_BYTES = 32;

  /** Bytes of an entry in its bundle: a 16-bit length before it. */
  public static final int ENTRY_BYTES = 2 + HASH_BYTES;

  /** The key under which the store keeps it. */
  public String key() {
    return level + "/" + n;
  }
}
