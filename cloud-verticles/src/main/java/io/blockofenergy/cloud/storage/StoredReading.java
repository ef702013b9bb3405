package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;

/**
 * What the store holds under an id: a reading, or something that is none (any more).
 *
 * @param id the document's {@code _id}
 * @param reading the reading, or null
 * @param fault what is wrong with the document, or null
 */
public record StoredReading(String id, Reading reading, String fault) {
  static StoredReading of(Reading reading) {
    return new StoredReading(reading.id(), reading, null);
  }

  static StoredReading broken(String id, String fault) {
    return new StoredReading(id, null, fault);
  }

  /** Roughly what it takes in an answer. */
  int bytes() {
    return 512 + (reading == null ? fault.length() : reading.payload().length());
  }

  public boolean isReading() {
    return reading != null;
  }
}
