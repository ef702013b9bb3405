package io.blockofenergy.cloud.local;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The topic of a device-to-cloud message, {@code devices/<device>/messages/events/<properties>}:
 * properties are {@code key=value} joined by {@code &}, percent-encoded; the hub's own start with
 * {@code $.}.
 *
 * @param messageId {@code $.mid}, null when absent
 * @param contentType {@code $.ct}, null when absent
 * @param contentEncoding {@code $.ce}, null when absent
 * @param applicationProperties the others that do not start with {@code $}
 * @see <a href="https://learn.microsoft.com/azure/iot/iot-mqtt-connect-to-iot-hub">Communicate with
 *     an IoT hub using MQTT</a>
 */
record LocalHubTopic(
    String messageId,
    String contentType,
    String contentEncoding,
    Map<String, String> applicationProperties) {

  private static final int MAX_PROPERTIES = 100;

  /**
   * Reads the topic of a message by this device.
   *
   * @throws MalformedReadingException when it is another topic, another device's, or its properties
   *     cannot be read
   */
  static LocalHubTopic parse(String deviceId, String topic) {
    String prefix = "devices/" + deviceId + "/messages/events/";
    if (!topic.startsWith(prefix)) {
      throw new MalformedReadingException("not a topic that this device may publish to");
    }
    Map<String, String> system = new HashMap<>();
    Map<String, String> application = new HashMap<>();
    String bag = topic.substring(prefix.length());
    for (String pair : bag.isEmpty() ? new String[0] : bag.split("&", -1)) {
      int equals = pair.indexOf('=');
      String key = percentDecode(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : percentDecode(pair.substring(equals + 1));
      if (key.isEmpty()) {
        throw new MalformedReadingException("a property has no name");
      }
      if ((key.startsWith("$") ? system : application).put(key, value) != null) {
        throw new MalformedReadingException("a property is repeated");
      }
    }
    if (system.size() + application.size() > MAX_PROPERTIES) {
      throw new MalformedReadingException("more than " + MAX_PROPERTIES + " properties");
    }
    return new LocalHubTopic(
        system.get("$.mid"), system.get("$.ct"), system.get("$.ce"), Map.copyOf(application));
  }

  /** Decodes RFC 3986 percent-encoding of UTF-8; {@code +} stays what it is. */
  static String percentDecode(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    byte[] in = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < in.length; i++) {
      if (in[i] == '%') {
        boolean complete = i + 2 < in.length;
        int high = complete ? Character.digit(in[i + 1], 16) : -1;
        int low = complete ? Character.digit(in[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          throw new MalformedReadingException("a percent sign without two hex digits");
        }
        bytes.write(high << 4 | low);
        i += 2;
      } else {
        bytes.write(in[i]);
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedReadingException("percent-encoded bytes are not UTF-8", e);
    }
  }

  static String percentEncode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
