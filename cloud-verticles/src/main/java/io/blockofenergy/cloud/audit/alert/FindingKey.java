package io.blockofenergy.cloud.audit.alert;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What makes two findings of different runs the same: type, subject and detail. */
public final class FindingKey {
  private FindingKey() {}

  /**
   * SHA-256, in hex, of the three texts, each followed by a line feed; a member that is absent is
   * the empty text.
   *
   * @param finding a document of {@code audit_findings}
   */
  public static String of(JsonObject finding) {
    StringBuilder text = new StringBuilder();
    for (String member : new String[] {"type", "subject", "detail"}) {
      Object value = finding.getValue(member);
      text.append(value == null ? "" : value).append('\n');
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
