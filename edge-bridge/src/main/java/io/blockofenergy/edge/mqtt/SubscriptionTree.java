package io.blockofenergy.edge.mqtt;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Who has subscribed to what, as a tree of topic levels: finding the subscriptions of a topic takes
 * as long as the topic is deep, however many there are. Used on one event loop.
 *
 * @param <S> the subscribers
 */
final class SubscriptionTree<S> {
  private static final class Node<S> {
    /** By level; the wildcards are levels like others, for no topic has a level of that name. */
    final Map<String, Node<S>> children = new HashMap<>(2);

    final Map<S, Subscription> subscriptions = new LinkedHashMap<>(2);

    boolean isEmpty() {
      return children.isEmpty() && subscriptions.isEmpty();
    }
  }

  private final Node<S> root = new Node<>();
  private int size;

  int size() {
    return size;
  }

  /**
   * Adds a subscription or replaces the one with the same filter.
   *
   * @return whether there was none
   */
  boolean add(S subscriber, Subscription subscription) {
    TopicFilter filter = subscription.filter();
    Node<S> node = root;
    for (int i = 0; i < filter.depth(); i++) {
      node = node.children.computeIfAbsent(filter.level(i), level -> new Node<>());
    }
    boolean added = node.subscriptions.put(subscriber, subscription) == null;
    size += added ? 1 : 0;
    return added;
  }

  /** Whether there was one to remove. */
  boolean remove(S subscriber, TopicFilter filter) {
    boolean removed = remove(root, subscriber, filter, 0);
    size -= removed ? 1 : 0;
    return removed;
  }

  private boolean remove(Node<S> node, S subscriber, TopicFilter filter, int depth) {
    if (depth == filter.depth()) {
      return node.subscriptions.remove(subscriber) != null;
    }
    Node<S> child = node.children.get(filter.level(depth));
    if (child == null) {
      return false;
    }
    boolean removed = remove(child, subscriber, filter, depth + 1);
    if (child.isEmpty()) {
      node.children.remove(filter.level(depth));
    }
    return removed;
  }

  /** Gives every subscription that matches the topic, a subscriber's once for each of its own. */
  void match(String topic, BiConsumer<S, Subscription> found) {
    if (size == 0) {
      return;
    }
    match(root, topic, 0, found);
  }

  /**
   * Goes no deeper than the deepest filter.
   *
   * @param start where the topic's next level begins; -1 when there is none
   */
  private void match(Node<S> node, String topic, int start, BiConsumer<S, Subscription> found) {
    if (start < 0) {
      node.subscriptions.forEach(found);
    }
    if (node.children.isEmpty()) {
      return;
    }
    boolean wildcards = start != 0 || !topic.startsWith("$");
    Node<S> all = wildcards ? node.children.get(TopicFilter.ALL_LEVELS) : null;
    if (all != null) {
      all.subscriptions.forEach(found); // the level above belongs to it, too
    }
    if (start < 0) {
      return;
    }
    int slash = topic.indexOf('/', start);
    int next = slash < 0 ? -1 : slash + 1;
    Node<S> any = wildcards ? node.children.get(TopicFilter.ONE_LEVEL) : null;
    if (any != null) {
      match(any, topic, next, found);
    }
    Node<S> same = node.children.get(topic.substring(start, slash < 0 ? topic.length() : slash));
    if (same != null) {
      match(same, topic, next, found);
    }
  }
}
