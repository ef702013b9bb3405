package io.blockofenergy.cloud.report;

import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * Lets so much work be under way at a time, and so much wait for its turn; more is refused. Safe
 * for any thread.
 */
final class Turns {
  private final int atATime;
  private final int most;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int underWay;

  /**
   * @param atATime that is under way
   * @param most that waits
   */
  Turns(int atATime, int most) {
    this.atATime = atATime;
    this.most = most;
  }

  /**
   * Does something when it is its turn, in the order of asking, on the context of who asks.
   *
   * @return its outcome; fails with {@link UnavailableException} when too much waits
   */
  <T> Future<T> take(Supplier<Future<T>> work) {
    Promise<Void> turn = Promise.promise();
    synchronized (this) {
      if (underWay < atATime) {
        underWay++;
        turn.complete();
      } else if (waiting.size() < most) {
        Context context = Vertx.currentContext();
        waiting.add(
            context == null ? turn::complete : () -> context.runOnContext(v -> turn.complete()));
      } else {
        return Future.failedFuture(
            new UnavailableException("too many reports are being made, try again later"));
      }
    }
    return turn.future().compose(v -> work.get()).onComplete(done -> end());
  }

  private void end() {
    Runnable next;
    synchronized (this) {
      next = waiting.poll();
      underWay -= next == null ? 1 : 0;
    }
    if (next != null) {
      next.run();
    }
  }
}
