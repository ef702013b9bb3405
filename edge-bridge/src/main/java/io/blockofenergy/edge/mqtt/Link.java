package io.blockofenergy.edge.mqtt;

/** A subscriber's connection as its {@link Outbox} sees it. Used on one event loop. */
interface Link {
  /** How many messages of QoS 1 and 2 the subscriber takes before it acknowledges one. */
  int window();

  /** Whether something sent now would not just wait for the network. */
  boolean isWritable();

  /**
   * Sends a message.
   *
   * @return false when it is larger than the subscriber takes: then it counts as delivered
   *     (MQTT-3.1.2-25)
   */
  boolean publish(Delivery delivery);

  /** Sends PUBREL. */
  void release(int packetId);
}
