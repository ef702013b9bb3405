package io.blockofenergy.cloud.ledger;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the log lives. A write's future completes when the write is durable; one that failed may or
 * may not have happened, and a reader sees each document whole or not at all. Writes named {@code
 * put} replace what is there and may be repeated. Safe for any thread.
 */
public interface LogStore {
  /** Creates what is needed before the first use, such as indexes. */
  Future<Void> prepare();

  /** Size of the committed tree; empty before the first start. */
  Future<Optional<Long>> size();

  /** Sets the size of the committed tree for the first time. */
  Future<Void> createSize(long size);

  /** Moves the size of the committed tree; false when it is not {@code from}. */
  Future<Boolean> compareAndSetSize(long from, long to);

  /** The round staged last. */
  Future<Optional<Staged>> staged();

  /** Stages the very first round; fails when there is one. */
  Future<Void> createStaged(Staged staged);

  /**
   * Replaces the staged round whose {@code toSize} is this one's {@code fromSize}; false, with
   * nothing changed, when there is none: another writer was faster. This is what keeps two
   * processes from signing two histories.
   */
  Future<Boolean> stage(Staged staged);

  /** Bundles by number, as c2sp.org/tlog-tiles serves them. */
  Future<Void> putEntries(Map<Long, byte[]> bundles);

  Future<Void> putTiles(Map<Tile, byte[]> tiles);

  Future<Void> putBatches(Staged staged);

  Future<Void> putCheckpoint(LogCheckpoint checkpoint);

  /** The checkpoint of exactly this size. */
  Future<Optional<LogCheckpoint>> checkpoint(long treeSize);

  Future<Optional<LogCheckpoint>> newestCheckpoint();

  /** The widest bundle stored under this number. */
  Future<Optional<byte[]>> entries(long n);

  /** The widest tile stored under this name. */
  Future<Optional<byte[]>> tile(Tile tile);

  /** Those of the batches that are in the log. */
  Future<Map<String, LoggedBatch>> batches(List<String> ids);

  /** Of the batches with ids from {@code first} to {@code last}, the one with the greatest id. */
  Future<Optional<LoggedBatch>> lastBatch(String first, String last);
}
