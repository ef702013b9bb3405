package io.blockofenergy.edge.journal;

import io.blockofenergy.edge.decode.Measurement;
import io.blockofenergy.telemetry.Reading;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;

/** Makes readings of measurements, each with a salt of its own. For one thread. */
final class ReadingFactory {
  private static final int SALT_BYTES = 16;

  private final BridgeIdentity identity;
  private final String journalId;
  private final SecureRandom random = new SecureRandom();

  /** Drawn in advance: one draw a reading would cost more than the rest of it. */
  private final byte[] salts = new byte[SALT_BYTES * 256];

  private int saltAt = salts.length;

  ReadingFactory(BridgeIdentity identity, String journalId) {
    this.identity = identity;
    this.journalId = journalId;
  }

  /**
   * @throws io.blockofenergy.telemetry.MalformedReadingException when it is no valid reading
   */
  Reading reading(
      long seq, Measurement measurement, String topic, String payload, Instant receivedAt) {
    return new Reading(
        identity.bridge(),
        journalId,
        seq,
        measurement.device(),
        identity.site(),
        measurement.measuredAt() == null ? receivedAt : measurement.measuredAt(),
        receivedAt,
        topic,
        measurement.format(),
        measurement.quantities(),
        measurement.counterEpoch(),
        salt(),
        payload);
  }

  private String salt() {
    if (saltAt == salts.length) {
      random.nextBytes(salts);
      saltAt = 0;
    }
    saltAt += SALT_BYTES;
    return HexFormat.of().formatHex(salts, saltAt - SALT_BYTES, saltAt);
  }
}
