package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.telemetry.log.MerkleTree;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The log's trees, tiles and proofs beside RFC 6962 written down plainly. */
class LogPropertyTest {
  private static final long SEED = 20261125;
  private static final int[] BOUNDARIES = {
    0, 1, 2, 3, 4, 5, 7, 8, 127, 128, 129, 254, 255, 256, 257, 510, 511, 512, 513, 767, 768, 1023,
    1024, 1025, 32_767, 32_768, 32_769, 65_279, 65_280, 65_281, 65_534, 65_535, 65_536, 65_537,
    65_791, 65_792, 65_793, 69_999, 70_000
  };

  private final List<byte[]> entries = PlainTree.entries(70_000);
  private final PlainTree plain = new PlainTree(entries);
  private final Random random = new Random(SEED);
  private final Map<Tile, byte[]> tiles = new HashMap<>();
  private final Map<Long, byte[]> bundles = new HashMap<>();
  private final LogReader reader =
      new LogReader(
          (LogStore)
              Proxy.newProxyInstance(
                  LogStore.class.getClassLoader(),
                  new Class<?>[] {LogStore.class},
                  (proxy, method, arguments) ->
                      Future.succeededFuture(
                          Optional.ofNullable(
                              method.getName().equals("tile")
                                  ? tiles.get((Tile) arguments[0])
                                  : bundles.get((Long) arguments[0])))));

  @Test
  void anyTreeFromNothingTo70000EntriesIsThatOfRfc6962() {
    TreeSet<Integer> sizes = new TreeSet<>();
    for (int boundary : BOUNDARIES) {
      sizes.add(boundary);
    }
    random.ints(40, 0, 70_000).forEach(sizes::add);
    random.ints(20, 0, 600).forEach(sizes::add);

    RightEdge edge = new RightEdge();
    for (int size : sizes) {
      grow(edge, size);
      assertThat(edge.root()).as("root of %d", size).isEqualTo(plain.root(size));
      assertThat(new RightEdge(size, tiles, bundles.get((long) size >>> 8)).root())
          .as("root of %d, from what is stored", size)
          .isEqualTo(plain.root(size));
      checkProofs(size);
    }
    for (int size : sizes) {
      checkTiles(size);
      checkProofs(size);
    }
  }

  private void grow(RightEdge edge, int size) {
    while (edge.size() < size) {
      // In rounds of any length.
      int from = (int) edge.size();
      int to = Math.min(size, from + 1 + random.nextInt(random.nextBoolean() ? 300 : 16_384));
      ByteArrayOutputStream fresh = new ByteArrayOutputStream();
      entries.subList(from, to).forEach(fresh::writeBytes);
      RightEdge.Changes changes = edge.append(fresh.toByteArray());
      tiles.putAll(changes.tiles());
      bundles.putAll(changes.bundles());
    }
  }

  /** The tiles of the tree of this size, out of a store that has grown beyond it. */
  private void checkTiles(int size) {
    for (int level = 0; size >>> (8 * level) > 0; level++) {
      int hashes = size >>> (8 * level);
      for (int n = 0; n * 256 < hashes; n++) {
        int width = Math.min(256, hashes - n * 256);
        boolean isLast = (n + 1) * 256 >= hashes;
        if (isLast || random.nextInt(20) == 0) {
          assertThat(reader.tile(level, n, width).result())
              .as("tile %d/%d of width %d", level, n, width)
              .hasValue(plain.tile(level, n, width));
          if (level == 0) {
            assertThat(reader.entries(n, width).result())
                .as("bundle %d of width %d", n, width)
                .hasValue(plain.bundle(n * 256, width));
          }
        }
      }
    }
  }

  private void checkProofs(int size) {
    byte[] root = plain.root(size);
    for (int i = 0; i < Math.min(size, 12); i++) {
      int index = i == 0 ? 0 : i == 1 ? size - 1 : random.nextInt(size);
      List<byte[]> proof = reader.inclusionProof(index, size).result();
      assertThat(proof)
          .as("inclusion of %d in %d", index, size)
          .usingElementComparator(java.util.Arrays::compare)
          .isEqualTo(plain.path(index, size));
      byte[] leaf = MerkleTree.leafHash(entries.get(index));
      assertThat(MerkleTree.verifyInclusion(leaf, index, size, proof, root)).isTrue();
      int old = i == 2 ? size : 1 + random.nextInt(size);
      List<byte[]> consistency = reader.consistencyProof(old, size).result();
      assertThat(consistency)
          .as("consistency of %d and %d", old, size)
          .usingElementComparator(java.util.Arrays::compare)
          .isEqualTo(plain.proof(old, size));
      assertThat(MerkleTree.verifyConsistency(old, plain.root(old), size, root, consistency))
          .isTrue();
    }
  }
}
