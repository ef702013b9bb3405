package io.blockofenergy.cloud.ingestion;

import io.blockofenergy.telemetry.MalformedReadingException;

/** A message that ingestion will never let through. */
public class RefusedException extends MalformedReadingException {
  private static final long serialVersionUID = 1;

  /** Why; the dead letter's {@code deadLetterReason} and a metric's tag. */
  public enum Reason {
    /** The hub does not say who sent it. */
    UNIDENTIFIED,
    /** No key is pinned for the bridge that sent it. */
    UNKNOWN_BRIDGE,
    /** The signature is not by the bridge's pinned key, or not over these properties. */
    BAD_SIGNATURE,
    /** The body is not the one that was signed. */
    BODY_MISMATCH,
    /** A property, the body or a reading is not of its form. */
    MALFORMED,
    /** Another batch has these sequence numbers. */
    SEQUENCE_CONFLICT
  }

  private final Reason reason;

  public RefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
