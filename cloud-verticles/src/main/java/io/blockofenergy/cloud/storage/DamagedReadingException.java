package io.blockofenergy.cloud.storage;

/** A stored reading that is needed was changed so that it no longer is one. */
public class DamagedReadingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DamagedReadingException(StoredReading stored) {
    super(stored.id() + " was changed in the store: " + stored.fault());
  }
}
