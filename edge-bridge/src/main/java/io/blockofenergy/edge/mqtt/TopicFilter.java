package io.blockofenergy.edge.mqtt;

import java.util.Optional;

/**
 * A topic filter (MQTT 5, 4.7), taken apart once, so that matching allocates nothing. Immutable.
 */
final class TopicFilter {
  static final String ONE_LEVEL = "+";
  static final String ALL_LEVELS = "#";

  /** Deeper filters are refused: what walks the levels does so on the stack. */
  private static final int MAX_LEVELS = 128;

  private final String text;
  private final String[] levels;

  private TopicFilter(String text, String[] levels) {
    this.text = text;
    this.levels = levels;
  }

  /** Empty for a text that is no topic filter, or one of more than 128 levels. */
  static Optional<TopicFilter> parse(String text) {
    if (text.isEmpty() || text.indexOf('\0') >= 0) {
      return Optional.empty();
    }
    String[] levels = text.split("/", -1);
    if (levels.length > MAX_LEVELS) {
      return Optional.empty();
    }
    for (int i = 0; i < levels.length; i++) {
      boolean wildcard =
          levels[i].equals(ONE_LEVEL) || levels[i].equals(ALL_LEVELS) && i == levels.length - 1;
      if (!wildcard && (levels[i].contains(ONE_LEVEL) || levels[i].contains(ALL_LEVELS))) {
        return Optional.empty();
      }
    }
    return Optional.of(new TopicFilter(text, levels));
  }

  /** Whether a text may stand as the topic of a message. */
  static boolean isTopic(String text) {
    return !text.isEmpty()
        && text.indexOf('\0') < 0
        && text.indexOf('+') < 0
        && text.indexOf('#') < 0;
  }

  String text() {
    return text;
  }

  int depth() {
    return levels.length;
  }

  String level(int i) {
    return levels[i];
  }

  /** The part in front of the first wildcard: every topic that matches begins with it. */
  String literalPrefix() {
    StringBuilder prefix = new StringBuilder();
    for (int i = 0; i < levels.length && !isWildcard(levels[i]); i++) {
      // Not the slash: "a/#" matches "a" as well.
      prefix.append(i == 0 ? "" : "/").append(levels[i]);
    }
    return prefix.toString();
  }

  /** Wildcards do not match topics that begin with $ (MQTT-4.7.2-1). */
  boolean matches(String topic) {
    if (topic.startsWith("$") && isWildcard(levels[0])) {
      return false;
    }
    int start = 0; // of the topic's next level; -1 when there is none
    for (String level : levels) {
      if (level.equals(ALL_LEVELS)) {
        return true; // the level above belongs to it, too
      }
      if (start < 0) {
        return false;
      }
      int slash = topic.indexOf('/', start);
      int end = slash < 0 ? topic.length() : slash;
      boolean same = end - start == level.length() && topic.startsWith(level, start);
      if (!same && !level.equals(ONE_LEVEL)) {
        return false;
      }
      start = slash < 0 ? -1 : slash + 1;
    }
    return start < 0;
  }

  /** Whether every topic that the other one matches is matched by this one. */
  boolean covers(TopicFilter other) {
    if (other.levels[0].startsWith("$") && isWildcard(levels[0])) {
      return false;
    }
    for (int i = 0; i < levels.length; i++) {
      if (levels[i].equals(ALL_LEVELS)) {
        return true;
      }
      if (i == other.levels.length || other.levels[i].equals(ALL_LEVELS)) {
        return false;
      }
      if (!levels[i].equals(ONE_LEVEL) && !levels[i].equals(other.levels[i])) {
        return false;
      }
    }
    return levels.length == other.levels.length;
  }

  private static boolean isWildcard(String level) {
    return level.equals(ONE_LEVEL) || level.equals(ALL_LEVELS);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TopicFilter filter && text.equals(filter.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
