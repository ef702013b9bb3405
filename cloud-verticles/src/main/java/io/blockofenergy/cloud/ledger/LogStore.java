package io.blockofenergy.cloud.ledger;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the log lives. A write's future completes when the write is durable; one that failed may or
 * may not have happened, and a reader sees each document whole or not at all. Writes named {@code
 * put} and {@code create} may be repeated, and at any later time: they never take back or change
 * what is stored, and fail with {@link LogContradictionException} when that is not what they would
 * write. Safe for any thread.
 */
public interface LogStore {
  /** Creates what is needed before the first use, such as indexes. */
  Future<Void> prepare();

  /** The writer's lease; empty before the first start. */
  Future<Optional<Lease>> lease();

  /** Stores the very first lease; false when there is one. */
  Future<Boolean> createLease(Lease lease);

  /** Replaces a lease if it still is as it was found; false when not. */
  Future<Boolean> takeLease(Lease found, Lease next);

  /** Renews the lease of this holder and epoch; false when another has taken it. */
  Future<Boolean> renewLease(Lease renewed);

  /**
   * Raises the epoch of the size and of the staged round to this one where it is lower. From then
   * on {@link #stage} and {@link #compareAndSetSize} of earlier epochs change nothing, however long
   * they were under way.
   *
   * @return the highest epoch of the two; when it is not this one, another has taken over
   */
  Future<Long> fence(long epoch);

  /** Size of the committed tree; empty before the first start. */
  Future<Optional<Long>> size();

  /** Sets the size of the committed tree to nothing, with epoch 0, when there is none. */
  Future<Void> createSize();

  /** Moves the size of the committed tree; false when it is not {@code from} of this epoch. */
  Future<Boolean> compareAndSetSize(long epoch, long from, long to);

  /** The round staged last. */
  Future<Optional<Staged>> staged();

  /** Stages the very first round, with epoch 0, when there is none. */
  Future<Void> createStaged(Staged staged);

  /**
   * Replaces the staged round of this epoch whose {@code toSize} is this one's {@code fromSize};
   * false, with nothing changed, when there is none: another writer has taken over. This is what
   * keeps two processes from signing two histories.
   */
  Future<Boolean> stage(long epoch, Staged staged);

  /** Bundles by number, as c2sp.org/tlog-tiles serves them; what is as wide or wider stays. */
  Future<Void> putEntries(Map<Long, byte[]> bundles);

  /** Tiles; what is as wide or wider stays. */
  Future<Void> putTiles(Map<Tile, byte[]> tiles);

  /** Where the batches of the round are. */
  Future<Void> putBatches(Staged staged);

  /** The first and only checkpoint of its size. */
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
