package io.blockofenergy.cloud.report;

/** A date that names no period; the message shows one that does. */
public final class MalformedPeriodException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MalformedPeriodException(String message) {
    super(message, null, false, false);
  }
}
