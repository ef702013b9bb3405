package io.blockofenergy.cloud.storage;

/** What was asked for is not a query; the message is for whoever asked. */
public class MalformedQueryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MalformedQueryException(String message) {
    super(message);
  }
}
