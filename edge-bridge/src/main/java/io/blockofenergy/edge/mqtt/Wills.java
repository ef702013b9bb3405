package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.intake.Intake;
import io.blockofenergy.edge.intake.Intake.Outcome;
import io.vertx.core.buffer.Buffer;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is published for clients that go without a word. Wills are kept across a restart: those of
 * clients that were connected when the process died are published by the next one (MQTT-3.1.2-8).
 * Used on one event loop.
 */
final class Wills {
  private static final Logger log = LoggerFactory.getLogger(Wills.class);

  private final Exchange exchange;
  private final Sessions sessions;
  private final Intake intake;
  private final StateStore store;
  private final Clock clock;

  Wills(Exchange exchange, Sessions sessions, Intake intake, StateStore store, Clock clock) {
    this.exchange = exchange;
    this.sessions = sessions;
    this.intake = intake;
    this.store = store;
    this.clock = clock;
  }

  /** Takes up what the store has kept; the sessions were recovered before. */
  void recover(SortedMap<String, byte[]> values) {
    Map<String, Message> due = new LinkedHashMap<>();
    StateEntries.each(
        values,
        StateKeys.WILL,
        (key, value) -> {
          Will will = StateCodec.will(value);
          Session session = sessions.get(StateKeys.client(key)).orElse(null);
          if (session == null) {
            due.put(StateKeys.client(key), will.message());
          } else {
            give(session, will);
            connectionLost(session);
          }
        });
    due.forEach((client, message) -> publish(message, client));
  }

  /** The client has come with this one; null for none. */
  void set(Session session, Will will) {
    drop(session);
    if (will != null) {
      give(session, will);
      store.put(StateKeys.of(StateKeys.WILL, session.client), StateCodec.encode(will));
    }
  }

  private void give(Session session, Will will) {
    session.will = will;
    sessions.queued().take(will.message().bytes());
  }

  /** The client has said that it goes. */
  void drop(Session session) {
    if (take(session) != null) {
      store.delete(StateKeys.of(StateKeys.WILL, session.client));
    }
  }

  private Will take(Session session) {
    Will will = session.will;
    session.willDueAt = Long.MAX_VALUE;
    session.will = null;
    if (will != null) {
      sessions.queued().giveBack(will.message().bytes());
    }
    return will;
  }

  /** The client has gone without a word. */
  void connectionLost(Session session) {
    if (session.will == null) {
      return;
    }
    long delay = Math.min(session.will.delaySeconds(), session.expirySeconds);
    if (delay == 0 || !session.kept) {
      publishOf(session);
    } else {
      session.willDueAt = clock.millis() + 1000 * delay;
    }
  }

  /** The will is due, or the session is over, however long its delay is. */
  void publishOf(Session session) {
    Will will = take(session);
    if (will != null) {
      publish(will.message(), session.client);
    }
  }

  /** Publishes what has become due. */
  void publishDue() {
    long now = clock.millis();
    for (Session session : sessions.away()) {
      if (session.willDueAt <= now) {
        publishOf(session);
      }
    }
  }

  /**
   * Forgets it only when the intake has it. A process that died in between may have journaled it,
   * so it counts as a redelivery.
   */
  private void publish(Message message, String client) {
    intake
        .take(Broker.SOURCE, message.topic(), Buffer.buffer(message.payload()), true, true)
        .onSuccess(
            outcome -> {
              boolean replaced = sessions.get(client).map(it -> it.will != null).orElse(false);
              if (outcome != Outcome.REFUSED && !replaced) {
                store.delete(StateKeys.of(StateKeys.WILL, client));
              }
            });
    exchange
        .publish(message, null)
        .onFailure(failure -> log.debug("A will may not survive: {}", failure.toString()));
  }
}
