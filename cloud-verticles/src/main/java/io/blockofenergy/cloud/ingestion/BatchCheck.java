package io.blockofenergy.cloud.ingestion;

import io.blockofenergy.cloud.ingestion.RefusedException.Reason;
import io.blockofenergy.cloud.topic.TopicMessage;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import java.util.Base64;
import java.util.Optional;

/** The checks that need nothing but the message and the bridge's key. Pure, safe for any thread. */
public final class BatchCheck {
  /** Annotation in which the hub says who sent the message, as it has authenticated them. */
  static final String DEVICE_ID = "iothub-connection-device-id";

  private BatchCheck() {}

  /**
   * Who sent it. Only the hub's word counts: properties are the sender's own claim.
   *
   * @throws RefusedException when the hub does not say
   */
  public static String bridge(TopicMessage message) {
    Object device = message.annotations().get(DEVICE_ID);
    if (device == null || !device.toString().matches("[A-Za-z0-9_-]{1,64}")) {
      throw new RefusedException(
          Reason.UNIDENTIFIED, "the hub names no valid device in " + DEVICE_ID);
    }
    return device.toString();
  }

  /**
   * Checks form, body, signature, and each reading with its sequence number. The signature comes
   * before the body is unfolded: only a bridge can make this work.
   *
   * @param publicKey the bridge's pinned key
   * @throws RefusedException saying what is wrong
   */
  public static Batch check(TopicMessage message, String bridge, Optional<byte[]> publicKey) {
    if (publicKey.isEmpty()) {
      throw new RefusedException(Reason.UNKNOWN_BRIDGE, "no key is pinned for " + bridge);
    }
    Batch batch;
    try {
      batch = Batch.fromMessage(bridge, message.applicationProperties(), message.body());
    } catch (MalformedReadingException e) {
      throw new RefusedException(Reason.MALFORMED, e.getMessage());
    }
    byte[] signature;
    try {
      signature = Base64.getDecoder().decode(batch.signature());
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Reason.MALFORMED, "property signature is not base64");
    }
    if (!SigningKey.verify(publicKey.get(), batch.signedBytes(), signature)) {
      throw new RefusedException(
          Reason.BAD_SIGNATURE, "the signature is not by the key that is pinned for " + bridge);
    }
    if (!Sha256.hex(batch.body()).equals(batch.bodySha256())) {
      throw new RefusedException(Reason.BODY_MISMATCH, "the body is not the one that was signed");
    }
    try {
      batch.readings();
    } catch (MalformedReadingException e) {
      throw new RefusedException(Reason.MALFORMED, e.getMessage());
    }
    return batch;
  }
}
