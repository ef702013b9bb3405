package io.blockofenergy.edge.decode;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Zigbee devices as Zigbee2MQTT publishes their state, on {@code <base topic>/<friendly name>}; the
 * name may hold slashes and is the device (zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages, and
 * the exposes of each device). Energy in kWh, power in W, VA and var, voltage in V, current in A,
 * frequency in Hz; the power factor is a ratio or, above 1, a percentage. The time is {@code
 * last_seen}, if Zigbee2MQTT is configured to add it.
 *
 * <p>A device with several phases ({@code power_a}, {@code power_phase_b}) or outlets ({@code
 * power_l1}, {@code power_left}) has members with such an ending. If it counts energy without an
 * ending too, that is the whole, and it is one reading; else each ending is a device of its own,
 * {@code <friendly name>:<ending>}. A voltage alone is no reading: battery sensors send theirs, in
 * mV.
 */
public final class Zigbee2MqttDecoder implements Decoder {
  public static final String FORMAT = "zigbee2mqtt";

  private static final String IMPORT = "energyImportKwh";
  private static final String EXPORT = "energyExportKwh";
  private static final String POWER = "powerW";
  private static final String FACTOR = "powerFactor";
  private static final int PERCENT = 100;
  private static final String WHOLE = "";

  private static final Map<String, String> QUANTITIES =
      Map.of(
          "energy", "energyImportKwh",
          "produced_energy", "energyExportKwh",
          "energy_produced", "energyExportKwh",
          "power", "powerW",
          "power_apparent", "apparentPowerVa",
          "power_reactive", "reactivePowerVar",
          "power_factor", "powerFactor",
          "voltage", "voltageV",
          "current", "currentA",
          "ac_frequency", "frequencyHz");

  /** What phases and outlets have in common is one member for all. */
  private static final Set<String> COMMON = Set.of("voltageV", "frequencyHz");

  /** Without one of these a message says nothing about electricity that is used. */
  private static final Set<String> USE = Set.of(IMPORT, EXPORT, POWER, "currentA");

  private static final Set<String> COUNTERS = Set.of(IMPORT, EXPORT);
  private static final List<String> PHASES = List.of("a", "b", "c");

  /** The known endings, each with the name of the part that it means. */
  private static final Map<String, String> ENDINGS = endings();

  /** Each member that may occur, with an ending or without. */
  private record Member(String quantity, String part) {}

  private static final Map<String, Member> MEMBERS = members();

  private final String root;
  private final String bridge;
  private final SensorTime time;

  /**
   * @param baseTopic that of the Zigbee2MQTT, {@code zigbee2mqtt} by default
   */
  Zigbee2MqttDecoder(String baseTopic, SensorTime time) {
    this.root = baseTopic + '/';
    this.bridge = root + "bridge/";
    this.time = time;
  }

  private static Map<String, String> endings() {
    Map<String, String> endings = new HashMap<>();
    PHASES.forEach(
        phase -> {
          endings.put(phase, phase);
          endings.put("phase_" + phase, phase);
        });
    IntStream.rangeClosed(1, 8)
        .forEach(
            outlet -> {
              endings.put("l" + outlet, "l" + outlet);
              endings.put(Integer.toString(outlet), Integer.toString(outlet));
            });
    Stream.of("left", "center", "right", "top", "bottom").forEach(side -> endings.put(side, side));
    return Map.copyOf(endings);
  }

  private static Map<String, Member> members() {
    Map<String, Member> members = new HashMap<>();
    QUANTITIES.forEach(
        (name, quantity) -> {
          members.put(name, new Member(quantity, WHOLE));
          ENDINGS.forEach(
              (ending, part) -> members.put(name + '_' + ending, new Member(quantity, part)));
        });
    return Map.copyOf(members);
  }

  @Override
  public boolean accepts(String topic) {
    return topic.startsWith(root)
        && topic.length() > root.length()
        && !topic.startsWith(bridge)
        && !topic.endsWith("/availability")
        && !isCommand(topic, "/set")
        && !isCommand(topic, "/get");
  }

  /** Commands to a device, which go by here too when the bridge listens on the same broker. */
  private static boolean isCommand(String topic, String command) {
    return topic.endsWith(command) || topic.contains(command + '/');
  }

  @Override
  public List<Measurement> decode(String topic, byte[] payload) {
    if (!isObject(payload)) {
      // An attribute on a topic of its own (output: attribute), or a device that was removed.
      return List.of();
    }
    Members message = Members.of(payload);
    SortedMap<String, SortedMap<String, Double>> parts = new TreeMap<>();
    boolean phaseAIsBare = false;
    for (String name : message.names()) {
      Member member = MEMBERS.get(name);
      OptionalDouble value = member == null ? OptionalDouble.empty() : message.number(name);
      if (value.isPresent()) {
        parts
            .computeIfAbsent(member.part(), part -> new TreeMap<>())
            .put(member.quantity(), value.getAsDouble());
        phaseAIsBare |= name.endsWith("_phase_b") || name.endsWith("_phase_c");
      }
    }
    SortedMap<String, Double> whole = parts.remove(WHOLE);
    Map<String, SortedMap<String, Double>> devices =
        devices(whole == null ? new TreeMap<>() : whole, parts, phaseAIsBare);
    devices.values().forEach(Zigbee2MqttDecoder::asRatio);
    devices.values().removeIf(quantities -> quantities.keySet().stream().noneMatch(USE::contains));
    if (devices.isEmpty()) {
      return List.of();
    }
    String device = topic.substring(root.length());
    Instant measuredAt = time.read("last_seen", message.node("last_seen"));
    return devices.entrySet().stream()
        .map(
            each ->
                new Measurement(
                    each.getKey().equals(WHOLE) ? device : device + ':' + each.getKey(),
                    measuredAt,
                    FORMAT,
                    each.getValue(),
                    ""))
        .toList();
  }

  /**
   * What belongs to which part of the device.
   *
   * @param whole what has no ending
   * @param phaseAIsBare whether that is phase A's where phase A has no member of its own; energy
   *     without an ending is the whole's all the same
   */
  private static Map<String, SortedMap<String, Double>> devices(
      SortedMap<String, Double> whole,
      SortedMap<String, SortedMap<String, Double>> parts,
      boolean phaseAIsBare) {
    boolean partsCount = parts.values().stream().anyMatch(part -> part.containsKey(IMPORT));
    if (!parts.isEmpty()
        && !whole.containsKey(IMPORT)
        && (partsCount || !whole.containsKey(POWER))) {
      for (String common : COMMON) {
        if (whole.containsKey(common)) {
          parts.values().forEach(part -> part.putIfAbsent(common, whole.get(common)));
        }
      }
      return parts;
    }
    List<SortedMap<String, Double>> phases =
        PHASES.stream().map(phase -> parts.getOrDefault(phase, new TreeMap<>())).toList();
    if (phaseAIsBare) {
      SortedMap<String, Double> first = phases.get(0);
      for (SortedMap<String, Double> other : phases.subList(1, phases.size())) {
        for (String quantity : other.keySet()) {
          if (whole.containsKey(quantity)
              && !first.containsKey(quantity)
              && !COUNTERS.contains(quantity)) {
            first.put(quantity, whole.remove(quantity));
          }
        }
      }
    }
    Phases.together(phases).forEach(whole::putIfAbsent);
    Phases.addPowerFactor(whole);
    Map<String, SortedMap<String, Double>> devices = new TreeMap<>();
    devices.put(WHOLE, whole);
    return devices;
  }

  /** Some devices state the power factor in percent; it cannot exceed 1 as a ratio. */
  private static void asRatio(SortedMap<String, Double> quantities) {
    quantities.computeIfPresent(
        FACTOR,
        (name, factor) -> {
          double ratio = Math.abs(factor) > 1 ? Decimal.quotient(factor, PERCENT) : factor;
          return Math.abs(ratio) > 1 ? null : ratio;
        });
  }

  private static boolean isObject(byte[] payload) {
    for (byte each : payload) {
      if (!Character.isWhitespace(each)) {
        return each == '{';
      }
    }
    return false;
  }
}
