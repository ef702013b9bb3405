package io.blockofenergy.cloud.local;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A shared access signature as Azure IoT devices send it for a password: {@code
 * SharedAccessSignature sr=…&sig=…&se=…[&skn=…]}, fields in any order. The signature is HMAC-SHA256
 * by the device's key over the resource as it was sent, a line feed and the expiry.
 *
 * @see <a href="https://learn.microsoft.com/azure/iot/iot-overview-security">IoT Hub, security
 *     tokens</a>
 */
final class SasToken {
  private static final String PREFIX = "SharedAccessSignature ";

  private final String rawResource;
  private final String rawExpiry;
  private final String resource;
  private final byte[] signature;
  private final Instant expiry;

  private SasToken(String rawResource, String rawExpiry, byte[] signature) {
    this.rawResource = rawResource;
    this.rawExpiry = rawExpiry;
    this.signature = signature;
    resource = LocalHubTopic.percentDecode(rawResource);
    expiry = Instant.ofEpochSecond(Long.parseLong(rawExpiry));
  }

  /**
   * Reads a token; its signature is not checked yet.
   *
   * @throws MalformedReadingException when it is not one
   */
  static SasToken parse(String text) {
    if (text == null || !text.startsWith(PREFIX)) {
      throw new MalformedReadingException("not a SharedAccessSignature");
    }
    Map<String, String> fields = new HashMap<>();
    for (String field : text.substring(PREFIX.length()).split("&")) {
      int equals = field.indexOf('=');
      if (equals < 1
          || fields.putIfAbsent(field.substring(0, equals), field.substring(equals + 1)) != null) {
        throw new MalformedReadingException("a field of the token is not valid or repeated");
      }
    }
    String resource = fields.getOrDefault("sr", "");
    String expiry = fields.getOrDefault("se", "");
    if (resource.isEmpty() || !expiry.matches("[0-9]{1,12}") || !fields.containsKey("sig")) {
      throw new MalformedReadingException("the token lacks sr, sig or a valid se");
    }
    try {
      byte[] signature = Base64.getDecoder().decode(LocalHubTopic.percentDecode(fields.get("sig")));
      return new SasToken(resource, expiry, signature);
    } catch (IllegalArgumentException e) {
      throw new MalformedReadingException("the token's signature is not base64", e);
    }
  }

  /** Makes a token, as a device does. */
  static String create(byte[] key, String resource, Instant expiry) {
    String raw = LocalHubTopic.percentEncode(resource);
    String seconds = Long.toString(expiry.getEpochSecond());
    String signature = Base64.getEncoder().encodeToString(sign(key, raw + '\n' + seconds));
    return PREFIX
        + "sr="
        + raw
        + "&sig="
        + LocalHubTopic.percentEncode(signature)
        + "&se="
        + seconds;
  }

  /** The key of one device of an enrolment group: HMAC-SHA256 by the group's key over the id. */
  static byte[] deriveKey(byte[] groupKey, String deviceId) {
    return sign(groupKey, deviceId);
  }

  /** The resource that the token is for, decoded. */
  String resource() {
    return resource;
  }

  boolean isExpired(Instant now) {
    return !now.isBefore(expiry);
  }

  /** Takes a time that does not depend on where the signatures differ. */
  boolean isSignedBy(byte[] key) {
    return MessageDigest.isEqual(sign(key, rawResource + '\n' + rawExpiry), signature);
  }

  private static byte[] sign(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform must have HmacSHA256", e);
    }
  }
}
