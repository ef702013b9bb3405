package io.blockofenergy.edge.decode;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Shellies of the second generation and later (shelly-api-docs.shelly.cloud/gen2, MQTT and
 * Notifications). They can tell the same in two ways: the whole status of a part on {@code
 * <prefix>/status/<part>}, and what changed in notifications on {@code <prefix>/events/rpc}. Only
 * one of the two is taken, so that nothing comes twice.
 *
 * <p>Power in W and VA, voltage in V, current in A, frequency in Hz; energy comes in Wh. The device
 * is the prefix for parts with number 0, else {@code <prefix>:<number>}; {@code em:0}, which knows
 * the power, and {@code emdata:0}, which counts the energy, are thus one.
 */
public final class ShellyGen2Decoder implements Decoder {
  public static final String FORMAT = "shelly-gen2";

  private static final String EVENTS = "/events/rpc";
  private static final String STATUS = "/status";

  private final boolean rpcEvents;
  private final SensorTime time;

  /**
   * @param rpcEvents whether notifications are taken, and not the status topics
   */
  ShellyGen2Decoder(boolean rpcEvents, SensorTime time) {
    this.rpcEvents = rpcEvents;
    this.time = time;
  }

  @Override
  public boolean accepts(String topic) {
    return rpcEvents
        ? topic.endsWith(EVENTS) && topic.length() > EVENTS.length()
        : prefix(topic) != null && component(topic) != null;
  }

  @Override
  public List<Measurement> decode(String topic, byte[] payload) {
    Members message = Members.of(payload);
    if (rpcEvents) {
      return notification(topic.substring(0, topic.length() - EVENTS.length()), message);
    }
    ShellyComponent component = component(topic);
    SortedMap<String, Double> quantities = component.quantities(message);
    if (quantities.isEmpty()) {
      return List.of();
    }
    return List.of(
        new Measurement(
            ShellyComponent.device(prefix(topic), component.id()),
            time.inMinute(component.minute(message)),
            FORMAT,
            quantities,
            ""));
  }

  private List<Measurement> notification(String prefix, Members message) {
    String method = message.text("method");
    Optional<Members> params = message.object("params");
    if (params.isEmpty() || !(method.equals("NotifyStatus") || method.equals("NotifyFullStatus"))) {
      return List.of();
    }
    // Several parts can be one device.
    SortedMap<Integer, SortedMap<String, Double>> parts = new TreeMap<>();
    for (String key : params.get().names()) {
      ShellyComponent component = ShellyComponent.of(key);
      Optional<Members> status = component == null ? Optional.empty() : params.get().object(key);
      if (status.isPresent()) {
        SortedMap<String, Double> quantities = component.quantities(status.get());
        if (!quantities.isEmpty()) {
          parts.computeIfAbsent(component.id(), id -> new TreeMap<>()).putAll(quantities);
        }
      }
    }
    if (parts.size() > MAX_DEVICES) {
      throw new MalformedReadingException("params has more than " + MAX_DEVICES + " meters");
    }
    Instant measuredAt = time.ofEpoch(params.get().number("ts"));
    return parts.entrySet().stream()
        .map(
            part ->
                new Measurement(
                    ShellyComponent.device(prefix, part.getKey()),
                    measuredAt,
                    FORMAT,
                    part.getValue(),
                    ""))
        .toList();
  }

  /** What is before {@code /status/<part>}; null if that is not there. */
  private static String prefix(String topic) {
    int status = topic.lastIndexOf('/') - STATUS.length();
    return status > 0 && topic.startsWith(STATUS, status) ? topic.substring(0, status) : null;
  }

  private static ShellyComponent component(String topic) {
    return ShellyComponent.of(topic.substring(topic.lastIndexOf('/') + 1));
  }
}
