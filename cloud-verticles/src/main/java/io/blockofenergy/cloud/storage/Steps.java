package io.blockofenergy.cloud.storage;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One step after the other, however many. A future that is composed of thousands, each within the
 * one before, completes by thousands of nested calls and overflows the stack; then it never
 * completes at all. Here the stack is empty between steps. For one run.
 */
public final class Steps {
  private final Supplier<Future<Boolean>> step;
  private final Promise<Void> ended = Promise.promise();

  /**
   * @param step gives whether another one is to follow
   */
  Steps(Supplier<Future<Boolean>> step) {
    this.step = step;
  }

  /** A step for each item, in their order. */
  public static <T> Steps each(List<T> items, Function<T, Future<Void>> step) {
    Iterator<T> left = items.iterator();
    return new Steps(
        () ->
            left.hasNext()
                ? step.apply(left.next()).map(v -> left.hasNext())
                : Future.succeededFuture(false));
  }

  /** Completes after the last step; fails with the first one that does. */
  public Future<Void> run() {
    next();
    return ended.future();
  }

  private void next() {
    Future.<Void>succeededFuture()
        .compose(v -> step.get()) // what it throws is its failure
        .onComplete(
            done -> {
              if (done.failed()) {
                ended.fail(done.cause());
              } else if (!done.result()) {
                ended.complete();
              } else {
                later();
              }
            });
  }

  private void later() {
    Context context = Vertx.currentContext();
    if (context == null) {
      next(); // called by the store's own thread, whose stack ends here
    } else {
      context.runOnContext(v -> next());
    }
  }
}
