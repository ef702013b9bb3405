package io.blockofenergy.cloud.local;

import io.vertx.core.Future;

/**
 * Asked at DPS registration with the registration payload's public key (base64 raw 32 bytes) or
 * null; fails to refuse.
 */
public interface Enrolment {
  Future<Void> enrol(String bridge, String publicKey);
}
