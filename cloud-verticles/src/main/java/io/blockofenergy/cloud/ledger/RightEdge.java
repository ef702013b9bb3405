package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.log.MerkleTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What must be known of a tree to let it grow: the unfinished tile of each level and the unfinished
 * bundle of entries. Its size is logarithmic in the tree's. Not safe for threads.
 */
final class RightEdge {
  /** What has changed: each touched tile and bundle, in full. */
  record Changes(Map<Long, byte[]> bundles, Map<Tile, byte[]> tiles) {}

  private static final class Level {
    final byte[] hashes = new byte[Tile.WIDTH * Tile.HASH_BYTES];
    int width;
    boolean touched;
  }

  private long size;
  private final List<Level> levels = new ArrayList<>();
  private final ByteBuffer bundle = ByteBuffer.allocate(Tile.WIDTH * Tile.ENTRY_BYTES);

  /** Number of hashes in the unfinished tile of a level, in a tree of {@code size} leaves. */
  static int width(long size, int level) {
    return (int) (size >>> (8 * level)) & (Tile.WIDTH - 1);
  }

  /** Number of levels that a tree of {@code size} leaves has. */
  static int levels(long size) {
    int levels = 0;
    while (levels < 8 && size >>> (8 * levels) > 0) {
      levels++;
    }
    return levels;
  }

  /** Name of the unfinished tile of a level. */
  static Tile tile(long size, int level) {
    return new Tile(level, level == 7 ? 0 : size >>> (8 * (level + 1)));
  }

  /** The empty tree. */
  RightEdge() {}

  /**
   * The tree of {@code size} leaves, out of stored tiles; these may be wider than the tree needs,
   * for what is stored only grows.
   *
   * @param bundle the unfinished bundle, null when there is none
   * @throws LogContradictionException when the tiles and the bundle do not have what they must
   */
  RightEdge(long size, Map<Tile, byte[]> tiles, byte[] bundle) {
    this.size = size;
    for (int i = 0; i < levels(size); i++) {
      Level level = new Level();
      level.width = width(size, i);
      if (level.width > 0) {
        byte[] stored = tiles.get(tile(size, i));
        int bytes = level.width * Tile.HASH_BYTES;
        if (stored == null || stored.length < bytes) {
          throw new LogContradictionException(
              "tile " + tile(size, i).key() + " of the log lacks hashes of its " + level.width);
        }
        System.arraycopy(stored, 0, level.hashes, 0, bytes);
      }
      levels.add(level);
    }
    int entries = width(size, 0);
    if (entries > 0) {
      if (bundle == null || bundle.length < entries * Tile.ENTRY_BYTES) {
        throw new LogContradictionException(
            "bundle " + (size >>> 8) + " of the log lacks entries of its " + entries);
      }
      for (int i = 0; i < entries; i++) {
        int at = i * Tile.ENTRY_BYTES;
        byte[] leaf =
            MerkleTree.leafHash(Arrays.copyOfRange(bundle, at + 2, at + Tile.ENTRY_BYTES));
        int tileAt = i * Tile.HASH_BYTES;
        if (bundle[at] != 0
            || bundle[at + 1] != Tile.HASH_BYTES
            || !Arrays.equals(
                leaf, 0, 32, levels.get(0).hashes, tileAt, tileAt + Tile.HASH_BYTES)) {
          throw new LogContradictionException(
              "entry " + ((size & -Tile.WIDTH) + i) + " of the log does not fit its tile");
        }
      }
      this.bundle.put(bundle, 0, entries * Tile.ENTRY_BYTES);
    }
  }

  long size() {
    return size;
  }

  /** Appends entries of 32 bytes each and returns what is to be stored. */
  Changes append(byte[] entries) {
    Changes changes = new Changes(new HashMap<>(), new HashMap<>());
    for (int at = 0; at < entries.length; at += Tile.HASH_BYTES) {
      byte[] entry = Arrays.copyOfRange(entries, at, at + Tile.HASH_BYTES);
      bundle.putShort((short) Tile.HASH_BYTES).put(entry);
      if (!bundle.hasRemaining()) {
        changes.bundles.put(size >>> 8, bundle.array().clone());
        bundle.clear();
      }
      size++;
      add(0, MerkleTree.leafHash(entry), changes);
    }
    if (bundle.position() > 0 && entries.length > 0) {
      changes.bundles.put(size >>> 8, Arrays.copyOf(bundle.array(), bundle.position()));
    }
    for (int i = 0; i < levels.size(); i++) {
      Level level = levels.get(i);
      if (level.touched && level.width > 0) {
        changes.tiles.put(
            tile(size, i), Arrays.copyOf(level.hashes, level.width * Tile.HASH_BYTES));
      }
      level.touched = false;
    }
    return changes;
  }

  private void add(int i, byte[] hash, Changes changes) {
    if (i == levels.size()) {
      levels.add(new Level());
    }
    Level level = levels.get(i);
    System.arraycopy(hash, 0, level.hashes, level.width * Tile.HASH_BYTES, Tile.HASH_BYTES);
    level.touched = true;
    if (++level.width == Tile.WIDTH) {
      // size counts the leaf that filled this tile, so the tile is the one before the next.
      changes.tiles.put(new Tile(i, (size >>> (8 * (i + 1))) - 1), level.hashes.clone());
      level.width = 0;
      add(i + 1, perfectRoot(level.hashes, 0, Tile.WIDTH), changes);
    }
  }

  /** The RFC 6962 root. */
  byte[] root() {
    byte[] root = null;
    for (Level level : levels) {
      int end = level.width;
      for (int bit = 1; bit < Tile.WIDTH; bit <<= 1) {
        if ((level.width & bit) != 0) {
          byte[] subtree = perfectRoot(level.hashes, end - bit, bit);
          end -= bit;
          root = root == null ? subtree : MerkleTree.nodeHash(subtree, root);
        }
      }
    }
    return root == null ? MerkleTree.emptyRoot() : root;
  }

  /** Root over {@code count} hashes, a power of two, of a tile. */
  static byte[] perfectRoot(byte[] hashes, int from, int count) {
    if (count == 1) {
      int at = from * Tile.HASH_BYTES;
      return Arrays.copyOfRange(hashes, at, at + Tile.HASH_BYTES);
    }
    int half = count / 2;
    return MerkleTree.nodeHash(
        perfectRoot(hashes, from, half), perfectRoot(hashes, from + half, half));
  }
}
