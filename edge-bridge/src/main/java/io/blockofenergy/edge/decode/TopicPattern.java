package io.blockofenergy.edge.decode;

import java.util.List;

/**
 * An MQTT topic filter (MQTT 3.1.1, section 4.7) in which one level can be {@code {device}}: it
 * matches any level, as {@code +} does, and marks the one that names the device. Immutable.
 */
final class TopicPattern {
  private static final String DEVICE = "{device}";
  private static final String ANY = "+";
  private static final String REST = "#";

  private final List<String> levels;

  private TopicPattern(List<String> levels) {
    this.levels = levels;
  }

  /**
   * @throws IllegalArgumentException when it is no such filter, saying why
   */
  static TopicPattern parse(String filter) {
    List<String> levels = List.of(filter.split("/", -1));
    for (int i = 0; i < levels.size(); i++) {
      String level = levels.get(i);
      if (level.equals(REST) && i < levels.size() - 1) {
        throw new IllegalArgumentException("may have # as its last level only");
      }
      if (!isWildcard(level) && !level.equals(REST) && level.matches(".*[+#{}].*")) {
        throw new IllegalArgumentException("may have +, # and {device} as whole levels only");
      }
    }
    if (filter.isEmpty() || levels.stream().filter(DEVICE::equals).count() > 1) {
      throw new IllegalArgumentException("must be a filter with at most one level {device}");
    }
    return new TopicPattern(levels);
  }

  boolean namesDevice() {
    return levels.contains(DEVICE);
  }

  boolean matches(String topic) {
    if (topic.startsWith("$") && (isWildcard(levels.get(0)) || levels.get(0).equals(REST))) {
      return false; // the broker's own, MQTT-4.7.2-1
    }
    int from = 0; // beyond the end when no level is left
    for (String level : levels) {
      if (level.equals(REST)) {
        return true;
      }
      if (from > topic.length()) {
        return false;
      }
      int end = end(topic, from);
      if (!isWildcard(level) && !(level.length() == end - from && topic.startsWith(level, from))) {
        return false;
      }
      from = end + 1;
    }
    return from > topic.length();
  }

  /** The level that names the device, of a topic that matches. */
  String device(String topic) {
    int from = 0;
    for (String level : levels.subList(0, levels.indexOf(DEVICE))) {
      from = end(topic, from) + 1;
    }
    return topic.substring(from, end(topic, from));
  }

  private static boolean isWildcard(String level) {
    return level.equals(ANY) || level.equals(DEVICE);
  }

  private static int end(String topic, int from) {
    int slash = topic.indexOf('/', from);
    return slash < 0 ? topic.length() : slash;
  }
}
