package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.ledger.Cosignatures.Refusal;
import io.blockofenergy.cloud.ledger.WitnessClient.Answer;
import io.blockofenergy.cloud.ledger.WitnessCounters.Outcome;
import io.blockofenergy.telemetry.log.Cosignature;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the newest checkpoint cosigned by one witness, one request at a time: checkpoints that come
 * meanwhile are passed over but for the last, and the last that is anchored, which receipts are
 * proved by. Where the witness stands is what it says itself, so nothing is kept here over a
 * restart. For one context.
 */
final class WitnessSession {
  private static final Logger LOG = LoggerFactory.getLogger(WitnessSession.class);
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final long FIRST_PAUSE_MS = 500;

  /** One that is away is asked again soon; one that refuses cannot change its mind by itself. */
  private static final long LONGEST_PAUSE_MS = 30_000;

  private static final long LONGEST_REFUSED_PAUSE_MS = 600_000;

  /** A log whose witness says twice running that it stands elsewhere is not asked a third time. */
  private static final int MAX_CONFLICTS = 2;

  private enum State {
    NEW,
    WELL,
    FAILING,
    REFUSING
  }

  private final Vertx vertx;
  private final WitnessConfig config;
  private final LogReader log;
  private final Cosignatures cosignatures;
  private final Clock clock;
  private final WitnessCounters counters;
  private final WitnessClient client;

  private LogCheckpoint newest;

  /** To be cosigned before the newest; null when there is none. */
  private LogCheckpoint anchored;

  private long cosigned = -1;
  private long witnessSize;
  private VerifierKey key;
  private State state = State.NEW;
  private int faults;
  private boolean busy;
  private long timer = -1;
  private boolean closed;

  WitnessSession(
      Vertx vertx,
      WitnessConfig config,
      LogReader log,
      Cosignatures cosignatures,
      Clock clock,
      WitnessCounters counters) {
    this.vertx = vertx;
    this.config = config;
    this.log = log;
    this.cosignatures = cosignatures;
    this.clock = clock;
    this.counters = counters;
    this.client = new WitnessClient(vertx, config.url(), LIMIT);
  }

  /** To be told of each committed checkpoint. */
  void observe(LogCheckpoint checkpoint) {
    if (newest == null || checkpoint.treeSize() > newest.treeSize()) {
      newest = checkpoint;
    }
    next();
  }

  /** To be told of each checkpoint that is going to be anchored. */
  void anchoring(LogCheckpoint checkpoint) {
    anchored = checkpoint;
    observe(checkpoint);
  }

  /** A witness cosigns nothing smaller than what it has cosigned. */
  private LogCheckpoint wanted() {
    return anchored != null && anchored.treeSize() > Math.max(cosigned, witnessSize)
        ? anchored
        : newest;
  }

  private void next() {
    // An empty log has nothing that could be taken back.
    if (closed || busy || timer >= 0 || newest == null || newest.treeSize() <= 0) {
      return;
    }
    if (newest.treeSize() == cosigned) {
      return;
    }
    busy = true;
    LogCheckpoint checkpoint = wanted();
    loadKey()
        .compose(loaded -> submit(checkpoint, 0))
        .onComplete(
            result -> {
              busy = false;
              if (result.failed()) {
                Throwable cause = result.cause();
                ended(
                    State.FAILING,
                    cause.getMessage() == null ? cause.toString() : cause.getMessage());
              }
              next();
            });
  }

  private Future<Void> loadKey() {
    return key != null
        ? Future.succeededFuture()
        : vertx
            .executeBlocking(config::verifierKey)
            .recover(
                failure ->
                    Future.failedFuture(
                        failure instanceof IOException
                            ? "its key cannot be read from " + config.key().substring(1)
                            : failure.getMessage()))
            .onSuccess(read -> key = read)
            .mapEmpty();
  }

  private Future<Void> submit(LogCheckpoint checkpoint, int conflicts) {
    long from = witnessSize;
    return log.consistencyProof(from, checkpoint.treeSize())
        .compose(proof -> client.add(from, proof, checkpoint.note()))
        .compose(answer -> answered(checkpoint, from, answer, conflicts));
  }

  /**
   * @param from the size that the witness was told to have cosigned last
   */
  private Future<Void> answered(LogCheckpoint checkpoint, long from, Answer answer, int conflicts) {
    OptionalLong size = answer.size();
    if (from == checkpoint.treeSize() && size.isPresent() && size.getAsLong() == from) {
      return refused(
          checkpoint, answer, from, "it has cosigned another tree of " + from + " entries");
    }
    if (size.isPresent() && size.getAsLong() <= newest.treeSize()) {
      if (conflicts == MAX_CONFLICTS) {
        return Future.failedFuture("it stands elsewhere each time that it is asked");
      }
      witnessSize = size.getAsLong();
      // It may have cosigned a newer one already, for a ledger that ran before this one.
      return submit(witnessSize > checkpoint.treeSize() ? newest : checkpoint, conflicts + 1);
    }
    if (size.isPresent()) {
      return ahead(checkpoint, answer, size.getAsLong(), conflicts);
    }
    return switch (answer.status()) {
      case 200 -> keep(checkpoint, answer);
      case 403 ->
          refused(checkpoint, answer, -1, "it does not find this log's key to have signed this");
      case 409 ->
          refused(checkpoint, answer, -1, "it has cosigned another tree, and does not say which");
      case 422 ->
          refused(
              checkpoint,
              answer,
              witnessSize,
              "it does not find that this checkpoint extends the one it cosigned before");
      default -> Future.failedFuture("it answers with status " + answer.status());
    };
  }

  /** It has cosigned more than is known here: of another ledger that writes now, or of a fork. */
  private Future<Void> ahead(LogCheckpoint checkpoint, Answer answer, long itsSize, int conflicts) {
    return log.newest()
        .compose(
            stored -> {
              if (stored.isPresent()
                  && stored.get().treeSize() >= itsSize
                  && conflicts < MAX_CONFLICTS) {
                newest = stored.get();
                witnessSize = itsSize;
                return submit(newest, conflicts + 1);
              }
              return refused(
                  checkpoint,
                  answer,
                  itsSize,
                  "it has cosigned " + itsSize + " entries, the log has " + newest.treeSize());
            });
  }

  private Future<Void> keep(LogCheckpoint checkpoint, Answer answer) {
    Cosignature cosignature = answer.cosignature(checkpoint.note(), key);
    witnessSize = checkpoint.treeSize();
    return cosignatures
        .put(checkpoint.treeSize(), cosignature)
        .onSuccess(
            kept -> {
              cosigned = checkpoint.treeSize();
              ended(State.WELL, null);
            });
  }

  private Future<Void> refused(
      LogCheckpoint checkpoint, Answer answer, long itsSize, String detail) {
    return cosignatures
        .refused(
            new Refusal(key.name(), checkpoint.treeSize(), itsSize, answer.status(), detail),
            clock.instant())
        .onSuccess(recorded -> ended(State.REFUSING, detail))
        .mapEmpty();
  }

  private void ended(State now, String why) {
    if (closed) {
      return;
    }
    counters.count(
        switch (now) {
          case REFUSING -> Outcome.REFUSED;
          case FAILING -> Outcome.FAILED;
          default -> Outcome.COSIGNED;
        });
    if (now != state) {
      String name = key == null ? config.url().toString() : key.name();
      switch (now) {
        case REFUSING ->
            LOG.error("Witness {} refuses to cosign {}: {}", name, newest.treeSize(), why);
        case FAILING -> LOG.warn("Witness {} does not cosign: {}", name, why);
        default -> LOG.info("Witness {} cosigns", name);
      }
      state = now;
      faults = 0;
    }
    if (now != State.WELL) {
      timer =
          vertx.setTimer(
              pause(),
              fired -> {
                timer = -1;
                next();
              });
    }
  }

  /** Half of it is chance, so that many logs do not come back to a witness at the same moment. */
  private long pause() {
    long longest = state == State.REFUSING ? LONGEST_REFUSED_PAUSE_MS : LONGEST_PAUSE_MS;
    long cap = Math.min(longest, FIRST_PAUSE_MS << Math.min(faults++, 16));
    return cap / 2 + ThreadLocalRandom.current().nextLong(cap / 2 + 1);
  }

  Future<Void> close() {
    closed = true;
    if (timer >= 0) {
      vertx.cancelTimer(timer);
    }
    return client.close();
  }
}
