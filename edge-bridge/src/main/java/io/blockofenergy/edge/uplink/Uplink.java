package io.blockofenergy.edge.uplink;

import io.blockofenergy.edge.journal.BatchSource;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Brings the journal's batches to the hub: registers, connects, keeps a window of batches on the
 * way, and releases each from the journal only when the hub has acknowledged it. After any fault it
 * connects anew and sends again whatever was not acknowledged; the cloud drops the repeats.
 *
 * <p>All work is done on one thread of its own, for the device SDK blocks; the SDK's callbacks only
 * leave word in its mailbox. Safe for any thread.
 *
 * <p>Metrics: {@code boe.edge.uplink.batches} by outcome (sent, acknowledged), {@code
 * boe.edge.uplink.connections} (opened, lost, refused, unreachable), {@code
 * boe.edge.uplink.registrations} (assigned, refused, unreachable), {@code
 * boe.edge.uplink.acknowledged.readings}, gauges {@code boe.edge.uplink.connected} (0 or 1) and
 * {@code boe.edge.uplink.inflight} (batches).
 */
public final class Uplink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Uplink.class);

  /** The source is asked at least this often, should a notice of something new be lost. */
  private static final Duration TICK = Duration.ofMillis(500);

  private static final Duration BACKOFF_FIRST = Duration.ofMillis(200);

  /** A hub that went away is usually back soon; a refusal is not taken back as fast. */
  private static final Duration BACKOFF_UNREACHABLE_MAX = Duration.ofSeconds(10);

  /** After so many failed connections the hub may have been reassigned: register again. */
  private static final int ATTEMPTS_PER_REGISTRATION = 5;

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

  /** Sessions that are being closed at a time, at most. */
  private static final int MAX_CLOSING = 4;

  /** Word to the worker. */
  private sealed interface Mail {
    record Acknowledged(HubSession session, String batchId) implements Mail {}

    record Failed(HubSession session, String reason) implements Mail {}

    record Wake() implements Mail {}
  }

  /** A batch on its way. */
  private record Sent(int readings, int bytes) {}

  private final String bridge;
  private final UplinkConfig config;
  private final BatchSource source;
  private final Provisioning provisioning;
  private final MeterRegistry registry;
  private final Counter acknowledgedReadings;

  private final BlockingQueue<Mail> mailbox = new LinkedBlockingQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Thread worker;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Semaphore closers = new Semaphore(MAX_CLOSING);

  /** Guards {@link #inSdk}: an interrupt during the journal's work would close its files. */
  private final Object sdkLock = new Object();

  private boolean inSdk;
  private volatile boolean closed;
  private volatile boolean connected;
  private volatile int inFlightBatches;
  private volatile String problem = "the uplink has not connected yet";

  // The worker's alone.
  private final Map<String, Sent> inFlight = new LinkedHashMap<>();
  private long inFlightBytes;
  private long lastProgressNanos;
  private Provisioning.Assignment assignment;
  private int attempts;
  private int faultsInARow;
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
      MeterRegistry registry) {
    this.bridge = bridge;
    this.config = config;
    this.source = source;
    this.registry = registry;
    provisioning = new Provisioning(bridge, Base64.getEncoder().encodeToString(publicKey), config);
    acknowledgedReadings = registry.counter("boe.edge.uplink.acknowledged.readings");
    Gauge.builder("boe.edge.uplink.connected", this, uplink -> uplink.connected ? 1 : 0)
        .register(registry);
    Gauge.builder("boe.edge.uplink.inflight", this, uplink -> uplink.inFlightBatches)
        .register(registry);
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
    return Optional.ofNullable(problem);
  }

  /** Disconnects; returns within about twenty seconds. What is on its way is sent again later. */
  @Override
  public void close() {
    closed = true;
    closing.countDown();
    wake();
    synchronized (sdkLock) {
      if (inSdk) {
        worker.interrupt();
      }
    }
    try {
      worker.join(CLOSE_TIMEOUT.toMillis());
      if (worker.isAlive()
          || !closers.tryAcquire(MAX_CLOSING, CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
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
        assignment = null;
        fault(e.getMessage(), config.backoffMax());
      } catch (UnavailableException e) {
        fault(e.getMessage(), BACKOFF_UNREACHABLE_MAX);
      } catch (IOException e) {
        fault("the journal cannot be read: " + e.getMessage(), config.backoffMax());
      } catch (RuntimeException | Error e) {
        // An Error too: a dead thread would look like a connected one.
        LOG.error("the uplink of {} failed unexpectedly and starts over", bridge, e);
        fault(e.toString(), config.backoffMax());
      }
    }
  }

  /** One session, from registration to its end; returns only by exception or when closed. */
  private void serve() throws InterruptedException, IOException {
    HubSession session = registerAndConnect();
    try {
      pump(session);
    } finally {
      connected = false;
      inFlight.clear();
      inFlightBytes = 0;
      inFlightBatches = 0;
      source.rewind();
      closeBeside(session);
    }
  }

  /**
   * On a wire that has gone silent the SDK waits for a minute and more before it gives a connection
   * up; meanwhile the next session does the work. Only so many may be given up at a time.
   */
  private void closeBeside(HubSession session) throws InterruptedException {
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
    closer.start();
  }

  private HubSession registerAndConnect() throws InterruptedException {
    synchronized (sdkLock) {
      if (closed) {
        throw new InterruptedException();
      }
      inSdk = true;
    }
    try {
      register();
      return connect();
    } finally {
      synchronized (sdkLock) {
        inSdk = false;
        Thread.interrupted();
      }
    }
  }

  private void register() throws InterruptedException {
    if (assignment != null && attempts < ATTEMPTS_PER_REGISTRATION) {
      return;
    }
    try {
      assignment = provisioning.register();
      attempts = 0;
      count("registrations", "assigned");
      LOG.info("bridge {} is assigned to hub {}", bridge, assignment.hub());
    } catch (RefusedException e) {
      count("registrations", "refused");
      throw e;
    } catch (UnavailableException e) {
      count("registrations", "unreachable");
      if (assignment == null) {
        throw e;
      }
      attempts = 0; // the hub that was assigned before may well be there
    }
  }

  private HubSession connect() {
    attempts++;
    try {
      HubSession session =
          HubSession.open(
              assignment,
              config,
              new HubSession.Events() {
                @Override
                public void acknowledged(HubSession from, String batchId) {
                  mailbox.add(new Mail.Acknowledged(from, batchId));
                }

                @Override
                public void failed(HubSession from, String reason) {
                  mailbox.add(new Mail.Failed(from, reason));
                }
              });
      count("connections", "opened");
      return session;
    } catch (RefusedException e) {
      count("connections", "refused");
      throw e;
    } catch (UnavailableException e) {
      count("connections", "unreachable");
      throw e;
    }
  }

  private void pump(HubSession session) throws InterruptedException, IOException {
    connected = true;
    if (problem != null) {
      LOG.info("bridge {} is connected to hub {}", bridge, assignment.hub());
      problem = null;
    }
    lastProgressNanos = System.nanoTime();
    while (!closed) {
      fill(session);
      Mail mail = mailbox.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
      while (mail != null) {
        read(mail, session);
        mail = mailbox.poll();
      }
      Duration still = Duration.ofNanos(System.nanoTime() - lastProgressNanos);
      if (!inFlight.isEmpty() && still.compareTo(config.watchdog()) > 0) {
        lost("the hub acknowledged nothing for " + config.watchdog().toSeconds() + " s");
      }
    }
  }

  private void fill(HubSession session) throws IOException {
    while (inFlight.size() < config.windowBatches()
        && (inFlight.isEmpty() || inFlightBytes < config.windowBytes())) {
      Optional<Batch> next = next();
      if (next.isEmpty()) {
        return;
      }
      Batch batch = next.get();
      if (inFlight.isEmpty()) {
        lastProgressNanos = System.nanoTime();
      }
      inFlight.put(batch.id(), new Sent(batch.count(), batch.body().length));
      inFlightBytes += batch.body().length;
      inFlightBatches = inFlight.size();
      count("batches", "sent");
      try {
        session.send(batch);
      } catch (IllegalStateException e) {
        lost("the connection was closed: " + e.getMessage());
      }
    }
  }

  /**
   * A journal that cannot cut (its disk may be full) must not end the session: the acknowledgements
   * that it brings are what gives the disk back.
   */
  private Optional<Batch> next() {
    try {
      Optional<Batch> next = source.next();
      sourceFault = null;
      return next;
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).equals(sourceFault)) {
        sourceFault = String.valueOf(e.getMessage());
        LOG.error("the journal of {} gives no batches: {}", bridge, sourceFault);
      }
      return Optional.empty();
    }
  }

  private void read(Mail mail, HubSession session) throws IOException {
    if (mail instanceof Mail.Acknowledged acknowledged) {
      // An acknowledgement counts whichever session it came by: the hub has the batch.
      acknowledged(acknowledged.batchId(), acknowledged.session() == session);
    } else if (mail instanceof Mail.Failed failed) {
      if (failed.session() == session) {
        lost(failed.reason());
      }
    } else {
      woken.set(false);
    }
  }

  private void acknowledged(String batchId, boolean ofThisSession) throws IOException {
    source.acknowledged(batchId);
    Sent sent = ofThisSession ? inFlight.remove(batchId) : null;
    if (sent == null) {
      return;
    }
    inFlightBytes -= sent.bytes();
    inFlightBatches = inFlight.size();
    lastProgressNanos = System.nanoTime();
    attempts = 0;
    faultsInARow = 0;
    count("batches", "acknowledged");
    acknowledgedReadings.increment(sent.readings());
  }

  private void lost(String reason) {
    count("connections", "lost");
    throw new UnavailableException(reason);
  }

  /** Notes the fault, logs it when it is a new one, and waits: longer the more there were. */
  private void fault(String message, Duration longest) {
    if (closed) {
      return;
    }
    if (!message.equals(problem)) {
      LOG.warn("bridge {} does not reach its hub, and keeps trying: {}", bridge, message);
      problem = message;
    }
    long cap =
        Math.min(longest.toMillis(), BACKOFF_FIRST.toMillis() << Math.min(faultsInARow++, 20));
    try {
      // Half of it is chance, so that many bridges do not come back at the same moment.
      long pause = cap / 2 + ThreadLocalRandom.current().nextLong(cap / 2 + 1);
      if (closing.await(pause, TimeUnit.MILLISECONDS)) {
        LOG.debug("closed while waiting to connect");
      }
    } catch (InterruptedException e) {
      // Only close() interrupts, and the caller's loop sees it.
    }
  }

  private void count(String what, String outcome) {
    registry.counter("boe.edge.uplink." + what, "outcome", outcome).increment();
  }

  static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
