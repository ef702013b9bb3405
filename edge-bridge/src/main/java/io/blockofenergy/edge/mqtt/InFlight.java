package io.blockofenergy.edge.mqtt;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a subscriber has been sent at QoS 1 and 2 and not acknowledged, and the packet ids of that
 * and of what still waits. Used on one event loop.
 */
final class InFlight {
  private static final int MAX_PACKET_ID = 65_535;

  /** By packet id, in the order in which they were sent. */
  private final Map<Integer, Delivery> sent = new LinkedHashMap<>();

  private final Set<Integer> packetIds = new HashSet<>();
  private int lastPacketId;

  int size() {
    return sent.size();
  }

  /** An id that nothing has; there are fewer deliveries than ids. */
  int newPacketId() {
    do {
      lastPacketId = lastPacketId % MAX_PACKET_ID + 1;
    } while (!packetIds.add(lastPacketId));
    return lastPacketId;
  }

  /** Takes up an id that was given before a restart. */
  void recover(int packetId) {
    packetIds.add(packetId);
    lastPacketId = packetId;
  }

  void free(int packetId) {
    packetIds.remove(packetId);
  }

  void add(Delivery delivery) {
    sent.put(delivery.packetId, delivery);
  }

  /** Null when there is none. */
  Delivery get(int packetId) {
    return sent.get(packetId);
  }

  void remove(Delivery delivery) {
    sent.remove(delivery.packetId, delivery);
  }

  /** All of them, in the order in which they were sent. */
  Collection<Delivery> all() {
    return List.copyOf(sent.values());
  }
}
