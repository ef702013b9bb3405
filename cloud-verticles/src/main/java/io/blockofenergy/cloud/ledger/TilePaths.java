package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.log.MerkleTree;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Proofs of RFC 6962 section 2.1 computed from tiles. Pure functions. */
final class TilePaths {
  private final Function<Tile, byte[]> tiles;
  private final List<byte[]> proof = new ArrayList<>();

  private TilePaths(Function<Tile, byte[]> tiles) {
    this.tiles = tiles;
  }

  /**
   * The audit path of a leaf, from the leaf up.
   *
   * @param tiles gives each tile, at least as wide as the tree of {@code size} has it
   */
  static List<byte[]> inclusion(long index, long size, Function<Tile, byte[]> tiles) {
    TilePaths paths = new TilePaths(tiles);
    paths.path(index, 0, size);
    return paths.proof;
  }

  /** That the tree of {@code newSize} begins with that of {@code oldSize}, 0 &lt; old &lt; new. */
  static List<byte[]> consistency(long oldSize, long newSize, Function<Tile, byte[]> tiles) {
    TilePaths paths = new TilePaths(tiles);
    paths.subproof(oldSize, 0, newSize, true);
    return paths.proof;
  }

  private void path(long index, long from, long to) {
    if (to - from == 1) {
      return;
    }
    long split = from + split(to - from);
    if (index < split) {
      path(index, from, split);
      proof.add(hash(split, to));
    } else {
      path(index, split, to);
      proof.add(hash(from, split));
    }
  }

  private void subproof(long old, long from, long to, boolean known) {
    if (old == to) {
      if (!known) {
        proof.add(hash(from, to));
      }
      return;
    }
    long split = from + split(to - from);
    if (old <= split) {
      subproof(old, from, split, known);
      proof.add(hash(split, to));
    } else {
      subproof(old, split, to, false);
      proof.add(hash(from, split));
    }
  }

  private byte[] hash(long from, long to) {
    long count = to - from;
    if (Long.bitCount(count) == 1) {
      int height = Long.numberOfTrailingZeros(count);
      int level = height / 8;
      int hashes = 1 << (height % 8);
      long first = from >>> (8 * level);
      byte[] tile = tiles.apply(new Tile(level, first >>> 8));
      return RightEdge.perfectRoot(tile, (int) first & (Tile.WIDTH - 1), hashes);
    }
    long split = from + split(count);
    return MerkleTree.nodeHash(hash(from, split), hash(split, to));
  }

  /** The greatest power of two that is less than {@code count}. */
  private static long split(long count) {
    return Long.highestOneBit(count - 1);
  }
}
