package io.blockofenergy.cloud.topic;

import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonDelivery;
import io.vertx.proton.ProtonLink;
import io.vertx.proton.ProtonSender;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;

/**
 * Sends to one AMQP address, at least once, and says when the broker has the message durably.
 *
 * <p>Messages are transferred in the order of the calls. While the connection is down they wait for
 * it until their time-out. Those that were on the wire when it broke fail: the broker may have them
 * or not, so whoever sends again must send the same id. What is held is bounded in bytes; beyond
 * the bound {@link #send} fails at once.
 */
public final class TopicSender extends AmqpLink {
  /** What no repetition can mend; every other refusal may pass (broker stopping, disk full). */
  private static final Set<String> PERMANENT =
      Set.of("amqp:link:message-size-exceeded", "amqp:decode-error", "amqp:invalid-field");

  private static final class Pending {
    private final TopicMessage message;
    private final Promise<Void> promise = Promise.promise();
    private long timer;
    private int attempt;

    Pending(TopicMessage message) {
      this.message = message;
    }
  }

  private final AtomicLong heldBytes = new AtomicLong();
  private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
  private final Set<Pending> onTheWire = new LinkedHashSet<>();
  private ProtonSender sender;
  private int linkAttempt;
  private boolean standing;
  private boolean refusing;

  /** Uses the caller's context if it has one, else an event loop of its own. */
  public TopicSender(Vertx vertx, AmqpConfig config, String address) {
    super(vertx, config, address, "sender");
  }

  /**
   * Sends. Safe for any thread; the future completes on this sender's event loop.
   *
   * @return completes when the broker has accepted; fails with {@link UnavailableException} when it
   *     did not in time, when the connection broke, or when too much is held already, and with
   *     {@link MalformedReadingException} when the broker will never take this message
   */
  public Future<Void> send(TopicMessage message) {
    long held = heldBytes.addAndGet(message.bytes());
    if (held > config.maxInFlightBytes()) {
      heldBytes.addAndGet(-message.bytes());
      return Future.failedFuture(
          new UnavailableException(address + ": " + held + " bytes are not acknowledged yet"));
    }
    Pending pending = new Pending(message);
    context.runOnContext(
        v -> {
          if (refusing) {
            release(pending);
            pending.promise.fail(new UnavailableException(address + ": closed"));
            return;
          }
          pending.timer = vertx.setTimer(config.sendTimeout().toMillis(), t -> timedOut(pending));
          waiting.add(pending);
          pump();
        });
    return pending.promise.future();
  }

  /** Bytes of messages that are waiting or not acknowledged. Safe for any thread. */
  public long heldBytes() {
    return heldBytes.get();
  }

  @Override
  public Future<Void> close() {
    context.runOnContext(
        v -> {
          refusing = true;
          List<Pending> left = new ArrayList<>(waiting);
          waiting.clear();
          left.forEach(pending -> fail(pending, "closed"));
        });
    return super.close();
  }

  @Override
  ProtonLink<?> createLink(ProtonConnection fresh, int attempt) {
    linkAttempt = attempt;
    sender = fresh.createSender(address);
    sender.sendQueueDrainHandler(s -> pump());
    return sender;
  }

  @Override
  void opened() {
    standing = true;
    pump();
  }

  @Override
  void lost(String why) {
    standing = false;
    sender = null;
    List<Pending> unsure = new ArrayList<>(onTheWire);
    onTheWire.clear();
    unsure.forEach(pending -> fail(pending, why));
  }

  private void pump() {
    // Without credit proton would buffer without a bound, so the queue is kept here.
    while (standing && !waiting.isEmpty() && !sender.sendQueueFull()) {
      Pending pending = waiting.poll();
      pending.attempt = linkAttempt;
      onTheWire.add(pending);
      sender.send(pending.message.toProton(), delivery -> updated(pending, delivery));
    }
  }

  private void updated(Pending pending, ProtonDelivery delivery) {
    DeliveryState state = delivery.getRemoteState();
    if (!onTheWire.contains(pending) || state == null) {
      return;
    }
    onTheWire.remove(pending);
    if (state instanceof Accepted) {
      release(pending);
      pending.promise.complete();
    } else if (state instanceof Rejected rejected && isPermanent(rejected.getError())) {
      release(pending);
      pending.promise.fail(
          new MalformedReadingException(address + " refuses the message: " + rejected.getError()));
    } else {
      fail(pending, "not accepted: " + state);
    }
  }

  private void timedOut(Pending pending) {
    if (waiting.remove(pending)) {
      fail(pending, "not sent within " + config.sendTimeout().toMillis() + " ms");
    } else if (onTheWire.contains(pending)) {
      // A peer that is silent for that long is taken for stalled: all that it holds is unsure.
      drop(pending.attempt, "no acknowledgement within " + config.sendTimeout().toMillis() + " ms");
    }
  }

  private void fail(Pending pending, String why) {
    release(pending);
    pending.promise.fail(new UnavailableException(address + ": " + why));
  }

  private void release(Pending pending) {
    vertx.cancelTimer(pending.timer);
    heldBytes.addAndGet(-pending.message.bytes());
  }

  private static boolean isPermanent(ErrorCondition error) {
    return error != null
        && error.getCondition() != null
        && PERMANENT.contains(error.getCondition().toString());
  }
}
