package io.blockofenergy.edge.decode;

import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/** The decoders that a bridge works with, in the order in which they are asked for a topic. */
public final class Decoders {
  private Decoders() {}

  /**
   * The configuration's mappings come first, so that an operator can overrule what is built in.
   *
   * @param zone of times that name none
   * @param clock tells what time a sensor cannot mean
   */
  public static List<Decoder> from(DecodeConfig config, ZoneId zone, Clock clock) {
    SensorTime time = new SensorTime(zone, clock);
    List<Decoder> decoders = new ArrayList<>();
    config.mappings().forEach(mapping -> decoders.add(new MappingDecoder(mapping, time)));
    config.zigbee2mqttTopics().forEach(base -> decoders.add(new Zigbee2MqttDecoder(base, time)));
    decoders.add(new ShellyGen1Decoder());
    decoders.add(new ShellyMinuteDecoder(time));
    decoders.add(new ShellyGen2Decoder(config.shellyRpcEvents(), time));
    decoders.add(new TasmotaDecoder(zone, clock));
    return List.copyOf(decoders);
  }
}
