package io.blockofenergy.cloud.topic;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonDelivery;
import io.vertx.proton.ProtonLink;
import io.vertx.proton.ProtonReceiver;
import java.util.Objects;
import java.util.function.Function;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives from one AMQP address, at least once. At most {@code credit} messages are with the
 * handler or waiting to be given back; the broker keeps the rest. What was not settled when the
 * connection broke comes again.
 */
public final class TopicReceiver extends AmqpLink {
  private static final Logger log = LoggerFactory.getLogger(TopicReceiver.class);

  private final int credit;
  private final Function<Delivery, Future<Settlement>> handler;
  private ProtonReceiver receiver;
  private volatile int unsettled;

  /**
   * Uses the caller's context if it has one, else an event loop of its own.
   *
   * @param credit from 1: how many messages may be unsettled
   * @param handler called on the event loop, in the order of arrival, without waiting for the ones
   *     before; its future may complete on any thread. A failure settles as {@link
   *     Settlement#of(Throwable)} says.
   */
  public TopicReceiver(
      Vertx vertx,
      AmqpConfig config,
      String address,
      int credit,
      Function<Delivery, Future<Settlement>> handler) {
    super(vertx, config, address, "receiver");
    if (credit < 1) {
      throw new IllegalArgumentException("credit must be at least 1");
    }
    this.credit = credit;
    this.handler = handler;
  }

  /** Messages that are with the handler or wait to be given back. Safe for any thread. */
  public int unsettled() {
    return unsettled;
  }

  @Override
  ProtonLink<?> createLink(ProtonConnection fresh, int attempt) {
    receiver = fresh.createReceiver(address);
    // No prefetch: credit is given by hand, one for each message settled, which is the bound.
    receiver.setPrefetch(0).setAutoAccept(false);
    receiver.handler(
        (delivery, message) -> {
          if (!isCurrent(attempt)) {
            return;
          }
          setUnsettled(unsettled + 1);
          handle(new Delivery(TopicMessage.of(message), message.getDeliveryCount()))
              .onComplete(
                  (settlement, failure) ->
                      context.runOnContext(
                          v ->
                              settle(
                                  attempt,
                                  delivery,
                                  failure == null ? settlement : Settlement.of(failure))));
        });
    return receiver;
  }

  @Override
  void opened() {
    receiver.flow(credit);
  }

  @Override
  void lost(String why) {
    receiver = null;
    setUnsettled(0);
  }

  private Future<Settlement> handle(Delivery delivery) {
    try {
      return handler.apply(delivery).map(Objects::requireNonNull);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private void settle(int attempt, ProtonDelivery delivery, Settlement settlement) {
    if (!settlement.delay().isZero()) {
      vertx.setTimer(
          Math.max(1, settlement.delay().toMillis()),
          t -> settleNow(attempt, delivery, settlement));
    } else {
      settleNow(attempt, delivery, settlement);
    }
  }

  private void settleNow(int attempt, ProtonDelivery delivery, Settlement settlement) {
    // On a new connection the broker has delivered the message anew: the old delivery is void.
    if (!isCurrent(attempt) || delivery.isSettled()) {
      return;
    }
    switch (settlement.outcome()) {
      case ACCEPT -> {}
      case RELEASE -> log.debug("Released a message of {}: {}", address, settlement.reason());
      case FAIL -> log.warn("Failed at a message of {}: {}", address, settlement.reason());
      case REJECT -> log.warn("Rejected a message of {}: {}", address, settlement.reason());
    }
    delivery.disposition(state(settlement), true);
    setUnsettled(unsettled - 1);
    receiver.flow(1);
  }

  private static DeliveryState state(Settlement settlement) {
    return switch (settlement.outcome()) {
      case ACCEPT -> Accepted.getInstance();
      case RELEASE -> Released.getInstance();
      case FAIL -> {
        Modified modified = new Modified();
        modified.setDeliveryFailed(true);
        modified.setUndeliverableHere(false);
        yield modified;
      }
      case REJECT -> {
        Rejected rejected = new Rejected();
        rejected.setError(
            new ErrorCondition(Symbol.valueOf("amqp:invalid-field"), settlement.reason()));
        yield rejected;
      }
    };
  }

  // Written on the context only; volatile for those who look.
  private void setUnsettled(int number) {
    unsettled = number;
  }
}
