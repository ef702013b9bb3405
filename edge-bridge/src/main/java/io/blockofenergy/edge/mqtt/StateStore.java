package io.blockofenergy.edge.mqtt;

import io.blockofenergy.telemetry.DirectoryLock;
import io.blockofenergy.telemetry.DurableDirectory;
import io.blockofenergy.telemetry.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the MQTT server keeps across a restart, as keys and values. Changes never wait for the disk:
 * one thread brings them there, and whatever changed while the disk was busy is written together.
 * Changes that wait replace each other by key, so that they take no more memory than the state
 * itself. Safe for any thread.
 *
 * <p>While the disk takes nothing, most likely because it is full, changes wait and are tried
 * again. After a failed sync nothing more is written until a restart.
 */
final class StateStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StateStore.class);
  private static final long RETRY_MILLIS = 1000;

  private final DirectoryLock lock;
  private final StateFile file;
  private final Thread thread = new Thread(this::run, "mqtt-state");

  // Guarded by this.
  private Map<String, byte[]> changes = new LinkedHashMap<>();
  private Map<String, byte[]> writing = Map.of();
  private List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private boolean closed;
  private String problem;
  private boolean failed;

  private StateStore(DirectoryLock lock, StateFile file) {
    this.lock = lock;
    this.file = file;
  }

  /**
   * Opens the state in that directory, makes it if absent. Blocks.
   *
   * @param recovered gets what is there, in the order of keys
   * @throws IOException when it cannot be used, or another process uses it
   */
  static StateStore open(Path directory, BiConsumer<String, byte[]> recovered) throws IOException {
    DurableDirectory.create(directory);
    DirectoryLock lock =
        DirectoryLock.take(directory)
            .orElseThrow(
                () ->
                    new IOException(
                        "the MQTT state " + directory + " is in use by another process"));
    try {
      StateStore store =
          new StateStore(lock, StateFile.open(directory.resolve("state.log"), recovered));
      store.thread.start();
      return store;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  synchronized void put(String key, byte[] value) {
    change(key, value);
  }

  synchronized void delete(String key) {
    change(key, null);
  }

  private void change(String key, byte[] value) {
    if (failed) {
      return;
    }
    if (value == null && !file.contains(key) && !writing.containsKey(key)) {
      changes.remove(key); // never was on the disk, and need not go there to be gone
    } else {
      changes.put(key, value);
    }
    notifyAll();
  }

  /**
   * Completes on the writer's thread when every change so far is on the disk; fails with {@link
   * UnavailableException} when that will not happen any more.
   */
  synchronized CompletableFuture<Void> sync() {
    if (failed || closed) {
      return CompletableFuture.failedFuture(new UnavailableException("the MQTT state is closed"));
    }
    CompletableFuture<Void> written = new CompletableFuture<>();
    waiting.add(written);
    notifyAll();
    return written;
  }

  /** Why nothing is written now; empty while all is well. */
  synchronized Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** Brings the last changes to the disk, if it takes them. Blocks. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    file.close();
    lock.close();
  }

  private void run() {
    while (true) {
      Map<String, byte[]> group;
      List<CompletableFuture<Void>> waiters;
      synchronized (this) {
        if (!awaitWork()) {
          return;
        }
        group = changes;
        writing = group;
        waiters = waiting;
        changes = new LinkedHashMap<>();
        waiting = new ArrayList<>();
      }
      try {
        write(group);
        written();
        waiters.forEach(waiter -> waiter.complete(null));
      } catch (IOException | RuntimeException | Error e) {
        fail(waiters, e);
        return;
      }
    }
  }

  private synchronized void written() {
    writing = Map.of();
  }

  private boolean awaitWork() {
    try {
      while (changes.isEmpty() && waiting.isEmpty()) {
        if (closed) {
          return false;
        }
        wait();
      }
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** Tries until the disk takes it; gives up only when the store is closed. */
  private void write(Map<String, byte[]> group) throws IOException {
    while (!group.isEmpty()) {
      try {
        file.write(group);
        wellAgain();
        return;
      } catch (StateUnknownException e) {
        throw e;
      } catch (IOException e) {
        synchronized (this) {
          if (closed) {
            throw e;
          }
          if (problem == null) {
            log.error("The MQTT state cannot be written; trying again", e);
          }
          problem = "cannot write: " + e.getMessage();
          pause();
        }
      }
    }
  }

  /** Not cut short by new changes, only by the end. */
  private void pause() throws IOException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS);
    try {
      long left = RETRY_MILLIS;
      while (left > 0 && !closed) {
        wait(left);
        left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  private synchronized void wellAgain() {
    if (problem != null) {
      problem = null;
      log.info("The MQTT state is written again");
    }
  }

  private void fail(List<CompletableFuture<Void>> waiters, Throwable e) {
    log.error("The MQTT state cannot be written any more; restart the bridge", e);
    List<CompletableFuture<Void>> all = new ArrayList<>(waiters);
    synchronized (this) {
      failed = true;
      problem = "cannot write: see the log, then restart the bridge";
      changes.clear();
      all.addAll(waiting);
      waiting.clear();
    }
    UnavailableException unavailable = new UnavailableException("the MQTT state is lost", e);
    all.forEach(waiter -> waiter.completeExceptionally(unavailable));
  }
}
