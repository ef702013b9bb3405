package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.telemetry.log.MerkleTree;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The log's bundles of entries and tiles of hashes, as they are stored. The ones used last are
 * kept. Blocks; belongs to one thread.
 */
final class LogPages {
  /** Entries of a bundle, and hashes of a tile. */
  static final int WIDTH = 256;

  private static final byte[] NO_DATA = {};
  private static final int HASH = 32;
  private static final int ENTRY = 2 + HASH;
  private static final int KEPT = 256;

  private final Documents documents;
  private final AuditState state;
  private final Map<Long, byte[][]> kept =
      new LinkedHashMap<>(KEPT * 2, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[][]> eldest) {
          return size() > KEPT;
        }
      };

  LogPages(Documents documents, AuditState state) {
    this.documents = documents;
    this.state = state;
  }

  Map<Long, byte[]> bundles(Collection<Long> numbers) {
    Map<Long, byte[]> bundles = new HashMap<>();
    data("log_entries", List.copyOf(numbers)).forEach((n, data) -> bundles.put((Long) n, data));
    return bundles;
  }

  /** Tiles of level 0. */
  Map<Long, byte[]> tiles(Collection<Long> numbers) {
    Map<Long, byte[]> tiles = new HashMap<>();
    data("log_tiles", numbers.stream().map(n -> "0/" + n).toList())
        .forEach((name, data) -> tiles.put(Long.parseLong(name.toString().substring(2)), data));
    return tiles;
  }

  /** Reads at once what {@link #leafHash} will be asked for. */
  void prepare(Collection<Long> bundles) {
    List<Long> missing =
        bundles.stream().filter(n -> !kept.containsKey(n)).distinct().limit(KEPT).toList();
    if (missing.isEmpty()) {
      return;
    }
    Map<Long, byte[]> entries = bundles(missing);
    List<Long> disputed = missing.stream().filter(state.disputes()::containsKey).toList();
    Map<Long, byte[]> tiles = disputed.isEmpty() ? Map.of() : tiles(disputed);
    for (Long n : missing) {
      boolean tileCounts = Boolean.TRUE.equals(state.disputes().get(n));
      kept.put(n, leafHashes(entries.get(n), tiles.get(n), tileCounts));
    }
  }

  /**
   * The log's word for a leaf: the hash of its entry, or of its tile where the walk has shown that
   * the entry is the rewritten one; null where there is neither.
   */
  byte[] leafHash(long index) {
    long bundle = index / WIDTH;
    if (!kept.containsKey(bundle)) {
      prepare(List.of(bundle));
    }
    return kept.get(bundle)[(int) (index % WIDTH)];
  }

  private static byte[][] leafHashes(byte[] bundle, byte[] tile, boolean tileCounts) {
    byte[][] hashes = new byte[WIDTH][];
    for (int i = 0; i < WIDTH; i++) {
      byte[] entry = entry(bundle, i);
      byte[] ofTile = hash(tile, i);
      boolean byTile = ofTile != null && (tileCounts || entry == null);
      hashes[i] = byTile ? ofTile : entry == null ? null : MerkleTree.leafHash(entry);
    }
    return hashes;
  }

  /** Whether the tile of a full bundle gives the hash that level 1 has for it. */
  boolean tileFitsLevelOne(long bundle) {
    String name = "1/" + bundle / WIDTH;
    byte[] above = hash(data("log_tiles", List.of(name)).get(name), (int) (bundle % WIDTH));
    byte[] tile = tiles(List.of(bundle)).get(bundle);
    if (above == null || tile == null || tile.length != WIDTH * HASH) {
      return false;
    }
    CompactRange tree = new CompactRange();
    for (int i = 0; i < WIDTH; i++) {
      tree.append(hash(tile, i), (height, index, hash) -> {});
    }
    return Arrays.equals(tree.root(), above);
  }

  /** The binary data of documents; what is not such counts as empty. */
  Map<Object, byte[]> data(String collection, List<?> ids) {
    Map<Object, byte[]> data = new HashMap<>();
    await(documents.byId(collection, ids))
        .forEach((id, document) -> data.put(id, document.map(LogPages::data).orElse(NO_DATA)));
    return data;
  }

  private static byte[] data(JsonObject document) {
    try {
      return document.getValue("data") instanceof JsonObject binary
              && binary.containsKey("$binary")
              && binary.getBinary("$binary") != null
          ? binary.getBinary("$binary")
          : NO_DATA;
    } catch (ClassCastException | IllegalArgumentException e) {
      return NO_DATA; // A document that only looks as the client shows binary data.
    }
  }

  /** An entry of a bundle; null when it is not there. */
  static byte[] entry(byte[] bundle, int i) {
    int at = i * ENTRY;
    boolean there =
        bundle != null && bundle.length >= at + ENTRY && bundle[at] == 0 && bundle[at + 1] == HASH;
    return there ? Arrays.copyOfRange(bundle, at + 2, at + ENTRY) : null;
  }

  /** A hash of a tile; null when it is not there. */
  static byte[] hash(byte[] tile, int i) {
    return tile == null || tile.length < (i + 1) * HASH
        ? null
        : Arrays.copyOfRange(tile, i * HASH, (i + 1) * HASH);
  }
}
