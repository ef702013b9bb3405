package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.log.MerkleTree;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RightEdgeTest {
  private static final List<byte[]> ENTRIES = PlainTree.entries(66_000);

  private final Map<Tile, byte[]> tiles = new HashMap<>();
  private final Map<Long, byte[]> bundles = new HashMap<>();
  private RightEdge edge = new RightEdge();

  @Test
  void hasTheRootOfRfc6962AtEverySizeAroundTheFirstTiles() {
    assertThat(edge.root()).isEqualTo(MerkleTree.emptyRoot());
    for (int size = 1; size <= 600; size++) {
      grow(size);
      assertThat(edge.root()).as("size %d", size).isEqualTo(PlainTree.root(first(size)));
      RightEdge loaded = load(size);
      assertThat(loaded.root()).as("loaded at %d", size).isEqualTo(edge.root());
    }
  }

  @Test
  void hasTheRootOfRfc6962AroundTheFirstTileOfTheSecondLevel() {
    for (int size = 65_533; size <= 65_539; size++) {
      grow(size);
      assertThat(edge.root()).as("size %d", size).isEqualTo(PlainTree.root(first(size)));
      assertThat(load(size).root()).isEqualTo(edge.root());
    }
    assertThat(tiles.get(new Tile(1, 0))).hasSize(8192);
    assertThat(tiles.get(new Tile(2, 0))).hasSize(32);
    assertThat(tiles.get(new Tile(0, 256))).hasSize(3 * 32);
    assertThat(bundles.get(256L)).hasSize(3 * 34);
  }

  @Test
  void inclusionProofsVerify() {
    grow(65_800);
    Random random = new Random(6962);
    for (int size : new int[] {1, 2, 3, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_800}) {
      byte[] root = PlainTree.root(first(size));
      for (int i = 0; i < Math.min(size, 30); i++) {
        int index = i == 0 ? 0 : i == 1 ? size - 1 : random.nextInt(size);
        List<byte[]> proof = TilePaths.inclusion(index, size, tiles::get);
        byte[] leaf = MerkleTree.leafHash(ENTRIES.get(index));
        assertThat(MerkleTree.verifyInclusion(leaf, index, size, proof, root))
            .as("entry %d of %d", index, size)
            .isTrue();
      }
    }
  }

  @Test
  void consistencyProofsVerify() {
    grow(65_800);
    int[] sizes = {1, 2, 3, 7, 255, 256, 257, 300, 511, 512, 513, 600, 65_535, 65_537, 65_800};
    for (int old : sizes) {
      for (int grown : sizes) {
        if (old < grown) {
          assertThat(
                  MerkleTree.verifyConsistency(
                      old,
                      PlainTree.root(first(old)),
                      grown,
                      PlainTree.root(first(grown)),
                      TilePaths.consistency(old, grown, tiles::get)))
              .as("from %d to %d", old, grown)
              .isTrue();
        }
      }
    }
  }

  @Test
  void refusesABundleThatDoesNotFitItsTile() {
    grow(10);
    bundles.get(0L)[5] ^= 1;

    assertThatThrownBy(() -> load(10))
        .isInstanceOf(LogContradictionException.class)
        .hasMessageContaining("entry 0");
  }

  private static List<byte[]> first(int size) {
    return ENTRIES.subList(0, size);
  }

  private void grow(int size) {
    ByteArrayOutputStream fresh = new ByteArrayOutputStream();
    ENTRIES.subList((int) edge.size(), size).forEach(fresh::writeBytes);
    RightEdge.Changes changes = edge.append(fresh.toByteArray());
    tiles.putAll(changes.tiles());
    bundles.putAll(changes.bundles());
  }

  private RightEdge load(long size) {
    return new RightEdge(size, tiles, bundles.get(size >>> 8));
  }
}
