package io.blockofenergy.edge.uplink;

import io.blockofenergy.telemetry.UnavailableException;

/**
 * The hub is there and asks for less: too many messages, too many connections, or no quota left.
 */
class ThrottledException extends UnavailableException {
  private static final long serialVersionUID = 1;

  ThrottledException(String message) {
    super(message);
  }
}
