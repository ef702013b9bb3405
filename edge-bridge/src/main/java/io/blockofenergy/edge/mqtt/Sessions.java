package io.blockofenergy.edge.mqtt;

import io.blockofenergy.edge.mqtt.StateCodec.SessionRecord;
import io.vertx.core.Context;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * The sessions of all clients, and who has subscribed to what. Those that are kept are bounded in
 * number: when there are too many, the one that is longest away and holds nothing makes way; when
 * all hold something, a new one is not kept. Used on one event loop.
 */
final class Sessions {
  /** What a subscription takes beside its text, and each of its levels, roughly. */
  private static final int OVERHEAD_BYTES = 256;

  private static final int LEVEL_BYTES = 128;
  private static final long CONNECTED = Long.MAX_VALUE;

  private final SessionLimits limits;
  private final Budget queued;
  private final Budget subscribed;
  private final StateStore store;
  private final Context context;
  private final Clock clock;
  private final MqttMetrics metrics;
  private final Map<String, Session> sessions = new HashMap<>();

  /** Those whose client is not connected, longest first. */
  private final Map<String, Session> away = new LinkedHashMap<>();

  private final SubscriptionTree<Session> tree = new SubscriptionTree<>();
  private int kept;

  Sessions(
      SessionLimits limits, StateStore store, Context context, Clock clock, MqttMetrics metrics) {
    this.limits = limits;
    this.queued = new Budget(limits.maxQueuedBytesOfAll());
    this.subscribed = new Budget(limits.maxSubscriptionBytes());
    this.store = store;
    this.context = context;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** Takes up what the store has kept; clients that were connected count as away from now on. */
  void recover(SortedMap<String, byte[]> values) {
    StateEntries.each(
        values,
        StateKeys.SESSION,
        (key, value) -> {
          SessionRecord found = StateCodec.session(value);
          Session session = create(StateKeys.client(key), found.user(), true);
          session.expirySeconds = found.expirySeconds();
          leave(session, Math.min(found.disconnectedAt(), clock.millis()));
        });
    StateEntries.each(
        values,
        StateKeys.SUBSCRIPTION,
        (key, value) -> {
          if (owner(key) != null) {
            add(owner(key), StateCodec.subscription(value));
          }
        });
    StateEntries.each(
        values,
        StateKeys.DELIVERY,
        (key, value) -> {
          if (owner(key) != null) {
            long number = Long.parseUnsignedLong(StateKeys.rest(key), 16);
            owner(key).outbox.recover(StateCodec.delivery(number, value));
          }
        });
    StateEntries.each(
        values,
        StateKeys.RECEIVED,
        (key, value) -> {
          if (owner(key) != null) {
            owner(key).received.add(Integer.parseInt(StateKeys.rest(key)));
          }
        });
  }

  /** Null, and the entry is deleted, when there is no such session any more. */
  private Session owner(String key) {
    Session session = sessions.get(StateKeys.client(key));
    if (session == null) {
      store.delete(key);
    }
    return session;
  }

  /** What waits for clients, or because of them. */
  Budget queued() {
    return queued;
  }

  SubscriptionTree<Session> tree() {
    return tree;
  }

  Optional<Session> get(String client) {
    return Optional.ofNullable(sessions.get(client));
  }

  int kept() {
    return kept;
  }

  long queuedBytes() {
    return queued.used();
  }

  /** Whether one more may be kept. */
  boolean hasRoom() {
    if (kept < limits.maxSessions()) {
      return true;
    }
    Optional<Session> useless = away.values().stream().filter(Session::isEmpty).findFirst();
    useless.ifPresent(this::end);
    return useless.isPresent();
  }

  /**
   * Makes a session for a client that has none.
   *
   * @param keep whether it is to outlive its connection
   */
  Session create(String client, String user, boolean keep) {
    DeliveryLog log = new DeliveryLog(client, keep, store, context);
    Outbox outbox = new Outbox(limits, queued, log, context, clock, metrics);
    Session session = new Session(client, user, keep, outbox);
    sessions.put(client, session);
    kept += keep ? 1 : 0;
    return session;
  }

  /** The client has come, or come back. */
  void connected(Session session, MqttConnection connection, long expirySeconds) {
    away.remove(session.client);
    session.connection(connection);
    session.expirySeconds = expirySeconds;
    session.endsAt = CONNECTED;
    session.willDueAt = Long.MAX_VALUE;
    save(session, CONNECTED);
  }

  /** The client has gone; a session that is not kept ends. */
  void disconnected(Session session) {
    session.connection(null);
    session.outbox.detach();
    if (!session.kept || session.expirySeconds == 0) {
      end(session);
      return;
    }
    leave(session, clock.millis());
    save(session, clock.millis());
  }

  private void leave(Session session, long since) {
    away.put(session.client, session);
    session.endsAt = since + 1000 * session.expirySeconds;
  }

  private void save(Session session, long disconnectedAt) {
    if (session.kept) {
      store.put(
          StateKeys.of(StateKeys.SESSION, session.client),
          StateCodec.encode(
              new SessionRecord(session.user, session.expirySeconds, disconnectedAt)));
    }
  }

  /** Forgets the session and what belongs to it, but for its will. */
  void end(Session session) {
    if (!sessions.remove(session.client, session)) {
      return;
    }
    away.remove(session.client);
    new ArrayList<>(session.subscriptions.values())
        .forEach(subscription -> unsubscribe(session, subscription.filter().text()));
    session.outbox.discard();
    if (session.kept) {
      kept--;
      session.received.forEach(id -> store.delete(StateKeys.received(session.client, id)));
      store.delete(StateKeys.of(StateKeys.SESSION, session.client));
    }
    session.received.clear();
  }

  /** Gives those whose time is over, before they end. */
  void expire(Consumer<Session> ending) {
    long now = clock.millis();
    List<Session> over = new ArrayList<>();
    for (Session session : away.values()) {
      if (session.endsAt <= now) {
        over.add(session);
      }
    }
    for (Session session : over) {
      ending.accept(session);
      end(session);
    }
  }

  /** Those whose client is not connected. */
  List<Session> away() {
    return List.copyOf(away.values());
  }

  /** Whether the session may have one more subscription. */
  boolean hasRoomFor(Session session, TopicFilter filter) {
    return session.subscriptions.containsKey(filter.text())
        || session.subscriptions.size() < limits.maxSubscriptions()
            && subscribed.hasRoomFor(bytes(filter));
  }

  private static long bytes(TopicFilter filter) {
    return OVERHEAD_BYTES + 4L * filter.text().length() + (long) LEVEL_BYTES * filter.depth();
  }

  /**
   * Adds a subscription or replaces the one with the same filter.
   *
   * @return whether there was none
   */
  boolean subscribe(Session session, Subscription subscription) {
    if (session.kept) {
      store.put(
          StateKeys.of(StateKeys.SUBSCRIPTION, session.client, subscription.filter().text()),
          StateCodec.encode(subscription));
    }
    return add(session, subscription);
  }

  private boolean add(Session session, Subscription subscription) {
    TopicFilter filter = subscription.filter();
    tree.add(session, subscription);
    boolean added = session.subscriptions.put(filter.text(), subscription) == null;
    if (added) {
      subscribed.take(bytes(filter));
    }
    return added;
  }

  /** Whether there was one. */
  boolean unsubscribe(Session session, String filter) {
    Subscription subscription = session.subscriptions.remove(filter);
    if (subscription == null) {
      return false;
    }
    tree.remove(session, subscription.filter());
    session.outbox.unsubscribed(filter);
    subscribed.giveBack(bytes(subscription.filter()));
    if (session.kept) {
      store.delete(StateKeys.of(StateKeys.SUBSCRIPTION, session.client, filter));
    }
    return true;
  }

  /** Remembers that a message at QoS 2 was taken; durable after the next sync. */
  void received(Session session, int packetId) {
    session.received.add(packetId);
    if (session.kept) {
      store.put(StateKeys.received(session.client, packetId), new byte[0]);
    }
  }

  /** The client has released it; whether it was known. */
  boolean released(Session session, int packetId) {
    if (session.kept) {
      store.delete(StateKeys.received(session.client, packetId));
    }
    return session.received.remove(packetId);
  }
}
