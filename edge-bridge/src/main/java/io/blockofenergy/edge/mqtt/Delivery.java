package io.blockofenergy.edge.mqtt;

import java.util.List;

/** One message on its way to one subscriber. Used on one event loop. */
final class Delivery {
  /** What it takes in memory beside its message, roughly. */
  private static final int OVERHEAD_BYTES = 128;

  private static final int IDENTIFIER_BYTES = 20;

  /** Its place among the deliveries of its subscriber. */
  final long number;

  final int qos;

  /** As the subscriber gets to see it. */
  final boolean retain;

  /** The subscriptions that it matched, as the subscriber calls them. */
  final List<Integer> identifiers;

  /** By which its acknowledgement names it; 0 at QoS 0. */
  final int packetId;

  /** Null when the subscriber has it, and only the rest of QoS 2 is due. */
  private Message message;

  private boolean durable = true;
  private boolean sentBefore;

  Delivery(
      long number,
      Message message,
      int qos,
      boolean retain,
      List<Integer> identifiers,
      int packetId) {
    this.number = number;
    this.message = message;
    this.qos = qos;
    this.retain = retain;
    this.identifiers = identifiers;
    this.packetId = packetId;
  }

  Message message() {
    return message;
  }

  boolean isReceived() {
    return message == null;
  }

  void received() {
    message = null;
  }

  /** Whether it would be there after a crash, if its subscriber's session is kept. */
  boolean isDurable() {
    return durable;
  }

  void durable(boolean is) {
    durable = is;
  }

  boolean wasSentBefore() {
    return sentBefore;
  }

  void sent() {
    sentBefore = true;
  }

  int bytes() {
    return message == null ? OVERHEAD_BYTES : bytes(message, identifiers);
  }

  static int bytes(Message message, List<Integer> identifiers) {
    return OVERHEAD_BYTES + message.bytes() + IDENTIFIER_BYTES * identifiers.size();
  }
}
