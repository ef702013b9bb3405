package io.blockofenergy.cloud.ledger;

/**
 * What stands on the chain contradicts what was to be done: another root at this tree size, a
 * larger tree already anchored, a contract that is not there or does not know us. Trying again does
 * not help; somebody has to look.
 */
public class AnchorConflictException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public AnchorConflictException(String message) {
    super(message);
  }
}
