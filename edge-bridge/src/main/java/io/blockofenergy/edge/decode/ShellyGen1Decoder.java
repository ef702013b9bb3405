package io.blockofenergy.edge.decode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * First generation Shellies, {@code shellies/<id>/<kind>/<n>/<value>}: each message is one plain
 * number and becomes a reading of one quantity (shelly-api-docs.shelly.cloud/gen1, MQTT of each
 * device). Messages carry no time.
 *
 * <p>Power in W and var, voltage in V, current in A. The energy of relays, rollers, lights and
 * meters is a counter in watt-minutes that begins at zero whenever the Shelly starts. An {@code
 * emeter} has such counters too, {@code energy} and {@code returned_energy}; they are not taken,
 * because {@code total} and {@code total_returned}, in Wh, count the same and outlive a restart.
 *
 * <p>The device is {@code <id>} for n = 0, else {@code <id>:<n>}.
 */
public final class ShellyGen1Decoder implements Decoder {
  public static final String FORMAT = "shelly-gen1";

  private static final String ROOT = "shellies/";
  private static final int WATT_MINUTES_A_KWH = 60_000;
  private static final int WATT_HOURS_A_KWH = 1_000;

  /**
   * @param divisor from the Shelly's unit to the quantity's
   */
  private record Source(String quantity, int divisor) {}

  private static final Map<String, Source> METER =
      Map.of(
          "power", new Source("powerW", 1),
          "energy", new Source("energyImportKwh", WATT_MINUTES_A_KWH));

  private static final Map<String, Source> ENERGY_METER =
      Map.of(
          "power", new Source("powerW", 1),
          "reactive_power", new Source("reactivePowerVar", 1),
          "voltage", new Source("voltageV", 1),
          "current", new Source("currentA", 1),
          "pf", new Source("powerFactor", 1),
          "total", new Source("energyImportKwh", WATT_HOURS_A_KWH),
          "total_returned", new Source("energyExportKwh", WATT_HOURS_A_KWH));

  private static final Map<String, Map<String, Source>> KINDS =
      Map.of(
          "relay", METER,
          "roller", METER,
          "light", METER,
          "meter", METER,
          "emeter", ENERGY_METER);

  /** A topic's parts that matter. */
  private record Target(String device, Source source) {}

  @Override
  public boolean accepts(String topic) {
    return target(topic) != null;
  }

  @Override
  public List<Measurement> decode(String topic, byte[] payload) {
    // A number is ASCII; what else the bytes may be is told apart when they are parsed.
    OptionalDouble number =
        PlainNumber.parse("the payload", new String(payload, StandardCharsets.ISO_8859_1));
    if (number.isEmpty()) {
      return List.of();
    }
    Target target = target(topic);
    TreeMap<String, Double> quantities = new TreeMap<>();
    quantities.put(
        target.source().quantity(),
        Decimal.quotient(number.getAsDouble(), target.source().divisor()));
    return List.of(new Measurement(target.device(), null, FORMAT, quantities, ""));
  }

  /** Null when the topic is none of these. Read from its end, for an id may hold slashes. */
  private static Target target(String topic) {
    if (!topic.startsWith(ROOT)) {
      return null;
    }
    int value = topic.lastIndexOf('/');
    int index = topic.lastIndexOf('/', value - 1);
    int kind = topic.lastIndexOf('/', index - 1);
    if (kind <= ROOT.length()) {
      return null;
    }
    Map<String, Source> sources = KINDS.get(topic.substring(kind + 1, index));
    Source source = sources == null ? null : sources.get(topic.substring(value + 1));
    int number = ShellyComponent.number(topic, index + 1, value);
    if (source == null || number < 0) {
      return null;
    }
    return new Target(ShellyComponent.device(topic.substring(ROOT.length(), kind), number), source);
  }
}
