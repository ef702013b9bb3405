package io.blockofenergy.edge.decode;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockofenergy.telemetry.MalformedReadingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * A minute that a Shelly meter has kept and was asked for: the answer to {@code EMData.GetData} or
 * {@code EM1Data.GetData} (shelly-api-docs.shelly.cloud/gen2, EMData), on {@code
 * boe/backfill/<prefix>/<part>/rpc}. A column a quantity, energies in Wh of that minute. It tells
 * the mean power, which is what was used less what was returned; no counter, so there is none in
 * the measurement.
 */
public final class ShellyMinuteDecoder implements Decoder {
  public static final String FORMAT = "shelly-gen2-minute";

  /** What the topics of answers begin with. */
  public static final String PREFIX = "boe/backfill/";

  /** What a topic of answers ends with; a Shelly appends it to the name that it is given. */
  public static final String SUFFIX = "/rpc";

  private static final int SECONDS_AN_HOUR = 3600;
  private static final int LONGEST_PERIOD = 3600;
  private static final List<String> THREE_PHASES = List.of("a_", "b_", "c_");

  private final SensorTime time;

  ShellyMinuteDecoder(SensorTime time) {
    this.time = time;
  }

  @Override
  public boolean accepts(String topic) {
    return topic.startsWith(PREFIX) && topic.endsWith(SUFFIX) && component(topic) != null;
  }

  /** A minute is asked for again when its answer is late, and may then be answered twice. */
  @Override
  public boolean mayRepeat() {
    return true;
  }

  @Override
  public List<Measurement> decode(String topic, byte[] payload) {
    Optional<Members> result = Members.of(payload).object("result");
    List<JsonNode> data = result.isEmpty() ? List.of() : array(result.get(), "data");
    if (data.isEmpty()) {
      return List.of(); // it says no, or was off itself
    }
    List<JsonNode> keys = array(result.get(), "keys");
    List<JsonNode> minutes = list(data.get(0).path("values"));
    if (data.size() > 1 || minutes.size() > 1) {
      throw new MalformedReadingException("result.data has more than one minute");
    }
    if (minutes.isEmpty()) {
      return List.of();
    }
    OptionalDouble start = Members.number("result.data.ts", data.get(0).path("ts"));
    int period = period(data.get(0).path("period"));
    TreeMap<String, Double> columns = columns(keys, list(minutes.get(0)));
    ShellyComponent component = component(topic);
    TreeMap<String, Double> quantities =
        quantities(columns, component.type().equals("emdata") ? THREE_PHASES : List.of(""), period);
    Instant began = time.ofEpoch(start);
    if (quantities.isEmpty() || began == null) {
      return List.of(); // of a time that cannot be true: it is no use without one
    }
    return List.of(
        new Measurement(
            ShellyComponent.device(prefix(topic), component.id()),
            began.plusSeconds(period),
            FORMAT,
            quantities,
            ""));
  }

  /** Some firmware writes it as a text. */
  private static int period(JsonNode node) {
    int seconds = node.asInt(0);
    if (seconds < 1 || seconds > LONGEST_PERIOD) {
      throw new MalformedReadingException("result.data.period is not from 1 to 3600");
    }
    return seconds;
  }

  private static TreeMap<String, Double> columns(List<JsonNode> keys, List<JsonNode> values) {
    if (keys.size() != values.size()) {
      throw new MalformedReadingException("result.keys and result.data.values do not fit");
    }
    TreeMap<String, Double> columns = new TreeMap<>();
    for (int i = 0; i < keys.size(); i++) {
      OptionalDouble value = Members.number("result.data.values", values.get(i));
      if (value.isPresent()) {
        columns.put(keys.get(i).asText(), value.getAsDouble());
      }
    }
    return columns;
  }

  private static TreeMap<String, Double> quantities(
      TreeMap<String, Double> columns, List<String> phases, int period) {
    List<Double> wattHours = new ArrayList<>();
    List<Double> volts = new ArrayList<>();
    List<Double> amperes = new ArrayList<>();
    for (String phase : phases) {
      Double used = columns.get(phase + "total_act_energy");
      if (used != null) {
        double returned = columns.getOrDefault(phase + "total_act_ret_energy", 0.0);
        wattHours.add(Decimal.difference(used, returned));
      }
      Double voltage = columns.get(phase + "avg_voltage");
      if (voltage != null && voltage > 0) {
        volts.add(voltage);
      }
      Double current = columns.get(phase + "avg_current");
      if (current != null) {
        amperes.add(current);
      }
    }
    TreeMap<String, Double> quantities = new TreeMap<>();
    if (wattHours.size() == phases.size()) {
      double wattSeconds = Decimal.sum(wattHours) * SECONDS_AN_HOUR;
      quantities.put("powerW", Decimal.mean(List.of(Decimal.quotient(wattSeconds, period))));
    }
    if (!volts.isEmpty()) {
      quantities.put("voltageV", Decimal.mean(volts));
    }
    if (amperes.size() == phases.size()) {
      quantities.put("currentA", Decimal.sum(amperes));
    }
    return quantities;
  }

  private static List<JsonNode> array(Members members, String name) {
    JsonNode node = members.node(name);
    if (!node.isArray()) {
      throw new MalformedReadingException(members.name(name) + " is not an array");
    }
    return list(node);
  }

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> elements = new ArrayList<>();
    array.forEach(elements::add);
    return elements;
  }

  private static String prefix(String topic) {
    return topic.substring(PREFIX.length(), slash(topic));
  }

  private static ShellyComponent component(String topic) {
    int slash = slash(topic);
    ShellyComponent component =
        slash <= PREFIX.length()
            ? null
            : ShellyComponent.of(topic.substring(slash + 1, topic.length() - SUFFIX.length()));
    return component != null && component.type().endsWith("data") ? component : null;
  }

  /** The one before the part. */
  private static int slash(String topic) {
    return topic.lastIndexOf('/', topic.length() - SUFFIX.length() - 1);
  }
}
