package io.blockofenergy.cloud.topic;

import io.vertx.amqp.AmqpClient;
import io.vertx.amqp.AmqpClientOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonLink;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One link on a connection of its own that comes back by itself. Everything runs on one context, so
 * fields of subclasses that only their callbacks touch need no lock.
 *
 * <p>vertx-amqp-client connects; the link itself is made on what lies below it, vertx-proton,
 * because the client's own links neither bound unsettled deliveries, nor reject with a reason, nor
 * tell senders when the connection is gone.
 */
abstract class AmqpLink {
  private static final Logger log = LoggerFactory.getLogger(AmqpLink.class);
  private static final long OPEN_TIMEOUT_MS = 10_000;
  private static final long CLOSE_TIMEOUT_MS = 1_000;
  private static final int HEARTBEAT_MS = 10_000;
  private static final long FIRST_DELAY_MS = 50;
  private static final long MAX_DELAY_MS = 5_000;

  final Vertx vertx;
  final Context context;
  final AmqpConfig config;
  final String address;

  private final String role;
  private ProtonConnection connection;
  // Each attempt to connect has its number: what comes late from an earlier one is ignored.
  private int generation;
  private int attempts;
  private long openTimer = -1;
  private boolean closed;
  private volatile String problem;

  AmqpLink(Vertx vertx, AmqpConfig config, String address, String role) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.config = config;
    this.address = address;
    this.role = role;
    this.problem = "not connected to " + address + " yet";
  }

  /** Makes the link; on the context. */
  abstract ProtonLink<?> createLink(ProtonConnection fresh, int attempt);

  /** The peer has confirmed the link; on the context. */
  abstract void opened();

  /** The link is gone, by loss or by {@link #close()}; on the context. */
  abstract void lost(String why);

  /** Connects, now and whenever the connection is lost. Returns at once. */
  public void start() {
    context.runOnContext(v -> connect());
  }

  /** What is wrong with the link, or empty when it stands. Safe for any thread. */
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** Closes for good; completes when the peer has seen it, or after a second. */
  public Future<Void> close() {
    Promise<Void> done = Promise.promise();
    context.runOnContext(
        v -> {
          if (closed) {
            done.complete();
            return;
          }
          closed = true;
          generation++;
          problem = "closed";
          vertx.cancelTimer(openTimer);
          lost("closed");
          ProtonConnection open = connection;
          connection = null;
          if (open == null || open.isDisconnected()) {
            done.complete();
            return;
          }
          long timer = vertx.setTimer(CLOSE_TIMEOUT_MS, t -> open.disconnect());
          open.closeHandler(r -> open.disconnect());
          open.disconnectHandler(
              c -> {
                vertx.cancelTimer(timer);
                done.tryComplete();
              });
          open.close();
        });
    return done.future();
  }

  final boolean isCurrent(int attempt) {
    return attempt == generation;
  }

  /** Gives up the present connection, if it is still that of {@code attempt}, and reconnects. */
  final void drop(int attempt, String why) {
    if (closed || attempt != generation) {
      return;
    }
    generation++;
    vertx.cancelTimer(openTimer);
    ProtonConnection old = connection;
    connection = null;
    if (old != null) {
      old.disconnect();
    }
    boolean stood = problem == null;
    problem = role + " " + address + " at " + config.host() + ':' + config.port() + ": " + why;
    if (stood || attempts == 0) {
      log.warn("Lost {}", problem);
    } else {
      log.debug("Still no {}", problem);
    }
    lost(why);
    long ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS << Math.min(attempts, 10));
    attempts++;
    long delay = ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1);
    vertx.setTimer(delay, t -> connect());
  }

  private void connect() {
    if (closed) {
      return;
    }
    int attempt = ++generation;
    openTimer = vertx.setTimer(OPEN_TIMEOUT_MS, t -> drop(attempt, "no answer in time"));
    AmqpClientOptions options =
        new AmqpClientOptions()
            .setHost(config.host())
            .setPort(config.port())
            .setContainerId("boe-" + UUID.randomUUID())
            .setVirtualHost(config.host());
    options.setReconnectAttempts(0);
    options.setHeartbeat(HEARTBEAT_MS);
    options.setConnectTimeout((int) OPEN_TIMEOUT_MS);
    options.setTcpNoDelay(true);
    options.setSsl(config.tls());
    if (config.tls()) {
      options.setHostnameVerificationAlgorithm("HTTPS");
    }
    config.user().ifPresent(options::setUsername);
    config.password().ifPresent(password -> options.setPassword(password.reveal()));
    if (config.user().isPresent()) {
      options.addEnabledSaslMechanism("PLAIN");
    }
    // A client for each attempt: one that is kept remembers every connection that it ever made.
    AmqpClient.create(vertx, options)
        .connect()
        .onComplete(
            connected -> {
              if (connected.failed()) {
                drop(attempt, message(connected.cause()));
              } else if (attempt != generation) {
                connected.result().unwrap().disconnect();
              } else {
                watch(connected.result().unwrap(), attempt);
              }
            });
  }

  private void watch(ProtonConnection fresh, int attempt) {
    connection = fresh;
    fresh.disconnectHandler(c -> drop(attempt, "connection lost"));
    fresh.closeHandler(r -> drop(attempt, r.failed() ? message(r.cause()) : "closed by the peer"));
    if (fresh.isDisconnected()) {
      drop(attempt, "connection lost");
    } else {
      openLink(attempt);
    }
  }

  private void openLink(int attempt) {
    ProtonLink<?> link = createLink(connection, attempt);
    link.closeHandler(
        r -> drop(attempt, r.failed() ? message(r.cause()) : "link closed by the peer"));
    link.detachHandler(
        r -> drop(attempt, r.failed() ? message(r.cause()) : "link detached by the peer"));
    link.openHandler(
        r -> {
          if (r.failed()) {
            drop(attempt, message(r.cause()));
          } else if (attempt == generation) {
            vertx.cancelTimer(openTimer);
            attempts = 0;
            problem = null;
            log.info("Opened {} {} at {}:{}", role, address, config.host(), config.port());
            opened();
          }
        });
    link.open();
  }

  private static String message(Throwable cause) {
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
