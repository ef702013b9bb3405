package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;

/**
 * What the store holds under an id: a reading, or something that is none (any more).
 *
 * @param id the document's {@code _id}
 * @param reading the reading, or null
 * @param fault what is wrong with the document, or null
 * @param erased the id of the act by which the reading was erased, or null
 */
public record StoredReading(String id, Reading reading, String fault, String erased) {
  static StoredReading of(Reading reading) {
    return new StoredReading(reading.id(), reading, null, null);
  }

  static StoredReading broken(String id, String fault) {
    return new StoredReading(id, null, fault, null);
  }

  static StoredReading erased(String id, String act) {
    return new StoredReading(id, null, null, act);
  }

  /** Roughly what it takes in an answer. */
  int bytes() {
    return 512
        + (reading != null ? reading.payload().length() : fault != null ? fault.length() : 0);
  }

  public boolean isErased() {
    return erased != null;
  }

  public boolean isReading() {
    return reading != null;
  }
}
