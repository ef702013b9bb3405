package io.blockofenergy.edge.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.Reading;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a sensor sends, a decoder makes valid readings of it or says that it is malformed. */
class DecoderPropertyTest {
  private static final Instant NOW = Instant.parse("2026-09-01T12:00:00Z");

  /** A topic of each decoder, and an intact message for it. */
  private static final Map<String, String> MESSAGES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("tele/plug/SENSOR", "tasmota-three-phase"),
              Map.entry("plug/tele/SENSOR", "tasmota-split-total"),
              Map.entry("stat/plug/STATUS10", "tasmota-status"),
              Map.entry("a/status/switch:1", "shelly-switch"),
              Map.entry("a/status/em:0", "shelly-em"),
              Map.entry("a/status/emdata:0", "shelly-emdata"),
              Map.entry("a/status/em1:0", "shelly-em1"),
              Map.entry("a/status/em1data:0", "shelly-em1data"),
              Map.entry("a/events/rpc", "shelly-notify-full"),
              Map.entry("shellies/em/emeter/1/power", "shelly-emdata"),
              Map.entry("shellies/em/relay/0/energy", "shelly-em1"),
              Map.entry("zigbee2mqtt/meter", "zigbee2mqtt-three-phase"),
              Map.entry("generic/level", "zigbee2mqtt-plug"),
              Map.entry("plain", "zigbee2mqtt-plug"),
              Map.entry("pointed", "zigbee2mqtt-plug")));

  private static final List<String> VALUES =
      List.of(
          "0",
          "-1.5",
          "1e308",
          "-1e308",
          "5e-324",
          "1e999",
          "123456789012345678901234567890",
          "null",
          "true",
          "\"\"",
          "\"unknown\"",
          "\"12\"",
          "\"\\ud800\"",
          "\"NotifyStatus\"",
          "1757059829.08",
          "1785137700123",
          "\"2026-01-02T03:04:05\"",
          "\"+999999999-12-31T23:59:59-18:00\"",
          "\"-999999999-01-01T00:00:00+18:00\"",
          "\"2026-13-01T00:00:00Z\"",
          "{}",
          "[]",
          "[1,2]",
          "[null,1]",
          "[1,2,3]",
          "[1e308,1e308]");

  private final List<Decoder> decoders = decoders();

  @Property(tries = 5_000, seed = "20261125")
  void arbitraryBytesAreDecodedOrRefused(@ForAll("topics") String topic, @ForAll byte[] payload) {
    decode(topic, payload);
  }

  @Property(tries = 20_000, seed = "20261125")
  void mutatedMessagesAreDecodedOrRefused(@ForAll("topics") String topic, @ForAll long seed) {
    decode(topic, mutated(Payloads.of(MESSAGES.get(topic)), new Random(seed)));
  }

  @Property(tries = 20_000, seed = "20261125")
  void messagesWithOtherValuesAreDecodedOrRefused(@ForAll("topics") String topic, @ForAll long seed)
      throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode message = (ObjectNode) mapper.readTree(Payloads.of(MESSAGES.get(topic)));
    replaceSome(message, new Random(seed));
    decode(topic, mapper.writeValueAsBytes(message));
  }

  @Property(tries = 5_000, seed = "20261125")
  void arbitraryPlainTextsAreDecodedOrRefused(
      @ForAll("topics") String topic, @ForAll("numbers") String text) {
    decode(topic, text.getBytes(StandardCharsets.UTF_8));
  }

  @Property(tries = 5_000, seed = "20261125")
  void arbitraryTopicsAreRefusedOrDecoded(@ForAll("anyTopics") String topic, @ForAll long seed) {
    List<String> names = List.copyOf(MESSAGES.values());
    decode(topic, Payloads.of(names.get(new Random(seed).nextInt(names.size()))));
  }

  @Example
  void deepNestingIsRefused() {
    String deep = "{\"ENERGY\":".repeat(100_000);
    for (Decoder decoder : decoders) {
      for (String topic : MESSAGES.keySet()) {
        if (decoder.accepts(topic)) {
          assertThatThrownBy(() -> decoder.decode(topic, Payloads.bytes(deep)))
              .isInstanceOf(MalformedReadingException.class);
        }
      }
    }
  }

  @Example
  void everyTopicOfThisTestHasADecoder() {
    assertThat(MESSAGES.keySet())
        .allMatch(topic -> decoders.stream().anyMatch(decoder -> decoder.accepts(topic)));
  }

  @Provide
  Arbitrary<String> topics() {
    return Arbitraries.of(MESSAGES.keySet());
  }

  @Provide
  Arbitrary<String> anyTopics() {
    return Arbitraries.of(
            "tele",
            "stat",
            "SENSOR",
            "STATUS10",
            "status",
            "events",
            "rpc",
            "shellies",
            "relay",
            "emeter",
            "0",
            "1",
            "power",
            "total",
            "switch:0",
            "em:0",
            "zigbee2mqtt",
            "bridge",
            "set",
            "generic",
            "pointed",
            "",
            " ",
            "ß",
            "\u0001",
            "$SYS")
        .list()
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(levels -> String.join("/", levels));
  }

  @Provide
  Arbitrary<String> numbers() {
    return Arbitraries.strings().withChars("0123456789.+-eExNaInfdL \n").ofMaxLength(40);
  }

  /** About one value in eight becomes another. */
  private static void replaceSome(ObjectNode object, Random random) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      if (random.nextInt(8) == 0) {
        object.putRawValue(name, new RawValue(VALUES.get(random.nextInt(VALUES.size()))));
      } else if (object.get(name) instanceof ObjectNode child) {
        replaceSome(child, random);
      }
    }
  }

  /** Some bytes changed, inserted, doubled or taken away. */
  private static byte[] mutated(byte[] message, Random random) {
    byte[] bytes = message.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] = (byte) "0123456789eE+-.,:[]{}\"n".charAt(random.nextInt(23));
        case 2 -> {
          byte[] shorter = new byte[Math.max(1, at)];
          System.arraycopy(bytes, 0, shorter, 0, shorter.length);
          bytes = shorter;
        }
        default -> {
          byte[] longer = new byte[bytes.length + bytes.length - at];
          System.arraycopy(bytes, 0, longer, 0, bytes.length);
          System.arraycopy(bytes, at, longer, bytes.length, bytes.length - at);
          bytes = longer;
        }
      }
    }
    return bytes;
  }

  private void decode(String topic, byte[] payload) {
    for (Decoder decoder : decoders) {
      if (!decoder.accepts(topic)) {
        continue;
      }
      List<Measurement> measurements;
      try {
        measurements = decoder.decode(topic, payload);
      } catch (MalformedReadingException e) {
        assertThat(e.getMessage()).isNotBlank();
        continue;
      }
      assertThat(measurements).extracting(Measurement::device).doesNotHaveDuplicates();
      assertThat(measurements).hasSizeLessThanOrEqualTo(Decoder.MAX_DEVICES);
      for (Measurement measurement : measurements) {
        assertThat(measurement.quantities()).isNotEmpty();
        assertThat(measurement.device().chars()).noneMatch(Character::isISOControl);
        // It and its canonical form refuse whatever is out of range or cannot be written.
        assertThat(reading(measurement, topic, payload).recordHash()).hasSize(32);
      }
    }
  }

  private static Reading reading(Measurement measurement, String topic, byte[] payload) {
    return new Reading(
        "bridge",
        "00000000",
        1,
        measurement.device(),
        "home",
        measurement.measuredAt() == null ? NOW : measurement.measuredAt(),
        NOW,
        topic,
        measurement.format(),
        measurement.quantities(),
        measurement.counterEpoch(),
        "0".repeat(32),
        new String(payload, StandardCharsets.UTF_8));
  }

  private static List<Decoder> decoders() {
    SensorTime time = new SensorTime(ZoneId.of("Europe/Skopje"), Clock.fixed(NOW, ZoneOffset.UTC));
    JsonPointer whole = JsonPointer.empty();
    JsonPointer power = JsonPointer.compile("/power");
    List<Mapping> mappings =
        List.of(
            mapping("level", "generic/{device}", null, power),
            mapping("plain", "plain", null, whole),
            mapping("pointed", "pointed", JsonPointer.compile("/state"), power));
    List<Decoder> decoders = new ArrayList<>();
    mappings.forEach(mapping -> decoders.add(new MappingDecoder(mapping, time)));
    decoders.add(new Zigbee2MqttDecoder("zigbee2mqtt", time));
    decoders.add(new ShellyGen1Decoder());
    decoders.add(new ShellyGen2Decoder(false, time));
    decoders.add(new ShellyGen2Decoder(true, time));
    decoders.add(new TasmotaDecoder(ZoneId.of("Europe/Skopje"), Clock.fixed(NOW, ZoneOffset.UTC)));
    return decoders;
  }

  /** With a factor that makes a large number infinite. */
  private static Mapping mapping(
      String name, String filter, JsonPointer device, JsonPointer power) {
    return new Mapping(
        name,
        TopicPattern.parse(filter),
        device,
        JsonPointer.compile("/last_seen"),
        new TreeMap<>(Map.of("powerW", new Mapping.Source(power, new BigDecimal("1e30")))));
  }
}
