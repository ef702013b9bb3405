package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.intake.Intake;
import io.vertx.core.buffer.Buffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
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
    List<Message> due = new ArrayList<>();
    StateEntries.each(
        values,
        StateKeys.WILL,
        (key, value) -> {
          Will will = StateCodec.will(value);
          Session session = sessions.get(StateKeys.client(key)).orElse(null);
          if (session == null) {
            store.delete(key);
            due.add(will.message());
          } else {
            session.will = will;
            connectionLost(session);
          }
        });
    due.forEach(this::publish);
  }

  /** The client has come with this one; null for none. */
  void set(Session session, Will will) {
    drop(session);
    if (will != null) {
      session.will = will;
      store.put(StateKeys.of(StateKeys.WILL, session.client), StateCodec.encode(will));
    }
  }

  /** The client has said that it goes. */
  void drop(Session session) {
    session.willDueAt = Long.MAX_VALUE;
    if (session.will != null) {
      session.will = null;
      store.delete(StateKeys.of(StateKeys.WILL, session.client));
    }
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
    Will will = session.will;
    drop(session);
    if (will != null) {
      publish(will.message());
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

  private void publish(Message message) {
    intake.take(
        Broker.SOURCE, message.topic(), Buffer.buffer(message.payload()), false, message.qos() > 0);
    exchange
        .publish(message, null)
        .onFailure(failure -> log.debug("A will may not survive: {}", failure.toString()));
  }
}
