package io.blockofenergy.edge.uplink;

import io.blockofenergy.edge.journal.BatchSource;
import io.blockofenergy.edge.journal.BatchSource.Lane;
import io.blockofenergy.edge.uplink.UplinkStatus.Batches;
import io.blockofenergy.edge.uplink.UplinkStatus.Connections;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Brings the journal's batches to the hub: registers, connects, keeps a {@link Window} of batches
 * on the way, what is measured now before the backlog, and releases each from the journal only when
 * the hub has acknowledged it. After any fault it connects anew and sends again whatever was not
 * acknowledged; the cloud drops the repeats.
 *
 * <p>All work is done on one thread of its own, for the device SDK blocks; the SDK's callbacks only
 * leave word in its mailbox. Safe for any thread. Metrics: see {@link UplinkStatus}.
 */
public final class Uplink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Uplink.class);

  /** The source is asked at least this often, should a notice of something new be lost. */
  private static final Duration TICK = Duration.ofMillis(500);

  /** A session that has lasted so long, and brought something, was a good one. */
  private static final Duration GOOD_SESSION = Duration.ofSeconds(10);

  /** After so many sessions in which nothing was acknowledged the hub is taken for a busy one. */
  private static final int FRUITLESS_SESSIONS = 5;

  private static final int FORGOTTEN_WATCHDOGS = 4;

  /** What has waited for so long is left of an outage. */
  private static final Duration OUTAGE = Duration.ofSeconds(10);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

  /** Word to the worker. */
  private sealed interface Mail {
    record Acknowledged(HubSession session, String batchId) implements Mail {}

    record Failed(HubSession session, RuntimeException reason) implements Mail {}

    record Wake() implements Mail {}
  }

  private final String bridge;
  private final UplinkConfig config;
  private final BatchSource source;
  private final UplinkStatus status;
  private final Connector connector;
  private final Backoff backoff;
  private final Window window;
  private final Pace pace;
  private final Clock clock;

  private final BlockingQueue<Mail> mailbox = new LinkedBlockingQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Thread worker;
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile boolean closed;

  // The worker's alone.
  private long openedNanos;
  private long lastProgressNanos;
  private boolean fruitful;
  private boolean asked;
  private int fruitlessSessions;
  private String sourceFault;

  /**
   * @param bridge the device id, {@code [A-Za-z0-9_-]{1,64}}
   * @param publicKey the 32 bytes of the key that signs the batches
   */
  public Uplink(
      String bridge,
      byte[] publicKey,
      UplinkConfig config,
      BatchSource source,
      Clock clock,
      MeterRegistry registry) {
    this.bridge = bridge;
    this.config = config;
    this.source = source;
    status = new UplinkStatus(registry, clock);
    connector =
        new Connector(
            bridge,
            config,
            new Provisioning(bridge, Base64.getEncoder().encodeToString(publicKey), config),
            status);
    backoff = new Backoff(config.backoffMax(), new Random());
    window = new Window(config.windowBatches(), config.windowBytes());
    pace = new Pace(config.backlogRate());
    this.clock = clock;
    worker = new Thread(this::work, "uplink-" + bridge);
    // Nothing that it holds would be lost with the JVM: the journal has it all.
    worker.setDaemon(true);
  }

  /** Starts to connect; returns at once. To be called once. */
  public void start() {
    // Paho, which the SDK uses, logs through java.util.logging, straight to the console.
    if (!SLF4JBridgeHandler.isInstalled()) {
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
    }
    source.onAvailable(this::wake);
    worker.start();
  }

  /** Why batches do not reach the hub now; empty while connected. For readiness. */
  public Optional<String> problem() {
    return status.problem();
  }

  /** What {@code /status} shows. */
  public Map<String, Object> status() {
    return status.toMap();
  }

  /** Disconnects; returns within about twenty seconds. What is on its way is sent again later. */
  @Override
  public void close() {
    closed = true;
    closing.countDown();
    wake();
    connector.interrupt(worker);
    try {
      worker.join(CLOSE_TIMEOUT.toMillis());
      if (worker.isAlive() || !connector.awaitClosed(CLOSE_TIMEOUT)) {
        LOG.warn("the device SDK did not close in {}; left behind", CLOSE_TIMEOUT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void wake() {
    if (!woken.getAndSet(true)) {
      mailbox.add(new Mail.Wake());
    }
  }

  private void work() {
    while (!closed) {
      try {
        serve();
      } catch (InterruptedException e) {
        // Only close() interrupts, and the loop's condition sees it.
      } catch (RefusedException e) {
        connector.forget();
        fault(e.getMessage(), Backoff.Cause.REFUSED);
      } catch (ThrottledException e) {
        fault(e.getMessage(), Backoff.Cause.BUSY);
      } catch (UnavailableException e) {
        fault(
            e.getMessage(),
            fruitlessSessions < FRUITLESS_SESSIONS
                ? Backoff.Cause.UNREACHABLE
                : Backoff.Cause.BUSY);
      } catch (RuntimeException | Error e) {
        // An Error too: a dead thread would look like a connected one.
        LOG.error("the uplink of {} failed unexpectedly and starts over", bridge, e);
        fault(e.toString(), Backoff.Cause.REFUSED);
      }
    }
    connector.close();
  }

  /** One session, from registration to its end; returns only by exception or when closed. */
  private void serve() throws InterruptedException {
    HubSession session = connector.connect(new Letters());
    openedNanos = System.nanoTime();
    fruitful = false;
    asked = false;
    boolean inOrder = false;
    try {
      pump(session);
      inOrder = true;
    } finally {
      status.disconnected();
      window.restart();
      source.rewind();
      connector.closeBeside(session, inOrder);
      fruitlessSessions = fruitful || !asked ? 0 : fruitlessSessions + 1;
    }
  }

  private final class Letters implements HubSession.Events {
    @Override
    public void acknowledged(HubSession from, String batchId) {
      mailbox.add(new Mail.Acknowledged(from, batchId));
    }

    @Override
    public void failed(HubSession from, RuntimeException reason) {
      mailbox.add(new Mail.Failed(from, reason));
    }
  }

  private void pump(HubSession session) throws InterruptedException {
    if (status.problem().isPresent()) {
      LOG.info("bridge {} is connected to hub {}", bridge, connector.hub());
    }
    status.connected();
    lastProgressNanos = System.nanoTime();
    while (!closed) {
      fill(session);
      status.window(window);
      Mail mail = mailbox.poll(untilNextLook(), TimeUnit.NANOSECONDS);
      while (mail != null) {
        read(mail, session);
        mail = mailbox.poll();
      }
      watch(System.nanoTime());
    }
  }

  /** Nothing comes back, or one acknowledgement was lost while others came. */
  private void watch(long now) {
    long watchdog = config.watchdog().toNanos();
    if (!window.isEmpty()
        && (now - lastProgressNanos > watchdog
            || window.oldestNanos(now) > FORGOTTEN_WATCHDOGS * watchdog)) {
      throw lost(
          new UnavailableException(
              "the hub acknowledged nothing for " + config.watchdog().toSeconds() + " s"));
    }
  }

  private long untilNextLook() {
    long backlog = pace.waitNanos(System.nanoTime());
    return backlog == 0 ? TICK.toNanos() : Math.min(TICK.toNanos(), backlog);
  }

  private void fill(HubSession session) {
    while (window.hasRoom()) {
      Optional<Batch> next = Optional.empty();
      Lane lane = Lane.LIVE;
      boolean liveAsked = window.hasRoomFor(Lane.LIVE);
      if (liveAsked) {
        next = next(Lane.LIVE);
      }
      if (next.isEmpty()
          && window.hasRoomFor(Lane.BACKLOG)
          && pace.waitNanos(System.nanoTime()) == 0) {
        lane = Lane.BACKLOG;
        next = next(Lane.BACKLOG);
        next.filter(batch -> isOld())
            .ifPresent(batch -> pace.went(batch.count(), System.nanoTime()));
      }
      if (next.isEmpty() && !liveAsked) { // there is no backlog to keep room for
        lane = Lane.LIVE;
        next = next(Lane.LIVE);
      }
      if (next.isEmpty()) {
        return;
      }
      send(session, lane, next.get());
    }
  }

  /** Whether an outage is being made up for, and not just a moment in which much came. */
  private boolean isOld() {
    Instant limit = clock.instant().minus(OUTAGE);
    return source.oldestUnacknowledged().filter(oldest -> oldest.isBefore(limit)).isPresent();
  }

  /**
   * A journal whose disk fails must not end the session: the acknowledgements that it brings are
   * what gives the disk back.
   */
  private Optional<Batch> next(Lane lane) {
    try {
      Optional<Batch> next = source.next(lane);
      sourceFault = null;
      return next;
    } catch (IOException e) {
      sourceFailed(e);
      return Optional.empty();
    }
  }

  /** What could not be released is sent again in the next session; the cloud knows it then. */
  private void release(String batchId) {
    try {
      source.acknowledged(batchId);
    } catch (IOException e) {
      sourceFailed(e);
    }
  }

  private void sourceFailed(IOException e) {
    String message = String.valueOf(e.getMessage());
    if (!message.equals(sourceFault)) {
      sourceFault = message;
      LOG.error("the journal of {} does not work: {}", bridge, message);
    }
  }

  private void send(HubSession session, Lane lane, Batch batch) {
    long now = System.nanoTime();
    if (window.isEmpty()) {
      lastProgressNanos = now;
    }
    window.sent(batch.id(), new Window.Sent(lane, batch.count(), batch.body().length, now));
    status.count(Batches.SENT);
    asked = true;
    try {
      session.send(batch);
    } catch (IllegalStateException e) {
      throw lost(new UnavailableException("the connection was closed: " + e.getMessage()));
    }
  }

  private void read(Mail mail, HubSession session) {
    if (mail instanceof Mail.Acknowledged acknowledged) {
      // An acknowledgement counts whichever session it came by: the hub has the batch.
      release(acknowledged.batchId());
      if (acknowledged.session() == session) {
        window.acknowledged(acknowledged.batchId(), System.nanoTime()).ifPresent(this::progress);
      }
    } else if (mail instanceof Mail.Failed failed) {
      if (failed.session() == session) {
        throw lost(failed.reason());
      }
    } else {
      woken.set(false);
    }
  }

  private void progress(Window.Sent batch) {
    lastProgressNanos = System.nanoTime();
    fruitful = true;
    connector.confirmed();
    status.acknowledged(batch.readings());
  }

  private RuntimeException lost(RuntimeException reason) {
    status.count(Connections.LOST);
    if ((fruitful || !asked) && System.nanoTime() - openedNanos > GOOD_SESSION.toNanos()) {
      backoff.reset();
    }
    return reason;
  }

  /** Notes the fault, logs it when it is a new one, and waits: longer the more there were. */
  private void fault(String message, Backoff.Cause cause) {
    if (closed) {
      return;
    }
    if (status.fault(message)) {
      LOG.warn("bridge {} does not reach its hub, and keeps trying: {}", bridge, message);
    }
    try {
      if (closing.await(backoff.next(cause).toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.debug("closed while waiting to connect");
      }
    } catch (InterruptedException e) {
      // Only close() interrupts, and the caller's loop sees it.
    }
  }

  static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
