package io.blockofenergy.edge.mqtt;

import java.io.IOException;
import java.util.SortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@link StateStore} has found at start, kind by kind. */
final class StateEntries {
  private static final Logger log = LoggerFactory.getLogger(StateEntries.class);

  /** Who takes up the entries of one kind. */
  interface Recovery {
    /**
     * Takes up one entry.
     *
     * @throws IOException when it cannot be read
     */
    void take(String key, byte[] value) throws IOException;
  }

  private StateEntries() {}

  /** In the order of keys. What cannot be read is told and left out, so that the rest is used. */
  static void each(SortedMap<String, byte[]> values, char kind, Recovery recovery) {
    values
        .subMap(StateKeys.of(kind, ""), Character.toString(kind) + (char) ('/' + 1))
        .forEach(
            (key, value) -> {
              try {
                recovery.take(key, value);
              } catch (IOException | RuntimeException e) {
                log.error("The MQTT state has an entry that cannot be read: {}", e.toString());
              }
            });
  }
}
