package io.blockofenergy.cloud.ledger;

/**
 * What is stored of the log contradicts what the log has signed. Nothing may be signed on top of
 * that: the log stops until a person has looked.
 */
public class LogContradictionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public LogContradictionException(String message) {
    super(message);
  }
}
