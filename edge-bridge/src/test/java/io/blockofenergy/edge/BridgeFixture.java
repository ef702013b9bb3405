package io.blockofenergy.edge;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/** A whole bridge on free ports, without a hub. */
final class BridgeFixture {
  private BridgeFixture() {}

  static Bridge start(Path directory, Clock clock, Map<String, String> more) throws Exception {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("BOE_DATA", directory.toString());
    settings.put("BOE_BRIDGE_ID", "b1");
    settings.put("BOE_MQTT_PORT", "0");
    settings.put("BOE_EDGE_MANAGEMENT_PORT", "0");
    settings.put("BOE_UPLINK_TRUST_FILE", directory.resolve("none").toString());
    Bridge bridge =
        new Bridge(
            BridgeConfig.load(null, settings),
            clock,
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    bridge.await(bridge.start());
    return bridge;
  }
}
