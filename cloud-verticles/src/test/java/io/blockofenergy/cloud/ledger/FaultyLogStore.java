package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Predicate;

/**
 * A log's store as a process sees it that fails, is killed or is paused at one of its writes. One
 * fault an instance.
 */
final class FaultyLogStore {
  /** All that write, but for the lease's own. */
  static final List<String> WRITES =
      List.of(
          "createStaged",
          "createSize",
          "fence",
          "stage",
          "putEntries",
          "putTiles",
          "putBatches",
          "putCheckpoint",
          "compareAndSetSize");

  enum Kind {
    /** The one write fails. */
    FAILS,
    /** That write and whatever comes after it: the process is dead. */
    DIES,
    /** That write and whatever comes after it wait for {@link #goOn}. */
    PAUSES
  }

  private final LogStore store;
  private final Kind kind;
  private final Predicate<String> writes;
  private final boolean happens;
  private final Promise<Void> resumed = Promise.promise();
  private int left;
  private boolean begun;

  /**
   * @param writes names of the methods that count
   * @param at which call of these is hit, from 1
   * @param happens whether it nevertheless happens: only its answer is lost, or late
   */
  FaultyLogStore(LogStore store, Kind kind, Predicate<String> writes, int at, boolean happens) {
    this.store = store;
    this.kind = kind;
    this.writes = writes;
    this.left = at;
    this.happens = happens;
  }

  LogStore seen() {
    return (LogStore)
        Proxy.newProxyInstance(
            LogStore.class.getClassLoader(),
            new Class<?>[] {LogStore.class},
            (proxy, method, arguments) -> call(method, arguments));
  }

  /** Whether the fault has come. */
  synchronized boolean hasBegun() {
    return begun;
  }

  void goOn() {
    resumed.complete();
  }

  private Future<?> call(Method method, Object[] arguments) throws Throwable {
    boolean before;
    boolean hit;
    synchronized (this) {
      before = begun;
      hit = !begun && writes.test(method.getName()) && --left == 0;
      begun |= hit;
    }
    Future<?> cut = Future.failedFuture(new UnavailableException("cut"));
    return switch (kind) {
      case FAILS ->
          hit
              ? (happens ? invoke(method, arguments).compose(r -> cut) : cut)
              : invoke(method, arguments);
      case DIES ->
          hit && happens
              ? invoke(method, arguments).compose(r -> cut)
              : hit || before ? cut : invoke(method, arguments);
      case PAUSES ->
          hit && happens
              ? late(invoke(method, arguments))
              : hit || before
                  ? resumed.future().compose(go -> invokeNow(method, arguments))
                  : invoke(method, arguments);
    };
  }

  private <T> Future<T> late(Future<T> answer) {
    return answer.compose(result -> resumed.future().map(go -> result));
  }

  private Future<?> invokeNow(Method method, Object[] arguments) {
    try {
      return invoke(method, arguments);
    } catch (Throwable e) {
      return Future.failedFuture(e);
    }
  }

  private Future<?> invoke(Method method, Object[] arguments) throws Throwable {
    try {
      return (Future<?>) method.invoke(store, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
