package io.blockofenergy.edge.decode;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockofenergy.telemetry.MalformedReadingException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Tasmota's periodic telemetry {@code tele/<device>/SENSOR} and its answers {@code
 * stat/<device>/STATUS10} and {@code STATUS8} to {@code Status 10} and {@code 8}, in any full topic
 * that begins with the prefix or has it before the last level; the member {@code ENERGY} of its
 * power monitoring (tasmota.github.io/docs/MQTT, /docs/JSON-Status-Responses, /docs/Commands). The
 * time is the member {@code timestamp} with a zone, else Tasmota's {@code Time}, which carries a
 * zone only when configured to (SetOption52) and is otherwise the device's local time.
 *
 * <p>Energy in kWh, power in W, VA and var, voltage in V, current in A, frequency in Hz, as Tasmota
 * reports them. A device with several phases or channels reports arrays. If {@code Total} is one
 * (SetOption129), each channel is a device of its own, {@code <device>:1} and so on, with its own
 * counter; else all of them are one reading, see {@link Phases}.
 */
public final class TasmotaDecoder implements Decoder {
  public static final String FORMAT = "tasmota";

  private static final int MAX_EPOCH_CHARACTERS = 64;
  private static final String TELEMETRY = "tele";
  private static final String STATUS = "stat";

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

  /** What channels on one supply have in common is one number where the rest are arrays. */
  private static final Set<String> COMMON = Set.of("Voltage", "Frequency");

  private final SensorTime time;

  /**
   * @param zone the zone of times that name none
   * @param clock tells the two passes through the hour at the end of summer time apart
   */
  public TasmotaDecoder(ZoneId zone, Clock clock) {
    this.time = new SensorTime(zone, clock);
  }

  @Override
  public boolean accepts(String topic) {
    return device(topic) != null;
  }

  @Override
  public List<Measurement> decode(String topic, byte[] payload) {
    Members message = Members.of(payload);
    if (!topic.endsWith("/SENSOR")) {
      Optional<Members> sensors = message.object("StatusSNS");
      if (sensors.isEmpty()) {
        return List.of();
      }
      message = sensors.get();
    }
    Optional<Members> energy = message.object("ENERGY");
    if (energy.isEmpty()) {
      return List.of();
    }
    SortedMap<String, SortedMap<String, Double>> devices = devices(device(topic), energy.get());
    if (devices.isEmpty()) {
      return List.of();
    }
    String epoch = energy.get().text("TotalStartTime");
    if (epoch.length() > MAX_EPOCH_CHARACTERS || !Measurement.isPrintable(epoch)) {
      throw new MalformedReadingException("ENERGY.TotalStartTime is too long or not printable");
    }
    Instant measuredAt = measuredAt(message);
    return devices.entrySet().stream()
        .map(each -> new Measurement(each.getKey(), measuredAt, FORMAT, each.getValue(), epoch))
        .toList();
  }

  /** The levels that the full topic has beside the prefix; null if it is none of these topics. */
  private static String device(String topic) {
    int last = topic.lastIndexOf('/');
    String prefix;
    if (topic.endsWith("/SENSOR")) {
      prefix = TELEMETRY;
    } else if (topic.endsWith("/STATUS10") || topic.endsWith("/STATUS8")) {
      prefix = STATUS;
    } else {
      return null;
    }
    if (topic.startsWith(prefix) && topic.charAt(prefix.length()) == '/') {
      return last > prefix.length() ? topic.substring(prefix.length() + 1, last) : null;
    }
    int before = last - prefix.length() - 1;
    return before > 0 && topic.charAt(before) == '/' && topic.startsWith(prefix, before + 1)
        ? topic.substring(0, before)
        : null;
  }

  /** What each device measured; none when nothing was. */
  private static SortedMap<String, SortedMap<String, Double>> devices(
      String device, Members energy) {
    SortedMap<String, Double> whole = new TreeMap<>();
    List<SortedMap<String, Double>> channels = new ArrayList<>();
    QUANTITIES.forEach(
        (member, quantity) -> {
          JsonNode value = energy.node(member);
          if (value.isArray()) {
            addChannels(channels, energy.name(member), quantity, value);
          } else {
            energy.number(member).ifPresent(number -> whole.put(quantity, number));
          }
        });
    SortedMap<String, SortedMap<String, Double>> devices = new TreeMap<>();
    if (energy.node("Total").isArray()) {
      requireCommon(energy, whole);
      for (int channel = 0; channel < channels.size(); channel++) {
        if (!channels.get(channel).isEmpty()) {
          channels.get(channel).putAll(whole);
          devices.put(device + ':' + (channel + 1), channels.get(channel));
        }
      }
      return devices;
    }
    SortedMap<String, Double> quantities = new TreeMap<>();
    if (!channels.isEmpty()) {
      quantities.putAll(Phases.together(channels));
      quantities.putAll(whole);
      Phases.addPowerFactor(quantities);
    } else {
      quantities.putAll(whole);
    }
    if (!quantities.isEmpty()) {
      devices.put(device, quantities);
    }
    return devices;
  }

  private static void addChannels(
      List<SortedMap<String, Double>> channels, String name, String quantity, JsonNode values) {
    if (channels.isEmpty()) {
      if (values.isEmpty() || values.size() > MAX_DEVICES) {
        throw new MalformedReadingException(
            name + " is empty or has more than " + MAX_DEVICES + " channels");
      }
      values.forEach(ignored -> channels.add(new TreeMap<>()));
    } else if (channels.size() != values.size()) {
      throw new MalformedReadingException(name + " has another length than the other arrays");
    }
    for (int channel = 0; channel < values.size(); channel++) {
      SortedMap<String, Double> quantities = channels.get(channel);
      Members.number(name, values.get(channel))
          .ifPresent(number -> quantities.put(quantity, number));
    }
  }

  /**
   * Firmware before 8.4 wrote the sum and two tariffs as {@code Total} of a single meter: to take
   * these for channels would count everything twice.
   */
  private static void requireCommon(Members energy, SortedMap<String, Double> whole) {
    QUANTITIES.forEach(
        (member, quantity) -> {
          if (whole.containsKey(quantity) && !COMMON.contains(member)) {
            throw new MalformedReadingException(
                energy.name(member) + " is no array, although ENERGY.Total is one");
          }
        });
  }

  private Instant measuredAt(Members message) {
    String timestamp = message.text("timestamp");
    return timestamp.isEmpty()
        ? time.ofText("Time", message.text("Time"))
        : time.ofText("timestamp", timestamp);
  }
}
