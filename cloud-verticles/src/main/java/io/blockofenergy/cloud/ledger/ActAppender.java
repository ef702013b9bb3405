package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.storage.Act;
import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
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
  private MessageConsumer<Object> nudges;
  private long timer;
  private Future<Void> running;
  private boolean closed;

  ActAppender(Vertx vertx, ActStore acts, TransparencyLog log) {
    this.vertx = vertx;
    this.acts = acts;
    this.log = log;
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
          }
        });
  }

  private Future<Void> append() {
    return acts.unlogged(PAGE)
        .compose(
            page -> {
              List<Future<Void>> appended = new ArrayList<>();
              for (Act act : page) {
                byte[] entry = Sha256.hash(act.canonicalJson());
                appended.add(
                    log.append(Act.sortableId(act.n()), List.of(entry))
                        .compose(leaf -> acts.markLogged(act.n())));
              }
              Future<Void> all = Future.join(appended).mapEmpty();
              return page.size() < PAGE || closed ? all : all.compose(v -> append());
            });
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
