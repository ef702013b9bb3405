package io.blockofenergy.edge.mqtt;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Clock;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The newest retained message of each topic, bounded in number and bytes: a topic that does not fit
 * any more gets none. Durable: the store has what is here. Used on one event loop.
 */
final class RetainedMessages {
  private final int maxMessages;
  private final Budget budget;
  private final StateStore store;
  private final Clock clock;
  private final NavigableMap<String, Message> messages = new TreeMap<>();

  RetainedMessages(SessionLimits limits, StateStore store, Clock clock) {
    this.maxMessages = limits.maxRetainedMessages();
    this.budget = new Budget(limits.maxRetainedBytes());
    this.store = store;
    this.clock = clock;
  }

  /** Takes up what the store has kept. */
  void recover(String key, byte[] value) throws IOException {
    Message message = StateCodec.message(value);
    messages.put(message.topic(), message);
    budget.take(message.bytes());
  }

  /**
   * Replaces the topic's message; an empty one only takes it away (MQTT-3.3.1-6).
   *
   * @return false when it does not fit: then the topic has none, for the one before is out of date
   */
  boolean set(Message message) {
    remove(message.topic());
    if (message.payload().length == 0) {
      return true;
    }
    if (messages.size() >= maxMessages || !budget.hasRoomFor(message.bytes())) {
      return false;
    }
    messages.put(message.topic(), message);
    budget.take(message.bytes());
    store.put(key(message.topic()), StateCodec.encode(message));
    return true;
  }

  private void remove(String topic) {
    Message before = messages.remove(topic);
    if (before != null) {
      budget.giveBack(before.bytes());
      store.delete(key(topic));
    }
  }

  private static String key(String topic) {
    return StateKeys.of(StateKeys.RETAINED, topic);
  }

  /** Takes away what nobody gets any more; looks at all of them. */
  void removeExpired() {
    long now = clock.millis();
    messages.values().stream()
        .filter(message -> message.hasExpired(now))
        .map(Message::topic)
        .toList()
        .forEach(this::remove);
  }

  int size() {
    return messages.size();
  }

  long bytes() {
    return budget.used();
  }

  /** Payloads by topic, of the topics that begin so. */
  SortedMap<String, Buffer> startingWith(String prefix) {
    SortedMap<String, Buffer> found = new TreeMap<>();
    for (Map.Entry<String, Message> entry : messages.tailMap(prefix, true).entrySet()) {
      if (!entry.getKey().startsWith(prefix)) {
        break;
      }
      found.put(entry.getKey(), Buffer.buffer(entry.getValue().payload()));
    }
    return found;
  }

  /** The messages that a new subscription gets. */
  Cursor cursor(Subscription subscription) {
    return new Cursor(subscription);
  }

  /**
   * Goes over the messages of one subscription, however long that takes: what changes behind it is
   * not seen again, what changes ahead is seen as it is then. Keeps nothing but its place.
   */
  final class Cursor {
    private final Subscription subscription;
    private final String prefix;
    private String last;
    private boolean done;

    private Cursor(Subscription subscription) {
      this.subscription = subscription;
      this.prefix = subscription.filter().literalPrefix();
    }

    Subscription subscription() {
      return subscription;
    }

    boolean isDone() {
      return done;
    }

    /**
     * The next message; null when there is none among the next topics that were looked at, or when
     * {@link #isDone()}.
     *
     * @param looks how many topics to look at
     */
    Message next(int looks) {
      for (int i = 0; i < looks; i++) {
        Map.Entry<String, Message> entry =
            last == null ? messages.ceilingEntry(prefix) : messages.higherEntry(last);
        if (entry == null || !entry.getKey().startsWith(prefix)) {
          done = true;
          return null;
        }
        last = entry.getKey();
        if (entry.getValue().hasExpired(clock.millis())) {
          remove(last);
        } else if (subscription.filter().matches(last)) {
          return entry.getValue();
        }
      }
      return null;
    }
  }
}
