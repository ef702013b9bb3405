package io.blockofenergy.telemetry;

/** Input that will never become valid: it is dead-lettered with this message, never retried. */
public class MalformedReadingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MalformedReadingException(String message) {
    super(message);
  }

  public MalformedReadingException(String message, Throwable cause) {
    super(message, cause);
  }
}
