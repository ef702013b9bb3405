package io.blockofenergy.edge.mqtt;

/** Bytes that many may use together. Used on one event loop; read by others. */
final class Budget {
  private final long maxBytes;
  private volatile long used;

  Budget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  boolean hasRoomFor(long bytes) {
    return used + bytes <= maxBytes;
  }

  /** Takes bytes even beyond the bound: who must not is asked before. */
  void take(long bytes) {
    used = used + bytes;
  }

  void giveBack(long bytes) {
    used = used - bytes;
  }

  long used() {
    return used;
  }
}
