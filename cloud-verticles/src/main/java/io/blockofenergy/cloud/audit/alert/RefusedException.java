package io.blockofenergy.cloud.audit.alert;

/** The receiver does not take this alert, however often it is sent. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message);
  }
}
