package io.blockofenergy.edge.uplink;

/**
 * The hub or its provisioning answered and said no. Trying again soon will not help, but an
 * administrator may change its mind, so it is tried again later.
 */
class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RefusedException(String message) {
    super(message);
  }
}
