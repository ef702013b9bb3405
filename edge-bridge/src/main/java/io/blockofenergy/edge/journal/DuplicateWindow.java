package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The messages journaled last, by which a redelivery is recognised; one that speaks for several
 * devices once for each. It must hold more than MQTT clients can have in flight (65,535 packet ids
 * each, in practice some tens). Not thread-safe.
 */
final class DuplicateWindow {
  static final int CAPACITY = 1 << 16;

  private static final byte[] SEPARATOR = {0};

  record Key(long high, long low) {
    static Key of(String topic, String device, String payload) {
      // NUL cannot occur in a topic (MQTT-1.5.3-2), nor in a device's name.
      ByteBuffer digest =
          ByteBuffer.wrap(
              Sha256.hash(
                  topic.getBytes(StandardCharsets.UTF_8),
                  SEPARATOR,
                  device.getBytes(StandardCharsets.UTF_8),
                  SEPARATOR,
                  payload.getBytes(StandardCharsets.UTF_8)));
      return new Key(digest.getLong(), digest.getLong());
    }
  }

  private final Set<Key> keys = new LinkedHashSet<>();

  boolean contains(Key key) {
    return keys.contains(key);
  }

  /** Makes the key the newest; false when it was there already. */
  boolean add(Key key) {
    boolean added = !keys.remove(key);
    keys.add(key);
    if (keys.size() > CAPACITY) {
      Iterator<Key> oldest = keys.iterator();
      oldest.next();
      oldest.remove();
    }
    return added;
  }

  void remove(Key key) {
    keys.remove(key);
  }
}
