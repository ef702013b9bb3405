package io.blockofenergy.telemetry;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A password or key that cannot be printed by accident: {@link #toString()} hides it, and only
 * {@link #reveal()} gives it away, at the place that hands it to a protocol.
 */
public final class Secret {
  private final String value;

  public Secret(String value) {
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("a secret must not be empty");
    }
    this.value = value;
  }

  public String reveal() {
    return value;
  }

  /** Compares in a time that does not depend on where the texts differ. */
  public boolean matches(String candidate) {
    return MessageDigest.isEqual(
        value.getBytes(StandardCharsets.UTF_8), candidate.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && matches(secret.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "********";
  }
}
