package io.blockofenergy.cloud.delivery;

import io.blockofenergy.telemetry.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The symmetric signature of Standard Webhooks 1.0 (github.com/standard-webhooks): {@code v1,} and
 * the base64 of HMAC-SHA256 over {@code id.timestamp.body}. The key is what follows {@code whsec_}
 * in the secret, base64.
 */
final class WebhookSignature {
  static final String PREFIX = "whsec_";
  private static final int MIN_KEY_BYTES = 24;
  private static final int MAX_KEY_BYTES = 64;

  private final SecretKeySpec key;

  /**
   * @throws IllegalArgumentException when the secret is not of that form
   */
  WebhookSignature(Secret secret) {
    byte[] bytes;
    try {
      if (!secret.reveal().startsWith(PREFIX)) {
        throw new IllegalArgumentException();
      }
      bytes = Base64.getDecoder().decode(secret.reveal().substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      // The cause could tell of the secret.
      throw new IllegalArgumentException(
          "the webhook's secret must be " + PREFIX + " and base64 of its key");
    }
    if (bytes.length < MIN_KEY_BYTES || bytes.length > MAX_KEY_BYTES) {
      throw new IllegalArgumentException(
          "the webhook's secret must hold " + MIN_KEY_BYTES + " to " + MAX_KEY_BYTES + " bytes");
    }
    key = new SecretKeySpec(bytes, "HmacSHA256");
  }

  /**
   * @param timestamp seconds since 1970
   */
  String sign(String id, long timestamp, String body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      byte[] signed = (id + '.' + timestamp + '.' + body).getBytes(StandardCharsets.UTF_8);
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
