package io.blockofenergy.cloud.storage;

/** A reading that is needed was erased. */
public class ErasedReadingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ErasedReadingException(StoredReading stored) {
    super(stored.id() + " was erased by act " + stored.erased());
  }
}
