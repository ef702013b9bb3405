package io.blockofenergy.edge.source;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The topic filters of one source (MQTT 3.1.1, 4.7). A filter that another one covers is left out,
 * for a broker may deliver a message once for each subscription that it matches (MQTT-3.3.5-1).
 * Immutable.
 */
final class TopicFilters {
  private static final int MAX_BYTES = 65_535;

  /** Each filter with its levels, in the order of the configuration. */
  private final Map<String, String[]> filters = new LinkedHashMap<>();

  TopicFilters(List<String> wanted) {
    for (String filter : wanted) {
      String[] levels = levels(filter);
      if (filters.values().stream().noneMatch(other -> covers(other, levels))) {
        filters.values().removeIf(other -> covers(levels, other));
        filters.put(filter, levels);
      }
    }
  }

  List<String> filters() {
    return new ArrayList<>(filters.keySet());
  }

  /** Whether a text is a filter for ordinary topics; those that begin with $ are the broker's. */
  static boolean isFilter(String text) {
    if (text.isEmpty()
        || text.startsWith("$")
        || text.indexOf('\0') >= 0
        || text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      return false;
    }
    String[] levels = levels(text);
    for (int i = 0; i < levels.length; i++) {
      String level = levels[i];
      boolean wildcard = level.equals("+") || level.equals("#") && i == levels.length - 1;
      if (!wildcard && (level.contains("+") || level.contains("#"))) {
        return false;
      }
    }
    return true;
  }

  private static String[] levels(String text) {
    return text.split("/", -1);
  }

  /** Whether every topic that matches {@code narrow}, a filter or a topic, matches {@code wide}. */
  private static boolean covers(String[] wide, String[] narrow) {
    for (int i = 0; i < wide.length; i++) {
      if (wide[i].equals("#")) {
        return true; // what stands before it was the same; the parent itself belongs to it, too
      }
      if (i == narrow.length || narrow[i].equals("#")) {
        return false;
      }
      if (!wide[i].equals("+") && !wide[i].equals(narrow[i])) {
        return false;
      }
    }
    return wide.length == narrow.length;
  }
}
