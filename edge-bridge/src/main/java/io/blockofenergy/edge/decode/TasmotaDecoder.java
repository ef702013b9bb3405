package io.blockofenergy.edge.decode;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.blockofenergy.telemetry.MalformedReadingException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tasmota's periodic telemetry, {@code tele/<device>/SENSOR}, with the member {@code ENERGY} of its
 * power monitoring (tasmota.github.io/docs/MQTT and /docs/JSON-Status-Responses). The time is the
 * member {@code timestamp} with a zone, else Tasmota's {@code Time}, which carries a zone only when
 * configured to and is otherwise the device's local time.
 *
 * <p>Energy in kWh, power in W, VA and var, voltage in V, current in A, frequency in Hz, as Tasmota
 * reports them. Devices with several channels report arrays; those are refused.
 */
public final class TasmotaDecoder implements Decoder {
  public static final String FORMAT = "tasmota";

  /**
   * A clock beyond this is wrong; its time would stay a device's newest for as long as it is ahead.
   */
  private static final Duration MAX_AHEAD = Duration.ofMinutes(5);

  /** A device that has not yet heard the time counts from 1970; no Tasmota is older than this. */
  private static final Instant CLOCK_NOT_SET = Instant.parse("2016-01-01T00:00:00Z");

  private static final int MAX_EPOCH_CHARACTERS = 64;
  private static final Pattern ZONED = Pattern.compile(".*T.*(Z|[+-]\\d\\d:\\d\\d)");
  private static final Pattern TOPIC = Pattern.compile("tele/([^/+#]{1,128})/SENSOR");

  /** Units are the same on both sides, so only the names differ. */
  private static final Map<String, String> QUANTITIES =
      Map.of(
          "Total", "energyImportKwh",
          "ExportActive", "energyExportKwh",
          "Power", "powerW",
          "ApparentPower", "apparentPowerVa",
          "ReactivePower", "reactivePowerVar",
          "Factor", "powerFactor",
          "Voltage", "voltageV",
          "Current", "currentA",
          "Frequency", "frequencyHz");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final ZoneId zone;
  private final Clock clock;

  /**
   * @param zone the zone of times that name none
   * @param clock tells the two passes through the hour at the end of summer time apart
   */
  public TasmotaDecoder(ZoneId zone, Clock clock) {
    this.zone = zone;
    this.clock = clock;
  }

  @Override
  public boolean accepts(String topic) {
    return topic.startsWith("tele/") && topic.endsWith("/SENSOR");
  }

  @Override
  public List<Measurement> decode(String topic, byte[] payload) {
    Matcher matcher = TOPIC.matcher(topic);
    if (!matcher.matches() || matcher.group(1).isBlank()) {
      throw new MalformedReadingException("the topic names no device");
    }
    JsonNode message = parse(payload);
    JsonNode energy = message.get("ENERGY");
    if (energy == null || energy.isNull()) {
      return List.of();
    }
    if (!energy.isObject()) {
      throw new MalformedReadingException("ENERGY is not an object");
    }
    TreeMap<String, Double> quantities = new TreeMap<>();
    QUANTITIES.forEach(
        (member, quantity) -> {
          JsonNode value = energy.get(member);
          if (value != null && !value.isNull()) {
            quantities.put(quantity, number(member, value));
          }
        });
    if (quantities.isEmpty()) {
      return List.of();
    }
    String epoch = text("TotalStartTime", energy.get("TotalStartTime"));
    if (epoch.length() > MAX_EPOCH_CHARACTERS) {
      throw new MalformedReadingException("TotalStartTime is too long");
    }
    return List.of(
        new Measurement(matcher.group(1), measuredAt(message), FORMAT, quantities, epoch));
  }

  private static JsonNode parse(byte[] payload) {
    String text;
    try {
      // Strict: the payload is kept as text and must give back the very same bytes.
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedReadingException("the payload is not UTF-8", e);
    }
    try {
      JsonNode message = JSON.readTree(text);
      if (!message.isObject()) {
        throw new MalformedReadingException("the payload is not a JSON object");
      }
      return message;
    } catch (JsonProcessingException e) {
      throw new MalformedReadingException("the payload is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static double number(String member, JsonNode value) {
    if (value.isArray()) {
      throw new MalformedReadingException(
          "ENERGY." + member + " is an array: devices with several channels are not supported");
    }
    if (!value.isNumber()) {
      throw new MalformedReadingException("ENERGY." + member + " is not a number");
    }
    double number = value.doubleValue();
    if (!Double.isFinite(number)) {
      throw new MalformedReadingException("ENERGY." + member + " is not finite");
    }
    return number;
  }

  private static String text(String member, JsonNode value) {
    if (value == null || value.isNull()) {
      return "";
    }
    if (!value.isTextual()) {
      throw new MalformedReadingException(member + " is not a text");
    }
    return value.textValue();
  }

  private Instant measuredAt(JsonNode message) {
    for (String member : List.of("timestamp", "Time")) {
      String text = text(member, message.get(member));
      if (!text.isEmpty()) {
        Instant instant = instant(member, text);
        return instant.isBefore(CLOCK_NOT_SET) || instant.isAfter(clock.instant().plus(MAX_AHEAD))
            ? null
            : instant;
      }
    }
    return null;
  }

  private Instant instant(String member, String text) {
    try {
      if (ZONED.matcher(text).matches()) {
        return OffsetDateTime.parse(text).toInstant();
      }
      return instant(LocalDateTime.parse(text));
    } catch (DateTimeException e) {
      throw new MalformedReadingException(member + " is not a time", e);
    }
  }

  private Instant instant(LocalDateTime local) {
    List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
    if (offsets.isEmpty()) {
      // In the hour that is left out in spring: by a clock that was not put forward yet.
      return local.atZone(zone).toInstant();
    }
    Instant now = clock.instant();
    return offsets.stream()
        .map(local::toInstant)
        .min(Comparator.comparing(candidate -> Duration.between(candidate, now).abs()))
        .orElseThrow();
  }
}
