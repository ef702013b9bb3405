package io.blockofenergy.edge.decode;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A part of a second generation (or later) Shelly that measures, such as {@code switch:1}; the
 * status of each is described at shelly-api-docs.shelly.cloud/gen2/ComponentsAndServices.
 *
 * @param type {@code switch}, {@code em} …
 * @param id the number of the part in its Shelly, 0 to 999
 */
record ShellyComponent(String type, int id) {
  private static final int WATT_HOURS_A_KWH = 1_000;
  private static final int MAX_ID_DIGITS = 3;

  /** Those with {@code apower} and {@code aenergy}. */
  private static final Set<String> LOADS =
      Set.of("switch", "pm1", "cover", "light", "rgb", "rgbw", "cct");

  private static final Set<String> METERS = Set.of("em", "emdata", "em1", "em1data");
  private static final List<String> PHASES = List.of("a_", "b_", "c_");

  /** Null when the key names no part that measures. */
  static ShellyComponent of(String key) {
    int colon = key.indexOf(':');
    if (colon < 0) {
      return null;
    }
    String type = key.substring(0, colon);
    int id = number(key, colon + 1, key.length());
    return id >= 0 && (LOADS.contains(type) || METERS.contains(type))
        ? new ShellyComponent(type, id)
        : null;
  }

  /** The decimal number of at most three digits in a part of a text; −1 when it is none. */
  static int number(String text, int from, int to) {
    if (from >= to || to - from > MAX_ID_DIGITS) {
      return -1;
    }
    int number = 0;
    for (int i = from; i < to; i++) {
      char digit = text.charAt(i);
      if (digit < '0' || digit > '9') {
        return -1;
      }
      number = 10 * number + digit - '0';
    }
    return number;
  }

  /** The device that a numbered part is; number 0 is the Shelly itself. */
  static String device(String shelly, int number) {
    return number == 0 ? shelly : shelly + ':' + number;
  }

  /** What the part's status says, in our units. */
  SortedMap<String, Double> quantities(Members status) {
    TreeMap<String, Double> quantities = new TreeMap<>();
    switch (type) {
      case "em" -> phases(status, quantities);
      case "em1" -> {
        put(quantities, "powerW", status.number("act_power"));
        put(quantities, "apparentPowerVa", status.number("aprt_power"));
        line(status, quantities);
      }
      case "emdata" -> {
        put(quantities, "energyImportKwh", kwh(status.number("total_act")));
        put(quantities, "energyExportKwh", kwh(status.number("total_act_ret")));
      }
      case "em1data" -> {
        put(quantities, "energyImportKwh", kwh(status.number("total_act_energy")));
        put(quantities, "energyExportKwh", kwh(status.number("total_act_ret_energy")));
      }
      default -> {
        put(quantities, "powerW", status.number("apower"));
        put(quantities, "apparentPowerVa", status.number("aprtpower"));
        line(status, quantities);
        counters(status, quantities);
      }
    }
    return quantities;
  }

  /** When the minute began in which a load's status was made, in seconds since 1970. */
  OptionalDouble minute(Members status) {
    Optional<Members> counter = LOADS.contains(type) ? status.object("aenergy") : Optional.empty();
    return counter.isEmpty() ? OptionalDouble.empty() : counter.get().number("minute_ts");
  }

  private static void line(Members status, SortedMap<String, Double> quantities) {
    put(quantities, "voltageV", status.number("voltage"));
    put(quantities, "currentA", status.number("current"));
    put(quantities, "powerFactor", status.number("pf"));
    put(quantities, "frequencyHz", status.number("freq"));
  }

  /**
   * A load's {@code aenergy} counts both directions, and {@code ret_aenergy}, where there is one,
   * again what was returned: the import is the difference (Switch, status).
   */
  private static void counters(Members status, SortedMap<String, Double> quantities) {
    Optional<Members> both = status.object("aenergy");
    OptionalDouble total = both.isEmpty() ? OptionalDouble.empty() : both.get().number("total");
    Optional<Members> returned = status.object("ret_aenergy");
    if (returned.isEmpty()) {
      put(quantities, "energyImportKwh", kwh(total));
      return;
    }
    OptionalDouble export = returned.get().number("total");
    put(quantities, "energyExportKwh", kwh(export));
    if (total.isPresent() && export.isPresent()) {
      OptionalDouble difference =
          OptionalDouble.of(Decimal.difference(total.getAsDouble(), export.getAsDouble()));
      put(quantities, "energyImportKwh", kwh(difference));
    }
  }

  /** Its sums are the meter's own; voltage and frequency it states by phase only. */
  private static void phases(Members status, SortedMap<String, Double> quantities) {
    List<TreeMap<String, Double>> phases =
        PHASES.stream()
            .map(
                phase -> {
                  TreeMap<String, Double> of = new TreeMap<>();
                  put(of, "voltageV", status.number(phase + "voltage"));
                  put(of, "frequencyHz", status.number(phase + "freq"));
                  return of;
                })
            .toList();
    quantities.putAll(Phases.together(phases));
    put(quantities, "powerW", status.number("total_act_power"));
    put(quantities, "apparentPowerVa", status.number("total_aprt_power"));
    put(quantities, "currentA", status.number("total_current"));
    Phases.addPowerFactor(quantities);
  }

  private static OptionalDouble kwh(OptionalDouble wattHours) {
    return wattHours.isEmpty()
        ? wattHours
        : OptionalDouble.of(Decimal.quotient(wattHours.getAsDouble(), WATT_HOURS_A_KWH));
  }

  private static void put(
      SortedMap<String, Double> quantities, String quantity, OptionalDouble value) {
    value.ifPresent(number -> quantities.put(quantity, number));
  }
}
