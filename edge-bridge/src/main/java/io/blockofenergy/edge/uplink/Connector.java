package io.blockofenergy.edge.uplink;

import io.blockofenergy.edge.uplink.UplinkStatus.Connections;
import io.blockofenergy.edge.uplink.UplinkStatus.Registrations;
import io.blockofenergy.telemetry.UnavailableException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Opens sessions and gives them up: registers first when there is no assignment to a hub or the hub
 * does not answer any more, for it may have been moved. Neither takes longer than the configured
 * time, whatever the SDK waits for. For the uplink's worker, but for what is marked otherwise.
 */
final class Connector {
  /** After so many failed connections the bridge may have been assigned to another hub. */
  private static final int ATTEMPTS_PER_REGISTRATION = 5;

  /** Sessions that are being closed at a time, at most. */
  private static final int MAX_CLOSING = 4;

  private final String bridge;
  private final UplinkConfig config;
  private final Provisioning provisioning;
  private final UplinkStatus status;
  private final ScheduledExecutorService deadlines =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "uplink-deadline");
            thread.setDaemon(true);
            return thread;
          });
  private final Semaphore closers = new Semaphore(MAX_CLOSING);

  // Guarded by this: an interrupt during the journal's work would close its files.
  private boolean inSdk;
  private boolean interrupted;

  // The worker's alone.
  private Provisioning.Assignment assignment;
  private int attempts;

  Connector(String bridge, UplinkConfig config, Provisioning provisioning, UplinkStatus status) {
    this.bridge = bridge;
    this.config = config;
    this.provisioning = provisioning;
    this.status = status;
  }

  /**
   * Registers if need be, and connects.
   *
   * @throws RefusedException when provisioning or the hub says no
   * @throws ThrottledException when the hub is too busy
   * @throws UnavailableException when they cannot be reached
   */
  HubSession connect(HubSession.Events events) throws InterruptedException {
    synchronized (this) {
      if (interrupted) {
        throw new InterruptedException();
      }
      inSdk = true;
    }
    try {
      if (assignment == null || attempts >= ATTEMPTS_PER_REGISTRATION) {
        register();
      }
      return open(events);
    } finally {
      synchronized (this) {
        inSdk = false;
        Thread.interrupted();
      }
    }
  }

  private void register() throws InterruptedException {
    Wires wires = new Wires();
    ScheduledFuture<?> deadline = cutInTime(wires);
    try {
      assignment = provisioning.register(wires);
      attempts = 0;
      status.assigned(assignment.hub());
      status.count(Registrations.ASSIGNED);
    } catch (RefusedException e) {
      status.count(Registrations.REFUSED);
      throw e;
    } catch (UnavailableException e) {
      status.count(Registrations.UNREACHABLE);
      if (assignment == null) {
        throw inTime(wires, () -> "provisioning at " + config.dpsHost(), e);
      }
      attempts = 0; // the hub that was assigned before may well be there
    } finally {
      deadline.cancel(false);
      wires.cut();
    }
  }

  private HubSession open(HubSession.Events events) {
    attempts++;
    Wires wires = new Wires();
    ScheduledFuture<?> deadline = cutInTime(wires);
    try {
      HubSession session = HubSession.open(assignment, config, wires, events);
      status.count(Connections.OPENED);
      return session;
    } catch (RefusedException e) {
      status.count(Connections.REFUSED);
      throw e;
    } catch (ThrottledException e) {
      status.count(Connections.THROTTLED);
      throw e;
    } catch (UnavailableException e) {
      status.count(Connections.UNREACHABLE);
      throw inTime(wires, () -> "hub " + assignment.hub(), e);
    } finally {
      deadline.cancel(false);
    }
  }

  private ScheduledFuture<?> cutInTime(Wires wires) {
    return deadlines.schedule(
        wires::expire, config.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  private UnavailableException inTime(
      Wires wires, Supplier<String> what, UnavailableException otherwise) {
    return wires.isExpired()
        ? new UnavailableException(
            what.get() + " did not answer within " + config.connectTimeout().toSeconds() + " s",
            otherwise)
        : otherwise;
  }

  /** The hub that the bridge is assigned to. */
  String hub() {
    return assignment.hub();
  }

  /** The hub has taken something: it is the right one. */
  void confirmed() {
    attempts = 0;
  }

  /** The assignment does not hold any more: the next session registers. */
  void forget() {
    assignment = null;
  }

  /**
   * Closes a session beside the next one, for on a wire that has gone silent the SDK waits for a
   * minute and more. Only so many may be given up at a time.
   *
   * @param inOrder whether the hub is to be told; else the wire is cut first
   */
  void closeBeside(HubSession session, boolean inOrder) throws InterruptedException {
    if (!inOrder) {
      session.abort();
    }
    closers.acquire();
    Thread closer =
        new Thread(
            () -> {
              try {
                session.close();
              } finally {
                closers.release();
              }
            },
            "uplink-close-" + bridge);
    closer.setDaemon(true);
    try {
      closer.start();
    } catch (RuntimeException | Error e) {
      closers.release();
      throw e;
    }
  }

  /** Ends what the worker waits for in the SDK, now and later. For any thread. */
  synchronized void interrupt(Thread worker) {
    interrupted = true;
    if (inSdk) {
      worker.interrupt();
    }
  }

  /** Waits until all sessions are closed; false when they are not in time. For any thread. */
  boolean awaitClosed(Duration timeout) throws InterruptedException {
    return closers.tryAcquire(MAX_CLOSING, timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** To be called when no session is opened any more. */
  void close() {
    deadlines.shutdownNow();
  }
}
