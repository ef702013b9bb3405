package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The append-only log. Batches wait for the next round; a round is staged (one document that says
 * everything it will do), carried out, signed as a checkpoint and committed. What fails on the way
 * is carried out again from the staged document, by the same code that a start after a crash uses,
 * so a round happens once, whole, with one checkpoint.
 *
 * <p>One process writes at a time: the one that holds the log's lease. Others stand by, and take
 * over when it is given back or has run out. What a writer whose turn is over still has under way
 * changes nothing any more, for the store compares the lease's epoch.
 *
 * <p>Safe for any thread; the work is done on the context on which {@link #start()} was called.
 */
public final class TransparencyLog {
  /** A round is not put off any longer when this many entries wait. */
  static final int ROUND_ENTRIES = 4096;

  /**
   * Nor when this many batches do: no more are delivered before they are settled. Each is at most
   * 250 KB compressed.
   */
  static final int ROUND_BATCHES = 64;

  /** A round takes no further batch beyond this, to bound the staged document (512 KiB). */
  static final int MAX_ROUND_ENTRIES = 16_384;

  private static final Logger LOG = LoggerFactory.getLogger(TransparencyLog.class);

  private static final class Waiting {
    final String batchId;
    final byte[] hashes;
    final Promise<Long> appended = Promise.promise();

    Waiting(String batchId, byte[] hashes) {
      this.batchId = batchId;
      this.hashes = hashes;
    }

    int count() {
      return hashes.length / Tile.HASH_BYTES;
    }
  }

  private final Vertx vertx;
  private final LogStore store;
  private final LedgerConfig config;
  private final SigningKey key;
  private final VerifierKey verifier;
  private final Clock clock;
  private final SignedHead signed;
  private final WriterLease lease;
  private final Counter appended;
  private final AtomicLong size = new AtomicLong();

  private Context context;
  private long timer = -1;
  private long leaseTimer = -1;
  private Consumer<LogCheckpoint> listener = checkpoint -> {};
  private Consumer<Boolean> turns = writes -> {};
  private volatile LogCheckpoint newest;
  private volatile String waitsFor = "not started";
  private volatile LogContradictionException contradiction;

  // Guarded by this.
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private final Map<String, Waiting> waitingById = new HashMap<>();
  private int waitingEntries;
  private boolean closed;

  // Touched on the context only, by one round at a time. No edge means: recover before going on.
  private RightEdge edge;
  private long edgeEpoch;
  private Future<Void> round;
  private Future<Void> leasing;
  private boolean prepared;
  private boolean writing;

  /** Trusts its store to keep what it has acknowledged. */
  public TransparencyLog(
      Vertx vertx,
      LogStore store,
      LedgerConfig config,
      SigningKey key,
      Clock clock,
      MeterRegistry metrics) {
    this(vertx, store, config, key, null, clock, metrics);
  }

  /**
   * @param signed what was signed here before; null to trust the store alone
   */
  public TransparencyLog(
      Vertx vertx,
      LogStore store,
      LedgerConfig config,
      SigningKey key,
      SignedHead signed,
      Clock clock,
      MeterRegistry metrics) {
    this.vertx = vertx;
    this.store = store;
    this.config = config;
    this.key = key;
    this.verifier = new VerifierKey(config.origin(), key.publicKey());
    this.clock = clock;
    this.signed = signed;
    this.lease = new WriterLease(store, config.lease(), clock, System::nanoTime);
    this.appended =
        Counter.builder("boe.cloud.ledger.appended")
            .description("Readings appended to the log")
            .register(metrics);
    Gauge.builder("boe.cloud.ledger.size", size, AtomicLong::get)
        .description("Entries of the log")
        .register(metrics);
  }

  /** The key by which this log's checkpoints are verified. */
  public VerifierKey verifierKey() {
    return verifier;
  }

  /** Called with each checkpoint once it is committed, on the log's context. Set before start. */
  public void onCheckpoint(Consumer<LogCheckpoint> listener) {
    this.listener = listener;
  }

  /**
   * Called on the log's context with true when this process begins to write the log, and with false
   * when another has taken over. Set before start.
   */
  public void onTurn(Consumer<Boolean> listener) {
    this.turns = listener;
  }

  /** The newest checkpoint that was committed here; null while this process has not written. */
  public LogCheckpoint newest() {
    return newest;
  }

  /** Why the log has stopped for good, when it has. */
  public Optional<String> fault() {
    return Optional.ofNullable(contradiction).map(Throwable::getMessage);
  }

  /** Why nothing is appended by this process, or empty. Safe for any thread. */
  public Optional<String> problem() {
    return fault().or(() -> Optional.ofNullable(waitsFor));
  }

  /**
   * Takes the log's lease, finishes what an earlier process left unfinished and begins to take
   * batches. Completes as well when another process holds the lease or the store is away; it is
   * tried again then until {@link #close}.
   *
   * <p>Fails with {@link LogContradictionException} when what is stored is not what was signed.
   */
  public Future<Void> start() {
    context = vertx.getOrCreateContext();
    return onContext(
        () -> {
          timer = vertx.setPeriodic(config.checkpointInterval().toMillis(), tick -> run());
          leaseTimer = vertx.setPeriodic(config.lease().toMillis() / 4, tick -> keepLease());
          keepLease();
          return leasing
              .compose(done -> round == null ? Future.succeededFuture() : round)
              .transform(
                  done ->
                      contradiction == null
                          ? Future.succeededFuture()
                          : Future.failedFuture(contradiction));
        });
  }

  /** Takes or renews the lease, unless that is under way. */
  private void keepLease() {
    if (leasing != null && !leasing.isComplete() || contradiction != null || isClosed()) {
      return;
    }
    boolean held = lease.isHeld();
    leasing =
        (prepared ? Future.<Void>succeededFuture() : store.prepare())
            .onSuccess(done -> prepared = true)
            .compose(done -> held ? lease.renew() : lease.acquire())
            .transform(
                result -> {
                  if (result.failed()) {
                    leaseFailed(result.cause());
                  } else if (!result.result()) {
                    standBy();
                  } else if (!held) {
                    run();
                  } else {
                    goesOn();
                  }
                  return Future.succeededFuture();
                });
  }

  /** The store answers, and what is in memory is what it holds. */
  private void goesOn() {
    if (writing && edge != null && lease.isHeld() && edgeEpoch == lease.epoch()) {
      waitsFor = null;
    }
  }

  private void leaseFailed(Throwable cause) {
    String why = "the log waits for its store";
    if (!why.equals(waitsFor)) {
      LOG.warn("{}: {}", why, cause.toString());
    }
    waitsFor = why;
  }

  /** Another process writes the log. */
  private void standBy() {
    String why =
        "standing by: " + lease.otherHolder().orElse("another process") + " writes the log";
    if (!why.equals(waitsFor)) {
      LOG.info("{}", why);
    }
    waitsFor = why;
    edge = null;
    if (writing) {
      writing = false;
      turns.accept(false);
    }
    failAll(new UnavailableException(why));
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /**
   * Takes no more batches, and fails those that are in no round yet: they would wait for as long as
   * the store is away. Safe for any thread.
   */
  public void refuse() {
    synchronized (this) {
      closed = true;
    }
    failAll(new UnavailableException("the ledger is closing"));
  }

  /** Stops taking batches; completes when no round is running any more. */
  public Future<Void> close() {
    refuse();
    if (context == null) {
      return Future.succeededFuture();
    }
    return onContext(
        () -> {
          vertx.cancelTimer(timer);
          vertx.cancelTimer(leaseTimer);
          Future<Void> renewing = leasing == null ? Future.succeededFuture() : leasing;
          return renewing
              .compose(done -> round == null ? Future.succeededFuture() : round)
              .otherwiseEmpty()
              .compose(done -> lease.release())
              .otherwiseEmpty();
        });
  }

  private Future<Void> onContext(java.util.function.Supplier<Future<Void>> work) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(go -> work.get().onComplete(done));
    return done.future();
  }

  /**
   * Appends a batch. Completes with the index of its first entry when a signed checkpoint includes
   * it; a batch that is in the log already is not appended again.
   *
   * <p>Fails with {@link UnavailableException} when trying again later is right, and with {@link
   * MalformedReadingException} when the log holds this batch with another number of readings.
   *
   * @param batchId {@code Batch.sortableId()}
   * @param recordHashes 32 bytes each, at least one
   */
  public Future<Long> append(String batchId, List<byte[]> recordHashes) {
    ByteArrayOutputStream hashes = new ByteArrayOutputStream(recordHashes.size() * Tile.HASH_BYTES);
    for (byte[] hash : recordHashes) {
      if (hash.length != Tile.HASH_BYTES) {
        return Future.failedFuture(new MalformedReadingException("a record hash has 32 bytes"));
      }
      hashes.writeBytes(hash);
    }
    if (recordHashes.isEmpty()) {
      return Future.failedFuture(new MalformedReadingException("a batch without readings"));
    }
    Waiting waiting = new Waiting(batchId, hashes.toByteArray());
    boolean enough;
    synchronized (this) {
      if (closed || context == null || contradiction != null || !lease.isHeld()) {
        return Future.failedFuture(
            new UnavailableException(problem().orElse("the ledger is not running")));
      }
      Waiting same = waitingById.get(batchId);
      if (same != null) {
        return Arrays.equals(same.hashes, waiting.hashes)
            ? same.appended.future()
            : Future.failedFuture(
                new MalformedReadingException("batch " + batchId + " comes in two versions"));
      }
      if (waitingEntries > 0 && waitingEntries + waiting.count() > config.maxWaiting()) {
        return Future.failedFuture(
            new UnavailableException(waitingEntries + " readings wait for the log already"));
      }
      queue.add(waiting);
      waitingById.put(batchId, waiting);
      waitingEntries += waiting.count();
      enough = isEnough();
    }
    if (enough) {
      context.runOnContext(go -> run());
    }
    return waiting.appended.future();
  }

  /**
   * Stops the log for good, because something outside of the store knows another history of it.
   * What is being written is not signed any more. Safe for any thread.
   */
  public void stop(LogContradictionException cause) {
    Context working = context;
    if (working == null) {
      contradiction = cause;
      return;
    }
    working.runOnContext(
        now -> {
          if (contradiction == null) {
            contradiction = cause;
            LOG.error("the log has stopped: {}", cause.getMessage());
            failAll(new UnavailableException(cause.getMessage()));
          }
        });
  }

  private void run() {
    if (round != null || contradiction != null || isClosed() || !lease.isHeld()) {
      return;
    }
    long epoch = lease.epoch();
    RightEdge tree = edge != null && edgeEpoch == epoch ? edge : null;
    List<Waiting> taken = List.of();
    if (tree != null) {
      taken = take();
      if (taken.isEmpty()) {
        return;
      }
    }
    List<Waiting> batches = taken;
    Future<Void> work = tree == null ? recover(epoch) : append(epoch, tree, batches);
    round = work;
    work.onComplete(
        result -> {
          round = null;
          if (result.failed()) {
            failed(batches, result.cause());
          } else {
            goesOn();
          }
          boolean enough;
          synchronized (this) {
            enough = isEnough();
          }
          if (enough && edge != null) {
            context.runOnContext(go -> run());
          }
        });
  }

  private boolean isEnough() {
    return waitingEntries >= ROUND_ENTRIES || waitingById.size() >= ROUND_BATCHES;
  }

  private synchronized List<Waiting> take() {
    List<Waiting> taken = new ArrayList<>();
    int entries = 0;
    while (!queue.isEmpty()
        && (taken.isEmpty() || entries + queue.peek().count() <= MAX_ROUND_ENTRIES)) {
      Waiting next = queue.remove();
      entries += next.count();
      taken.add(next);
    }
    return taken;
  }

  private Waiting settled(Waiting waiting) {
    synchronized (this) {
      if (waitingById.remove(waiting.batchId, waiting)) {
        waitingEntries -= waiting.count();
      }
    }
    return waiting;
  }

  private void failed(List<Waiting> batches, Throwable cause) {
    // What is in memory may be ahead of or behind the store: read it again before going on.
    edge = null;
    Throwable told = cause;
    if (cause instanceof LogContradictionException fatal) {
      contradiction = fatal;
      LOG.error("the log has stopped: {}", fatal.getMessage());
      told = new UnavailableException(fatal.getMessage());
    } else {
      LOG.warn("a round of the log failed and will be resumed: {}", cause.toString());
      if (!(told instanceof UnavailableException)) {
        told = new UnavailableException("the log's store failed", cause);
      }
      if (lease.isHeld()) {
        leaseFailed(cause);
      }
    }
    for (Waiting waiting : batches) {
      settled(waiting).appended.tryFail(told);
    }
    if (contradiction != null) {
      failAll(told);
    }
  }

  private void failAll(Throwable cause) {
    List<Waiting> left;
    synchronized (this) {
      left = List.copyOf(queue);
      queue.clear();
    }
    left.forEach(waiting -> settled(waiting).appended.tryFail(cause));
  }

  private Future<Void> append(long epoch, RightEdge tree, List<Waiting> batches) {
    return store
        .batches(batches.stream().map(waiting -> waiting.batchId).toList())
        .compose(
            known -> {
              List<Waiting> fresh = new ArrayList<>();
              for (Waiting waiting : batches) {
                LoggedBatch logged = known.get(waiting.batchId);
                if (logged == null) {
                  fresh.add(waiting);
                } else if (logged.count() == waiting.count()) {
                  settled(waiting).appended.tryComplete(logged.leafStart());
                } else {
                  settled(waiting)
                      .appended
                      .tryFail(
                          new MalformedReadingException(
                              "the log holds batch " + waiting.batchId + " with another count"));
                }
              }
              return fresh.isEmpty() ? Future.succeededFuture() : appendFresh(epoch, tree, fresh);
            });
  }

  private Future<Void> appendFresh(long epoch, RightEdge tree, List<Waiting> fresh) {
    ByteArrayOutputStream hashes = new ByteArrayOutputStream();
    Map<Waiting, LoggedBatch> places = new LinkedHashMap<>();
    long next = tree.size();
    for (Waiting waiting : fresh) {
      places.put(waiting, new LoggedBatch(waiting.batchId, next, waiting.count()));
      hashes.writeBytes(waiting.hashes);
      next += waiting.count();
    }
    Staged staged =
        new Staged(
            tree.size(),
            next,
            hashes.toByteArray(),
            List.copyOf(places.values()),
            clock.instant().truncatedTo(ChronoUnit.MILLIS));
    return store
        .stage(epoch, staged)
        .compose(
            won ->
                won
                    ? carryOut(epoch, tree, staged)
                    : Future.failedFuture(
                        new UnavailableException("another process has taken over this log")))
        .onSuccess(
            done ->
                places.forEach(
                    (waiting, batch) -> settled(waiting).appended.tryComplete(batch.leafStart())));
  }

  /** Writes what a staged round says, on top of the tree. */
  private Future<Void> carryOut(long epoch, RightEdge tree, Staged staged) {
    RightEdge.Changes changes = tree.append(staged.hashes());
    LogCheckpoint checkpoint = sign(tree, staged);
    return keep(checkpoint)
        .compose(
            kept ->
                Future.join(
                    // Nobody relies on these before the checkpoint is there: they need no order.
                    store.putEntries(changes.bundles()),
                    store.putTiles(changes.tiles()),
                    store.putBatches(staged)))
        .compose(
            done ->
                contradiction == null
                    ? store.putCheckpoint(checkpoint)
                    : Future.failedFuture(contradiction))
        .compose(done -> store.compareAndSetSize(epoch, staged.fromSize(), staged.toSize()))
        .compose(
            moved -> {
              if (!moved) {
                throw new UnavailableException("another process has taken over this log");
              }
              committed(checkpoint);
              appended.increment(staged.toSize() - staged.fromSize());
              listener.accept(checkpoint);
              return Future.succeededFuture();
            });
  }

  /** To be done before anybody can see the checkpoint: that it was signed is not forgotten. */
  private Future<Void> keep(LogCheckpoint checkpoint) {
    return signed == null
        ? Future.succeededFuture()
        : vertx.executeBlocking(
            () -> {
              signed.keep(checkpoint);
              return null;
            },
            false);
  }

  /** What was signed here last, by the file; nothing when there is none. */
  private Future<Optional<Checkpoint>> signedBefore() {
    return signed == null
        ? Future.succeededFuture(Optional.empty())
        : vertx.executeBlocking(signed::read, false);
  }

  /** That the stored tree, with its staged round, goes on from what was signed. */
  private Future<Void> checkGoesOn(Optional<Checkpoint> before, RightEdge tree, Staged staged) {
    if (before.isEmpty() || before.get().size() == 0) {
      return Future.succeededFuture();
    }
    long size = before.get().size();
    byte[] root = before.get().root();
    if (size > staged.toSize()) {
      throw rolledBack("has only " + staged.toSize(), size);
    }
    if (size > tree.size()) {
      if (size != staged.toSize()) {
        throw rolledBack("has staged others", size);
      }
      // A crash came before the round's end. Its root is compared where it is kept again.
      return Future.succeededFuture();
    }
    return new LogReader(store)
        .consistencyProof(size, tree.size())
        .map(
            proof -> {
              if (!MerkleTree.verifyConsistency(size, root, tree.size(), tree.root(), proof)) {
                throw rolledBack("has others", size);
              }
              return null;
            });
  }

  private static LogContradictionException rolledBack(String has, long signed) {
    return new LogContradictionException(
        "the log has signed "
            + signed
            + " entries but its store "
            + has
            + ": it was restored, rolled back or replaced");
  }

  private void committed(LogCheckpoint checkpoint) {
    newest = checkpoint;
    size.set(checkpoint.treeSize());
  }

  private LogCheckpoint sign(RightEdge tree, Staged staged) {
    Checkpoint head = new Checkpoint(config.origin(), tree.size(), tree.root());
    String note = SignedNote.sign(head.text(), config.origin(), key);
    return new LogCheckpoint(head.size(), head.root(), note, staged.createdAt());
  }

  /**
   * Shuts earlier writers out, reads the tree's edge, checks it against the checkpoint, and
   * finishes a staged round.
   */
  private Future<Void> recover(long epoch) {
    return create()
        .compose(created -> store.fence(epoch))
        .compose(
            highest -> {
              if (highest != epoch) {
                lease.lose(highest);
                standBy();
                throw new UnavailableException("another process has taken over this log");
              }
              return store.size();
            })
        .compose(size -> resume(epoch, size.orElseThrow(TransparencyLog::sizeLost)))
        .recover(failure -> isStill(epoch, failure))
        .onSuccess(
            done -> {
              if (!writing && lease.isHeld() && lease.epoch() == epoch) {
                writing = true;
                waitsFor = null;
                turns.accept(true);
              }
            });
  }

  /**
   * What contradicts itself may have been read while a later writer was at it: only what still does
   * under our epoch is a contradiction.
   */
  private Future<Void> isStill(long epoch, Throwable failure) {
    if (!(failure instanceof LogContradictionException)) {
      return Future.failedFuture(failure);
    }
    return store
        .fence(epoch)
        .recover(
            again ->
                again instanceof LogContradictionException
                    ? Future.succeededFuture(epoch)
                    : Future.failedFuture(again))
        .compose(
            highest ->
                Future.failedFuture(
                    highest == epoch
                        ? failure
                        : new UnavailableException("another process has taken over this log")));
  }

  private static LogContradictionException sizeLost() {
    return new LogContradictionException("the log's size is lost although it has checkpoints");
  }

  /** What a log without entries has, at the first start or after one that a crash interrupted. */
  private Future<Void> create() {
    Staged nothing =
        new Staged(0, 0, new byte[0], List.of(), clock.instant().truncatedTo(ChronoUnit.MILLIS));
    // The size is asked for last: it is there before anything is staged, by whomever.
    return Future.all(store.staged(), store.newestCheckpoint(), signedBefore())
        .compose(
            both ->
                store
                    .size()
                    .compose(
                        size -> {
                          if (size.isPresent()) {
                            return Future.succeededFuture();
                          }
                          Optional<Staged> staged = both.resultAt(0);
                          Optional<LogCheckpoint> checkpoint = both.resultAt(1);
                          if (staged.map(Staged::toSize).orElse(0L) > 0
                              || checkpoint.map(LogCheckpoint::treeSize).orElse(0L) > 0) {
                            throw sizeLost();
                          }
                          Optional<Checkpoint> before = both.resultAt(2);
                          if (before.isPresent() && before.get().size() > 0) {
                            throw rolledBack("is empty", before.get().size());
                          }
                          return store
                              .createStaged(nothing)
                              .compose(
                                  done -> {
                                    LogCheckpoint empty = sign(new RightEdge(), nothing);
                                    return keep(empty).compose(kept -> store.putCheckpoint(empty));
                                  })
                              .compose(done -> store.createSize());
                        }));
  }

  private Future<Void> resume(long epoch, long size) {
    return Future.all(
            store.staged(),
            store.checkpoint(size),
            store.newestCheckpoint(),
            readEdge(size),
            signedBefore())
        .compose(
            all -> {
              Optional<Staged> found = all.resultAt(0);
              Optional<LogCheckpoint> checkpoint = all.resultAt(1);
              Optional<LogCheckpoint> last = all.resultAt(2);
              RightEdge read = all.resultAt(3);
              Staged staged =
                  found.orElseThrow(
                      () ->
                          new LogContradictionException("the log's last staged round is missing"));
              if (staged.toSize() != size && staged.fromSize() != size) {
                throw new LogContradictionException(
                    "the log has "
                        + size
                        + " entries but its last staged round goes from "
                        + staged.fromSize()
                        + " to "
                        + staged.toSize());
              }
              checkSigned(
                  checkpoint.orElseThrow(
                      () ->
                          new LogContradictionException(
                              "the checkpoint of the log's " + size + " entries is missing")),
                  read);
              if (last.orElseThrow().treeSize() > staged.toSize()) {
                throw new LogContradictionException(
                    "the log has signed "
                        + last.get().treeSize()
                        + " entries but holds "
                        + staged.toSize());
              }
              return checkGoesOn(all.resultAt(4), read, staged)
                  .compose(checked -> finish(epoch, checkpoint.get(), read, staged));
            });
  }

  private Future<Void> finish(long epoch, LogCheckpoint checkpoint, RightEdge read, Staged staged) {
    edge = read;
    edgeEpoch = epoch;
    committed(checkpoint);
    if (staged.toSize() == read.size()) {
      return Future.succeededFuture();
    }
    LOG.info("finishing the round from {} to {} entries", read.size(), staged.toSize());
    return carryOut(epoch, read, staged);
  }

  private Future<RightEdge> readEdge(long size) {
    List<Tile> names = new ArrayList<>();
    for (int level = 0; level < RightEdge.levels(size); level++) {
      if (RightEdge.width(size, level) > 0) {
        names.add(RightEdge.tile(size, level));
      }
    }
    return Future.all(names.stream().map(store::tile).toList())
        .compose(
            found -> {
              Map<Tile, byte[]> tiles = new HashMap<>();
              for (int i = 0; i < names.size(); i++) {
                Optional<byte[]> tile = found.resultAt(i);
                Tile name = names.get(i);
                tile.ifPresent(data -> tiles.put(name, data));
              }
              return store
                  .entries(size >>> 8)
                  .map(bundle -> new RightEdge(size, tiles, bundle.orElse(null)));
            });
  }

  private void checkSigned(LogCheckpoint checkpoint, RightEdge tree) {
    Checkpoint signed;
    try {
      signed = Checkpoint.parse(SignedNote.verify(checkpoint.note(), verifier));
    } catch (MalformedProofException e) {
      throw new LogContradictionException(
          "the checkpoint of "
              + checkpoint.treeSize()
              + " entries is not by this log's key (ledger.origin or log.key changed?): "
              + e.getMessage());
    }
    if (!signed.equals(new Checkpoint(config.origin(), tree.size(), tree.root()))) {
      throw new LogContradictionException(
          "the stored tree of "
              + tree.size()
              + " entries does not have the root that the log has signed");
    }
  }
}
