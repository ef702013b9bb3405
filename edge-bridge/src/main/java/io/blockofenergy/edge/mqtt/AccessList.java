package io.blockofenergy.edge.mqtt;

import java.util.List;
import java.util.Optional;

/**
 * What one client may publish and subscribe to. In the filters of its user {@code %u} stands for
 * the user and {@code %c} for the client's id. Immutable.
 */
final class AccessList {
  /** Everything, for clients without a user and users without lists. */
  static final AccessList EVERYTHING = new AccessList(null, null);

  /** Null for everything. */
  private final List<TopicFilter> publish;

  private final List<TopicFilter> subscribe;

  private AccessList(List<TopicFilter> publish, List<TopicFilter> subscribe) {
    this.publish = publish;
    this.subscribe = subscribe;
  }

  static AccessList of(MqttUser user, String client) {
    return new AccessList(
        filters(user.publish(), user.name(), client),
        filters(user.subscribe(), user.name(), client));
  }

  private static List<TopicFilter> filters(List<String> texts, String user, String client) {
    if (texts.isEmpty()) {
      return null;
    }
    return texts.stream()
        .map(text -> filter(text, user, client))
        .flatMap(Optional::stream)
        .toList();
  }

  /** None for a client whose id would make more of the filter than was meant. */
  private static Optional<TopicFilter> filter(String text, String user, String client) {
    boolean plain = client.chars().noneMatch(c -> c == '/' || c == '+' || c == '#' || c == '$');
    if (text.contains("%c") && (!plain || client.isEmpty())) {
      return Optional.empty();
    }
    return TopicFilter.parse(text.replace("%u", user).replace("%c", client));
  }

  boolean mayPublish(String topic) {
    return matches(publish, topic);
  }

  boolean mayReceive(String topic) {
    return matches(subscribe, topic);
  }

  private static boolean matches(List<TopicFilter> filters, String topic) {
    if (filters == null) {
      return true;
    }
    for (TopicFilter filter : filters) {
      if (filter.matches(topic)) {
        return true;
      }
    }
    return false;
  }

  /** Whether everything that the filter matches is allowed. */
  boolean maySubscribe(TopicFilter wanted) {
    return subscribe == null || subscribe.stream().anyMatch(filter -> filter.covers(wanted));
  }
}
