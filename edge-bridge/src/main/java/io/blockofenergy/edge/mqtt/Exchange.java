package io.blockofenergy.edge.mqtt;

import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes a message to everybody who has subscribed to its topic, each at most once however many of
 * its subscriptions match, and to the retained ones. Nobody waits for a subscriber. Used on one
 * event loop.
 */
final class Exchange {
  /** What the subscriptions of one session make of a message, together. */
  private static final class Match {
    int qos;
    boolean retainAsPublished;
    List<Integer> identifiers = List.of();

    void add(Subscription subscription) {
      qos = Math.max(qos, subscription.qos());
      retainAsPublished |= subscription.retainAsPublished();
      if (subscription.identifier() > 0) {
        identifiers = identifiers.isEmpty() ? new ArrayList<>(1) : identifiers;
        identifiers.add(subscription.identifier());
      }
    }
  }

  private final Sessions sessions;
  private final RetainedMessages retained;
  private final StateStore store;
  private final Context context;
  private final MqttMetrics metrics;

  Exchange(
      Sessions sessions,
      RetainedMessages retained,
      StateStore store,
      Context context,
      MqttMetrics metrics) {
    this.sessions = sessions;
    this.retained = retained;
    this.store = store;
    this.context = context;
    this.metrics = metrics;
  }

  /** Whether anybody could want messages: nobody does on a bridge that only takes readings. */
  boolean hasSubscribers() {
    return sessions.tree().size() > 0;
  }

  /**
   * Publishes.
   *
   * @param publisher whose message it is, null for nobody's
   * @return completes when what has to survive a crash does, at once when nothing has; fails when
   *     it never will
   */
  Future<Void> publish(Message message, Session publisher) {
    boolean stored = false;
    if (message.retain()) {
      stored = message.qos() > 0;
      if (!retained.set(message)) {
        metrics.retainedRefused();
      }
    }
    if (hasSubscribers()) {
      Map<Session, Match> matches = new LinkedHashMap<>(2);
      sessions
          .tree()
          .match(
              message.topic(),
              (session, subscription) -> {
                if (!subscription.noLocal() || session != publisher) {
                  matches.computeIfAbsent(session, it -> new Match()).add(subscription);
                }
              });
      for (Map.Entry<Session, Match> entry : matches.entrySet()) {
        Match match = entry.getValue();
        stored |=
            entry
                .getKey()
                .outbox
                .offer(
                    message,
                    Math.min(message.qos(), match.qos),
                    message.retain() && match.retainAsPublished,
                    match.identifiers);
      }
    }
    return stored ? synced() : Future.succeededFuture();
  }

  /** Completes when every change so far is durable; fails when it never will be. */
  Future<Void> synced() {
    return Future.fromCompletionStage(store.sync(), context);
  }

  RetainedMessages.Cursor retained(Subscription subscription) {
    return retained.cursor(subscription);
  }
}
