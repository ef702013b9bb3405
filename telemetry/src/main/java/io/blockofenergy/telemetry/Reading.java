package io.blockofenergy.telemetry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * One measurement of one device, schema {@code boe.reading.v1}. Immutable. Its canonical form is
 * RFC 8785 JSON; the SHA-256 of that form is what the log commits to.
 *
 * @param bridge IoT Hub device id of the bridge, {@code [A-Za-z0-9_-]{1,64}}
 * @param journal 8 lower-case hex digits, drawn when the bridge's journal directory was created
 * @param seq 1, 2, 3 … without gaps within a journal, at most 2^53
 * @param device the sensor, from its topic; 1 to 128 characters
 * @param site where the bridge stands; 1 to 128 characters
 * @param measuredAt UTC, milliseconds; of the payload, else {@code receivedAt}
 * @param receivedAt UTC, milliseconds; when the bridge took the message
 * @param topic MQTT topic as received
 * @param format the decoder's name, such as {@code tasmota}
 * @param quantities by the names in {@link #QUANTITIES}, finite; what the sensor did not give is
 *     absent
 * @param counterEpoch changes when the device's energy counter was reset; empty if unknown
 * @param salt 32 lower-case hex digits, random
 * @param payload the sensor's message, verbatim
 */
public record Reading(
    String bridge,
    String journal,
    long seq,
    String device,
    String site,
    Instant measuredAt,
    Instant receivedAt,
    String topic,
    String format,
    SortedMap<String, Double> quantities,
    String counterEpoch,
    String salt,
    String payload) {

  /** The allowed quantities; each name ends in its unit. */
  public static final Set<String> QUANTITIES =
      Set.of(
          "energyImportKwh",
          "energyExportKwh",
          "powerW",
          "apparentPowerVa",
          "reactivePowerVar",
          "powerFactor",
          "voltageV",
          "currentA",
          "frequencyHz");

  /** The members that are texts, but for {@code id}, which stores may keep under another name. */
  public static final Set<String> TEXT_MEMBERS =
      Set.of(
          "bridge",
          "journal",
          "device",
          "site",
          "measuredAt",
          "receivedAt",
          "topic",
          "format",
          "counterEpoch",
          "salt",
          "payload");

  private static final Pattern BRIDGE = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern JOURNAL = Pattern.compile("[0-9a-f]{8}");
  private static final Pattern SALT = Pattern.compile("[0-9a-f]{32}");
  private static final int NAME_CHARACTERS = 128;
  private static final long MAX_SEQ = 1L << 53;
  // Years beyond four digits would break the fixed width by which stores sort these texts.
  private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");
  private static final DateTimeFormatter INSTANT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * @throws MalformedReadingException when a part is missing or out of its range
   */
  public Reading {
    require(bridge != null && BRIDGE.matcher(bridge).matches(), "bridge", bridge);
    require(journal != null && JOURNAL.matcher(journal).matches(), "journal", journal);
    require(seq >= 1 && seq <= MAX_SEQ, "seq", seq);
    require(isName(device), "device", device);
    require(isName(site), "site", site);
    measuredAt = milliseconds("measuredAt", measuredAt);
    receivedAt = milliseconds("receivedAt", receivedAt);
    require(topic != null && !topic.isEmpty(), "topic", topic);
    require(isName(format), "format", format);
    require(quantities != null, "quantities", null);
    quantities.forEach(
        (name, value) -> {
          require(QUANTITIES.contains(name), "quantity name", name);
          require(value != null && Double.isFinite(value), name, value);
        });
    quantities = Collections.unmodifiableSortedMap(new TreeMap<>(quantities));
    require(counterEpoch != null, "counterEpoch", null);
    require(salt != null && SALT.matcher(salt).matches(), "salt", salt);
    require(payload != null, "payload", null);
  }

  /** {@code <bridge>.<journal>.<seq>}. */
  public String id() {
    return bridge + '.' + journal + '.' + seq;
  }

  /** {@code <bridge>.<journal>.<seq as 16 digits>}: sorts as the sequence does. */
  public String sortableId() {
    return new ReadingId(bridge, journal, seq).sortable();
  }

  /** The RFC 8785 form, UTF-8. */
  public byte[] canonicalJson() {
    StringBuilder out = new StringBuilder(payload.length() * 5 / 4 + 640);
    out.append("{\"bridge\":");
    CanonicalJson.writeString(out, bridge);
    text(out, "counterEpoch", counterEpoch);
    text(out, "device", device);
    text(out, "format", format);
    text(out, "id", id());
    text(out, "journal", journal);
    text(out, "measuredAt", INSTANT.format(measuredAt));
    text(out, "payload", payload);
    out.append(",\"quantities\":{");
    String separator = "";
    for (Map.Entry<String, Double> quantity : quantities.entrySet()) {
      out.append(separator).append('"').append(quantity.getKey()).append("\":");
      CanonicalJson.writeDouble(out, quantity.getValue());
      separator = ",";
    }
    out.append('}');
    text(out, "receivedAt", INSTANT.format(receivedAt));
    text(out, "salt", salt);
    out.append(",\"seq\":").append(seq);
    text(out, "site", site);
    text(out, "topic", topic);
    return out.append('}').toString().getBytes(StandardCharsets.UTF_8);
  }

  /** SHA-256 of {@link #canonicalJson()}: the log's entry for this reading, 32 bytes. */
  public byte[] recordHash() {
    return Sha256.hash(canonicalJson());
  }

  /** An instant as this schema writes it: UTC, exactly three decimals. */
  public static String format(Instant instant) {
    return INSTANT.format(instant);
  }

  /**
   * Parses the canonical form, and only it: what comes back hashes to the hash of {@code json}.
   *
   * @throws MalformedReadingException on any other text, saying what is wrong with it
   */
  public static Reading parseCanonical(byte[] json) {
    Reading reading = parse(json);
    if (!Arrays.equals(reading.canonicalJson(), json)) {
      throw new MalformedReadingException("reading " + reading.id() + " is not in canonical form");
    }
    return reading;
  }

  /**
   * Parses a reading with its members in any order; unknown, missing and repeated ones are refused.
   *
   * @throws MalformedReadingException saying what is wrong
   */
  public static Reading parse(byte[] json) {
    Map<String, String> texts = new HashMap<>();
    TreeMap<String, Double> quantities = null;
    long seq = 0;
    try (JsonParser parser = JSON.createParser(json)) {
      expect(parser.nextToken() == JsonToken.START_OBJECT, "a JSON object");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        switch (name) {
          case "seq" -> {
            expect(token == JsonToken.VALUE_NUMBER_INT, "an integer in seq");
            seq = parser.getLongValue();
          }
          case "quantities" -> {
            expect(token == JsonToken.START_OBJECT, "an object in quantities");
            quantities = new TreeMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
              String quantity = parser.currentName();
              expect(parser.nextToken().isNumeric(), "a number in " + quantity);
              quantities.put(quantity, parser.getDoubleValue());
            }
          }
          default -> {
            if (!name.equals("id") && !TEXT_MEMBERS.contains(name)) {
              throw new MalformedReadingException("unknown member " + name);
            }
            expect(token == JsonToken.VALUE_STRING, "a text in " + name);
            texts.put(name, parser.getText());
          }
        }
      }
      expect(parser.nextToken() == null, "nothing after the object");
    } catch (IOException e) {
      throw new MalformedReadingException("not JSON: " + firstLine(e), e);
    }
    return fromMembers(texts, seq, quantities);
  }

  /**
   * Builds a reading from members as a store gives them back, with the checks of {@link #parse}.
   *
   * @param texts the members that are texts, and {@code id}
   */
  public static Reading fromMembers(
      Map<String, String> texts, long seq, SortedMap<String, Double> quantities) {
    Reading reading =
        new Reading(
            texts.get("bridge"),
            texts.get("journal"),
            seq,
            texts.get("device"),
            texts.get("site"),
            instant("measuredAt", texts.get("measuredAt")),
            instant("receivedAt", texts.get("receivedAt")),
            texts.get("topic"),
            texts.get("format"),
            quantities,
            texts.get("counterEpoch"),
            texts.get("salt"),
            texts.get("payload"));
    require(reading.id().equals(texts.get("id")), "id", texts.get("id"));
    return reading;
  }

  private static void text(StringBuilder out, String name, String value) {
    out.append(",\"").append(name).append("\":");
    CanonicalJson.writeString(out, value);
  }

  private static boolean isName(String text) {
    return text != null && !text.isBlank() && text.length() <= NAME_CHARACTERS;
  }

  private static Instant milliseconds(String name, Instant instant) {
    require(
        instant != null && !instant.isBefore(EARLIEST) && !instant.isAfter(LATEST), name, instant);
    return instant.truncatedTo(ChronoUnit.MILLIS);
  }

  private static Instant instant(String name, String text) {
    require(text != null, name, null);
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new MalformedReadingException(name + " is not a UTC instant: " + text, e);
    }
  }

  private static void require(boolean holds, String name, Object value) {
    if (!holds) {
      throw new MalformedReadingException(
          value == null ? name + " is missing" : name + " is not valid: " + value);
    }
  }

  private static void expect(boolean holds, String what) {
    if (!holds) {
      throw new MalformedReadingException("expected " + what);
    }
  }

  private static String firstLine(IOException e) {
    return e.getMessage().lines().findFirst().orElse("unreadable");
  }
}
