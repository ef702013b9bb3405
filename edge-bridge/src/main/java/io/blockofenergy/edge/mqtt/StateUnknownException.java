package io.blockofenergy.edge.mqtt;

import java.io.IOException;

/** A sync has failed: nobody knows what the disk holds, and a second sync may lie. */
final class StateUnknownException extends IOException {
  StateUnknownException(IOException cause) {
    super(cause.getMessage(), cause);
  }
}
