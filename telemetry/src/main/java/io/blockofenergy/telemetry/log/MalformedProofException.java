package io.blockofenergy.telemetry.log;

/** A note, checkpoint or proof that is not of its form or does not verify; says which part. */
public class MalformedProofException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MalformedProofException(String message) {
    super(message);
  }
}
