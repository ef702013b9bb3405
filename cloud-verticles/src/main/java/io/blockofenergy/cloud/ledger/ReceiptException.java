package io.blockofenergy.cloud.ledger;

/** Why there is no receipt. */
public class ReceiptException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public enum Reason {
    /** The reading is stored but no checkpoint includes it yet: ask again in a few seconds. */
    NOT_YET_LOGGED,
    /** The stored reading is not the one that the log has: the audit will say the same. */
    NOT_AS_LOGGED
  }

  private final Reason reason;

  public ReceiptException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
