package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.Act;
import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The log as it is served and proved. Reads only. Safe for any thread. */
public final class LogReader {
  private final LogStore store;

  public LogReader(LogStore store) {
    this.store = store;
  }

  /** The newest checkpoint's signed note; empty before the ledger's first start. */
  public Future<Optional<String>> checkpoint() {
    return newest().map(checkpoint -> checkpoint.map(LogCheckpoint::note));
  }

  /** The newest checkpoint; empty before the ledger's first start. */
  public Future<Optional<LogCheckpoint>> newest() {
    return store.newestCheckpoint();
  }

  /** The checkpoint of exactly {@code treeSize} entries. */
  public Future<Optional<LogCheckpoint>> checkpoint(long treeSize) {
    return store.checkpoint(treeSize);
  }

  /**
   * The first {@code width} hashes of a tile; empty when it has less.
   *
   * @param width 1 to 256
   */
  public Future<Optional<byte[]>> tile(int level, long n, int width) {
    return store.tile(new Tile(level, n)).map(tile -> prefix(tile, width * Tile.HASH_BYTES));
  }

  /**
   * The first {@code width} entries of a bundle, each after its length as 16 bits; empty when it
   * has less.
   *
   * @param width 1 to 256
   */
  public Future<Optional<byte[]>> entries(long n, int width) {
    return store.entries(n).map(bundle -> prefix(bundle, width * Tile.ENTRY_BYTES));
  }

  private static Optional<byte[]> prefix(Optional<byte[]> stored, int bytes) {
    return stored.filter(all -> all.length >= bytes).map(all -> Arrays.copyOf(all, bytes));
  }

  /**
   * The audit path of entry {@code index} in the tree of {@code size} entries, from the leaf up.
   * Reads at most two tiles a level.
   */
  public Future<List<byte[]>> inclusionProof(long index, long size) {
    if (index < 0 || index >= size) {
      return Future.failedFuture(
          new IllegalArgumentException("no entry " + index + " in a tree of " + size));
    }
    return withTiles(tiles -> TilePaths.inclusion(index, size, tiles));
  }

  /** That the tree of {@code newSize} entries begins with that of {@code oldSize}. */
  public Future<List<byte[]>> consistencyProof(long oldSize, long newSize) {
    if (oldSize < 0 || oldSize > newSize) {
      return Future.failedFuture(
          new IllegalArgumentException("a tree of " + newSize + " has none of " + oldSize));
    }
    if (oldSize == 0 || oldSize == newSize) {
      return Future.succeededFuture(List.of());
    }
    return withTiles(tiles -> TilePaths.consistency(oldSize, newSize, tiles));
  }

  /** Runs the computation once to learn which tiles it wants, then again with these. */
  private Future<List<byte[]>> withTiles(Function<Function<Tile, byte[]>, List<byte[]>> proof) {
    Set<Tile> wanted = new LinkedHashSet<>();
    byte[] blank = new byte[Tile.WIDTH * Tile.HASH_BYTES];
    proof.apply(
        tile -> {
          wanted.add(tile);
          return blank;
        });
    List<Tile> names = new ArrayList<>(wanted);
    return Future.all(names.stream().map(store::tile).toList())
        .map(
            all -> {
              Map<Tile, byte[]> tiles = new HashMap<>();
              for (int i = 0; i < names.size(); i++) {
                Tile name = names.get(i);
                Optional<byte[]> tile = all.resultAt(i);
                tiles.put(
                    name,
                    tile.orElseThrow(
                        () ->
                            new LogContradictionException(
                                "tile " + name.key() + " of the log is missing")));
              }
              return proof.apply(tiles::get);
            });
  }

  /**
   * The entry of a reading or an act; empty when it is not in the log, or not such an id.
   *
   * @param readingId {@code <bridge>.<journal>.<seq>} or {@code @act.00000000.<n>}
   */
  public Future<Optional<Long>> leafIndexOf(String readingId) {
    Optional<ReadingId> id = ReadingId.parse(readingId);
    if (id.isEmpty()) {
      return Act.number(readingId)
          .map(
              n -> {
                String act = Act.sortableId(n);
                return leafIndexOf(act.substring(0, act.lastIndexOf('.') + 1), n, act);
              })
          .orElse(Future.succeededFuture(Optional.empty()));
    }
    return leafIndexOf(
        id.get().bridge() + '.' + id.get().journal() + '.', id.get().seq(), id.get().sortable());
  }

  private Future<Optional<Long>> leafIndexOf(String journal, long seq, String sortableId) {
    return store
        .lastBatch(journal + "0".repeat(16), sortableId)
        .map(
            found ->
                found.flatMap(
                    batch -> {
                      long offset = seq - Long.parseLong(batch.id().substring(journal.length()));
                      return offset < batch.count()
                          ? Optional.of(batch.leafStart() + offset)
                          : Optional.empty();
                    }));
  }
}
