package io.blockofenergy.cloud.delivery;

/** The receiver does not take this message, however often it is sent. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  public RefusedException(String message) {
    super(message);
  }
}
