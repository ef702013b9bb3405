package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the newest checkpoint on the chain at an interval, and sooner when many entries are new. The
 * intent is recorded before it is sent, and each pass begins by asking the contract where it
 * stands: whatever was recorded beyond that is sent again in order first. So a crash between any
 * two steps, a chain that was reorganised, and a local one that came back without its last blocks,
 * need nothing special.
 *
 * <p>An anchor is {@code intended} until as many blocks are on top of it as the chain is configured
 * to ask for, and {@code anchored} then. Newer ones do not wait for it.
 */
public final class Anchoring {
  private static final Logger LOG = LoggerFactory.getLogger(Anchoring.class);
  private static final String ANCHORS = "anchors";
  private static final String CONTRACT = "contract";
  private static final int PAGE = 100;

  /** With a fault, one interval of so many is used. */
  private static final int FAULT_TICKS = 12;

  /** How often to look whether what was sent counts by now, at the latest. */
  private static final Duration SETTLE_INTERVAL = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final MongoClient mongo;
  private final LogStore store;
  private final VerifierKey key;
  private final Supplier<LogCheckpoint> committed;
  private final Chain chain;
  private final Duration interval;
  private final long entries;
  private final Clock clock;
  private final MeterRegistry metrics;
  private final WorkerExecutor worker;

  private Consumer<JsonObject> listener = event -> {};
  private Consumer<LogCheckpoint> intentListener = checkpoint -> {};
  private Consumer<LogContradictionException> rollBack = cause -> {};
  private long timer = -1;
  private long settleTimer = -1;
  private Future<Void> pass;
  private boolean due;
  private boolean unsettled;
  private long headSize = -1;
  private boolean troubled;
  private int rested;
  private String contract;
  private volatile Context context;
  private volatile String fault;
  private volatile Instant oldestUnanchored;
  private volatile boolean stopped;
  private volatile boolean paused;

  /**
   * @param key the log's own
   * @param committed the log's newest checkpoint, from its memory: what the store says is newest
   *     may be anybody's, and what the contract has taken it never gives back
   * @param interval between anchors, when there is something new
   * @param entries number of new ones with which the next anchor does not wait for its time
   */
  public Anchoring(
      Vertx vertx,
      MongoClient mongo,
      LogStore store,
      VerifierKey key,
      Supplier<LogCheckpoint> committed,
      Chain chain,
      Duration interval,
      long entries,
      Clock clock,
      MeterRegistry metrics) {
    this.vertx = vertx;
    this.mongo = mongo;
    this.store = store;
    this.key = key;
    this.committed = committed;
    this.chain = chain;
    this.interval = interval;
    this.entries = entries;
    this.clock = clock;
    this.metrics = metrics;
    this.worker = vertx.createSharedWorkerExecutor("ledger-chain", 1, 10, TimeUnit.MINUTES);
    Gauge.builder("boe.cloud.ledger.oldest.unanchored.seconds", this, Anchoring::waitingSeconds)
        .description("Age of the oldest checkpoint that no anchor covers")
        .register(metrics);
  }

  private double waitingSeconds() {
    Instant oldest = oldestUnanchored;
    return oldest == null ? 0 : Duration.between(oldest, clock.instant()).toMillis() / 1000.0;
  }

  /** Called with each anchor's message for {@code live.checkpoints}. Set before start. */
  public void onAnchor(Consumer<JsonObject> listener) {
    this.listener = listener;
  }

  /** Called with each checkpoint that is going to be anchored. Set before start. */
  public void onIntent(Consumer<LogCheckpoint> listener) {
    this.intentListener = listener;
  }

  /** Called when the chain holds a checkpoint that is not this log's. Set before start. */
  public void onRollBack(Consumer<LogContradictionException> listener) {
    this.rollBack = listener;
  }

  /** To be told of each checkpoint. */
  public void observe(LogCheckpoint checkpoint) {
    if (oldestUnanchored == null && checkpoint.treeSize() > 0) {
      oldestUnanchored = checkpoint.createdAt();
    }
    Context working = context;
    if (working != null) {
      working.runOnContext(now -> grownTo(checkpoint.treeSize()));
    }
  }

  private void grownTo(long treeSize) {
    if (!paused && headSize >= 0 && treeSize - headSize >= entries && fault == null && !troubled) {
      due = true;
      tick();
    }
  }

  /**
   * Why nothing is anchored, when that does not look as if it would pass. It is tried now and then
   * all the same: two nodes of a chain may not agree for a moment.
   */
  public Optional<String> fault() {
    return Optional.ofNullable(fault);
  }

  /** Begins, or goes on; to be called on the context on which it shall work. */
  public void start() {
    context = vertx.getOrCreateContext();
    paused = false;
    cancelTimers();
    timer =
        vertx.setPeriodic(
            1,
            interval.toMillis(),
            now -> {
              due = true;
              if (fault == null || rested++ % FAULT_TICKS == 0) {
                tick();
              }
            });
    if (interval.compareTo(SETTLE_INTERVAL) > 0) {
      settleTimer = vertx.setPeriodic(SETTLE_INTERVAL.toMillis(), now -> settle());
    }
  }

  /** Between the anchors: what was sent may count by now, and a node that was away be back. */
  private void settle() {
    if (!paused && fault == null && (due || unsettled || troubled)) {
      tick();
    }
  }

  /**
   * Begins no further pass, and sends nothing more in one that is under way, until {@link #start}:
   * another process writes the log.
   */
  public void pause() {
    paused = true;
    cancelTimers();
    oldestUnanchored = null;
  }

  private void cancelTimers() {
    vertx.cancelTimer(timer);
    vertx.cancelTimer(settleTimer);
  }

  /** Completes when no pass is running any more. */
  public Future<Void> close() {
    stopped = true;
    cancelTimers();
    Future<Void> running = pass == null ? Future.succeededFuture() : pass;
    return running.otherwiseEmpty().eventually(worker::close);
  }

  private void tick() {
    if (pass != null || stopped || paused) {
      return;
    }
    boolean wasDue = due;
    due = false;
    pass = pass(wasDue);
    pass.onComplete(
        result -> {
          pass = null;
          if (result.succeeded()) {
            if (troubled || fault != null) {
              LOG.info("the chain answers again, and as it should");
            }
            troubled = false;
            fault = null;
          } else {
            due |= wasDue;
            failed(result.cause());
          }
        });
  }

  private void failed(Throwable cause) {
    contract = null; // Look for it again: a local chain may come back without it.
    if (paused) {
      LOG.debug("anchoring was paused: {}", cause.toString());
      return;
    }
    boolean permanent =
        cause instanceof LogContradictionException || cause instanceof AnchorConflictException;
    count(permanent ? "refused" : "failed");
    if (permanent) {
      if (!cause.getMessage().equals(fault)) {
        LOG.error("nothing is anchored: {}", cause.getMessage());
      }
      fault = cause.getMessage();
    } else if (!troubled) {
      troubled = true;
      LOG.warn("anchoring waits for the chain or the store: {}", cause.toString());
    }
  }

  private void count(String outcome) {
    metrics.counter("boe.cloud.ledger.anchors", "outcome", outcome).increment();
  }

  /** One pass; completes when the chain has everything that it should have. */
  Future<Void> anchorNewest() {
    return pass(true);
  }

  /**
   * @param withNewest whether it is time for the newest checkpoint too
   */
  private Future<Void> pass(boolean withNewest) {
    unsettled = false;
    return ensureContract()
        .compose(found -> onWorker(chain::latest))
        .compose(
            head ->
                checkHead(head.orElse(null))
                    .compose(checked -> settleIntents(head.map(Chain.Head::treeSize).orElse(0L)))
                    .compose(settled -> sendAgain(head.map(Chain.Head::treeSize).orElse(0L))))
        .compose(
            last -> {
              headSize = last;
              checkTurn();
              LogCheckpoint newest = committed.get();
              if (newest.treeSize() > last) {
                return withNewest ? anchor(newest) : Future.succeededFuture();
              }
              if (!unsettled) {
                oldestUnanchored = null;
              }
              return Future.succeededFuture();
            });
  }

  private <T> Future<T> onWorker(Callable<T> work) {
    return worker.executeBlocking(work);
  }

  private Future<Void> ensureContract() {
    if (contract != null) {
      return Future.succeededFuture();
    }
    JsonObject id = new JsonObject().put("_id", CONTRACT);
    return mongo
        .findOne("log_state", id.copy(), null)
        .compose(
            pinned -> {
              if (pinned != null) {
                return Future.succeededFuture(pinned);
              }
              JsonObject intent = id.copy().put("state", "intended").put("intendedAt", now());
              return mongo.insert("log_state", intent.copy()).map(intent);
            })
        .compose(
            pinned ->
                onWorker(
                        () -> {
                          checkTurn(); // It may deploy, and hand roles over.
                          return chain.ensureContract(
                              pinned.getString("address"), pinned.getLong("chainId"));
                        })
                    .compose(
                        address -> {
                          contract = address;
                          if (pinned.getString("address") != null) {
                            return Future.succeededFuture();
                          }
                          return mongo
                              .updateCollection(
                                  "log_state",
                                  id.copy(),
                                  set(
                                      new JsonObject()
                                          .put("state", "pinned")
                                          .put("address", address)
                                          .put("chainId", chain.chainId())
                                          .put("pinnedAt", now())))
                              .mapEmpty();
                        }));
  }

  /** What the chain holds last must be a checkpoint of this log. */
  private Future<Void> checkHead(Chain.Head head) {
    if (head == null) {
      return Future.succeededFuture();
    }
    return store
        .checkpoint(head.treeSize())
        .compose(
            checkpoint -> {
              if (checkpoint.isEmpty() || !Arrays.equals(checkpoint.get().root(), head.root())) {
                LogContradictionException cause =
                    new LogContradictionException(
                        "the chain holds a checkpoint of "
                            + head.treeSize()
                            + " entries with root "
                            + HexFormat.of().formatHex(head.root())
                            + ", which is not this log's: the log was rolled back or replaced");
                if (!paused) {
                  rollBack.accept(cause);
                }
                throw cause;
              }
              return Future.succeededFuture();
            });
  }

  /**
   * Intents up to where the contract stands: those that a crash left behind, and those that wait
   * for blocks on top of them.
   */
  private Future<Void> settleIntents(long head) {
    JsonObject open =
        new JsonObject().put("state", "intended").put("_id", new JsonObject().put("$lte", head));
    return mongo
        .findWithOptions(ANCHORS, open, ascending())
        .compose(
            intents -> {
              Future<Void> done = Future.succeededFuture();
              for (JsonObject intent : intents) {
                done = done.compose(before -> settle(intent));
              }
              return done;
            });
  }

  private Future<Void> settle(JsonObject intent) {
    if (unsettled) {
      return Future.succeededFuture(); // Larger ones have no more blocks on top than this one.
    }
    long treeSize = intent.getLong("_id");
    return onWorker(() -> chain.isAnchored(treeSize))
        .compose(
            there ->
                there
                    ? send(intent)
                    : onWorker(chain::latest).compose(latest -> remove(treeSize, latest)));
  }

  /** An intent that was never sent is too late once a larger one covers it. */
  private Future<Void> remove(long treeSize, Optional<Chain.Head> latest) {
    checkTurn();
    if (latest.isEmpty() || latest.get().treeSize() <= treeSize) {
      // Of two nodes behind one address one is behind, or blocks were taken back meanwhile.
      throw new UnavailableException("the chain's answers do not agree");
    }
    return mongo.removeDocument(ANCHORS, new JsonObject().put("_id", treeSize)).mapEmpty();
  }

  /**
   * Sends what was recorded beyond the contract's last, oldest first, and returns the size of the
   * last.
   */
  private Future<Long> sendAgain(long head) {
    return mongo
        .findWithOptions(
            ANCHORS, new JsonObject().put("_id", new JsonObject().put("$gt", head)), ascending())
        .compose(
            recorded -> {
              if (recorded.isEmpty()) {
                return Future.succeededFuture(head);
              }
              if (stopped) {
                // A newer one must not come before these: the contract would never take them.
                return Future.failedFuture(new UnavailableException("the ledger is closing"));
              }
              LOG.info("sending {} recorded anchors that the chain does not have", recorded.size());
              Future<Void> done = Future.succeededFuture();
              for (JsonObject anchor : recorded) {
                done = done.compose(before -> intendAgain(anchor)).compose(open -> send(anchor));
              }
              long last = recorded.get(recorded.size() - 1).getLong("_id");
              return done.compose(sent -> sendAgain(last));
            });
  }

  /** What the chain has lost does not count until it is back. */
  private Future<Void> intendAgain(JsonObject anchor) {
    if (!"anchored".equals(anchor.getString("state"))) {
      return Future.succeededFuture();
    }
    return mongo
        .updateCollection(
            ANCHORS,
            new JsonObject().put("_id", anchor.getLong("_id")),
            set(new JsonObject().put("state", "intended")))
        .mapEmpty();
  }

  private static FindOptions ascending() {
    return new FindOptions().setSort(new JsonObject().put("_id", 1)).setLimit(PAGE);
  }

  private Future<Void> anchor(LogCheckpoint checkpoint) {
    JsonObject intent =
        new JsonObject()
            .put("_id", checkpoint.treeSize())
            .put("rootHash", checkpoint.rootHex())
            .put("state", "intended")
            .put("intendedAt", now());
    // Now, while it is the newest: a witness that has cosigned a newer one cannot cosign this.
    intentListener.accept(checkpoint);
    return mongo.insert(ANCHORS, intent.copy()).compose(done -> send(intent));
  }

  private record Sent(byte[] root, Chain.Receipt receipt) {}

  /** The root that the log has signed for this size; the store's word for it does not do. */
  private Future<byte[]> signedRoot(long treeSize) {
    return store
        .checkpoint(treeSize)
        .map(
            stored -> {
              try {
                Checkpoint signed =
                    Checkpoint.parse(
                        SignedNote.verify(stored.map(LogCheckpoint::note).orElse(""), key));
                if (signed.size() == treeSize && signed.origin().equals(key.name())) {
                  return signed.root();
                }
              } catch (MalformedProofException e) {
                LOG.debug("checkpoint of {} entries: {}", treeSize, e.getMessage());
              }
              throw new LogContradictionException(
                  "the stored checkpoint of "
                      + treeSize
                      + " entries is not one that the log signed");
            });
  }

  /** Nothing is recorded or sent for a log that another process writes. */
  private void checkTurn() {
    if (paused) {
      throw new UnavailableException("another process writes the log");
    }
  }

  private Future<Void> send(JsonObject anchor) {
    long treeSize = anchor.getLong("_id");
    Instant began = clock.instant();
    return signedRoot(treeSize)
        .compose(
            root ->
                onWorker(
                        () -> {
                          checkTurn();
                          return chain.anchor(treeSize, root);
                        })
                    .map(receipt -> new Sent(root, receipt)))
        .compose(
            sent -> {
              Chain.Receipt receipt = sent.receipt();
              headSize = Math.max(headSize, treeSize);
              if (!receipt.confirmed()) {
                unsettled = true;
                return Future.succeededFuture();
              }
              String root = HexFormat.of().formatHex(sent.root());
              // The node may keep the event no more: what is recorded of it stays then.
              boolean kept = receipt.transaction() != null;
              String transaction = kept ? receipt.transaction() : anchor.getString("transaction");
              Long block = kept || transaction == null ? receipt.block() : anchor.getLong("block");
              String anchoredAt = now();
              JsonObject fields =
                  new JsonObject()
                      .put("state", "anchored")
                      .put("index", receipt.index())
                      .put("transaction", transaction)
                      .put("block", block)
                      .put("chainId", chain.chainId())
                      .put("contract", contract)
                      .put("anchoredAt", anchoredAt);
              return mongo
                  .updateCollection(ANCHORS, new JsonObject().put("_id", treeSize), set(fields))
                  .onSuccess(
                      recorded -> {
                        boolean all = committed.get().treeSize() <= treeSize;
                        oldestUnanchored = all || paused ? null : began;
                        count("anchored");
                        listener.accept(
                            new JsonObject()
                                .put("type", "anchor")
                                .put("treeSize", treeSize)
                                .put("rootHash", root)
                                .put("transaction", transaction)
                                .put("block", block)
                                .put("anchoredAt", anchoredAt));
                      });
            })
        .mapEmpty();
  }

  private static JsonObject set(JsonObject fields) {
    return new JsonObject().put("$set", fields);
  }

  private String now() {
    return Reading.format(clock.instant());
  }

  /**
   * Anchored checkpoints of more than {@code size} entries as recorded, newest first.
   *
   * @param limit how many at most
   */
  static Future<List<JsonObject>> anchoredBeyond(MongoClient mongo, long size, int limit) {
    return mongo.findWithOptions(
        ANCHORS,
        new JsonObject().put("state", "anchored").put("_id", new JsonObject().put("$gt", size)),
        new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(limit));
  }
}
