package io.blockofenergy.cloud.report;

/** There is no such site or device. */
public final class UnknownSubjectException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnknownSubjectException(String message) {
    super(message, null, false, false);
  }
}
