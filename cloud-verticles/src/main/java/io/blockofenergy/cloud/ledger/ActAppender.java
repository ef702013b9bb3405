package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.Act;
import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends the acts that are not logged yet, each as a batch of one entry, in the order of their
 * numbers. A crash between the log's commit and the mark in the store is mended by appending again,
 * which the log knows by the batch's id. Runs on the context that starts it.
 */
final class ActAppender {
  private static final Logger LOG = LoggerFactory.getLogger(ActAppender.class);
  private static final long INTERVAL_MILLISECONDS = 1_000;
  private static final int PAGE = 100;

  private final Vertx vertx;
  private final ActStore acts;
  private final TransparencyLog log;
  private final AtomicLong damaged;
  private MessageConsumer<Object> nudges;
  private long timer;
  private Future<Void> running;
  private boolean closed;
  private boolean full;

  /**
   * @param damaged is set to the number of acts that cannot be logged
   */
  ActAppender(Vertx vertx, ActStore acts, TransparencyLog log, AtomicLong damaged) {
    this.vertx = vertx;
    this.acts = acts;
    this.log = log;
    this.damaged = damaged;
  }

  void start() {
    timer = vertx.setPeriodic(INTERVAL_MILLISECONDS, tick -> run());
    nudges = vertx.eventBus().consumer(ActStore.RECORDED, nudge -> run());
  }

  private void run() {
    if (running != null || closed) {
      return;
    }
    running = acts.createIndexes().compose(v -> append());
    running.onComplete(
        done -> {
          running = null;
          if (done.failed()) {
            LOG.debug("Acts are not logged yet: {}", done.cause().getMessage());
          } else if (full) {
            vertx.runOnContext(go -> run());
          }
        });
  }

  private Future<Void> append() {
    return acts.unlogged(PAGE).compose(this::append);
  }

  /** What the log refuses, nothing overtakes: the rest waits for the next time. */
  private Future<Void> append(ActStore.Unlogged page) {
    List<Future<Void>> appended = new ArrayList<>();
    for (Act act : page.acts()) {
      byte[] entry = Sha256.hash(act.canonicalJson());
      Future<Long> leaf = log.append(Act.sortableId(act.n()), List.of(entry));
      appended.add(leaf.compose(index -> acts.markLogged(act.n())));
      if (leaf.failed()) {
        break;
      }
    }
    full = page.acts().size() == PAGE;
    if (!full) {
      damaged.set(page.damaged());
    }
    return Future.join(appended).mapEmpty();
  }

  /** Completes when nothing of it is under way any more. */
  Future<Void> close() {
    closed = true;
    vertx.cancelTimer(timer);
    Future<Void> ended =
        running == null ? Future.succeededFuture() : running.otherwiseEmpty().mapEmpty();
    return nudges == null ? ended : ended.eventually(() -> nudges.unregister());
  }
}
