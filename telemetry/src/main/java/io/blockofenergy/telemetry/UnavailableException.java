package io.blockofenergy.telemetry;

/** A peer or a resource that does not answer now: the same work may succeed later, so retry. */
public class UnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UnavailableException(String message) {
    super(message);
  }

  public UnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
