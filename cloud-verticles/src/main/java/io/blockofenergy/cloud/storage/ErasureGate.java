package io.blockofenergy.cloud.storage;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * Keeps erasing apart from storing. A batch looks at what is stored and then folds it; were a
 * reading erased between the two, its numbers would come back into the rollups. Batches run side by
 * side, an erasing step alone. Of one process: several that store side by side would need a lock in
 * the store. Safe for any thread.
 */
final class ErasureGate {
  private final Deque<Promise<Void>> batches = new ArrayDeque<>();
  private final Deque<Promise<Void>> steps = new ArrayDeque<>();
  private int storing;
  private boolean erasing;

  /** Runs beside other batches. */
  <T> Future<T> storing(Supplier<Future<T>> work) {
    Promise<Void> turn = Promise.promise();
    synchronized (this) {
      batches.add(turn);
    }
    admit();
    return turn.future().compose(v -> work.get()).onComplete(done -> leave(false));
  }

  /** Runs alone; batches that come later wait for it. */
  <T> Future<T> erasing(Supplier<Future<T>> work) {
    Promise<Void> turn = Promise.promise();
    synchronized (this) {
      steps.add(turn);
    }
    admit();
    return turn.future().compose(v -> work.get()).onComplete(done -> leave(true));
  }

  private void leave(boolean step) {
    synchronized (this) {
      if (step) {
        erasing = false;
      } else {
        storing--;
      }
    }
    admit();
  }

  private void admit() {
    Deque<Promise<Void>> admitted = new ArrayDeque<>();
    synchronized (this) {
      if (!erasing && storing == 0 && !steps.isEmpty()) {
        erasing = true;
        admitted.add(steps.remove());
      } else if (!erasing && steps.isEmpty()) {
        storing += batches.size();
        admitted.addAll(batches);
        batches.clear();
      }
    }
    admitted.forEach(Promise::complete);
  }
}
