package io.blockofenergy.cloud;

import io.blockofenergy.cloud.local.HubConfig;
import io.blockofenergy.cloud.local.LocalHub;
import io.blockofenergy.telemetry.ManagementConfig;
import io.blockofenergy.telemetry.ManagementEndpoint;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A process with nothing but the local hub, which acknowledges at once and counts: messages,
 * readings by the property {@code count} (one where there is none), and the units of 4 KB that IoT
 * Hub would meter. Arguments: directory, hub port, management port.
 */
public final class HubStandIn {
  /** What IoT Hub counts as one message (its pricing page). */
  private static final int UNIT_BYTES = 4096;

  private HubStandIn() {}

  public static void main(String[] arguments) throws Exception {
    Vertx vertx = Vertx.vertx();
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    AtomicLong messages = new AtomicLong();
    AtomicLong readings = new AtomicLong();
    AtomicLong bytes = new AtomicLong();
    AtomicLong units = new AtomicLong();
    LocalHub hub =
        new LocalHub(
            vertx,
            new HubConfig(
                "127.0.0.1",
                Integer.parseInt(arguments[1]),
                "127.0.0.1",
                "0neLocal",
                Path.of(arguments[0]),
                Optional.empty(),
                60_000,
                1 << 30,
                1 << 30),
            (device, properties, id, type, encoding, body) -> {
              // A message's size is its body's and its properties', names and values.
              long size =
                  body.length()
                      + properties.entrySet().stream()
                          .mapToLong(
                              property -> property.getKey().length() + property.getValue().length())
                          .sum();
              messages.incrementAndGet();
              readings.addAndGet(Long.parseLong(properties.getOrDefault("count", "1")));
              bytes.addAndGet(size);
              units.addAndGet((size + UNIT_BYTES - 1) / UNIT_BYTES);
              return Future.succeededFuture();
            },
            (bridge, key) -> Future.succeededFuture(),
            registry,
            Clock.systemUTC());
    hub.start().await(30, TimeUnit.SECONDS);
    ManagementEndpoint management = new ManagementEndpoint(vertx, registry);
    management.addStatus("messages", messages::get);
    management.addStatus("readings", readings::get);
    management.addStatus("bytes", bytes::get);
    management.addStatus("units", units::get);
    management
        .listen(new ManagementConfig("127.0.0.1", Integer.parseInt(arguments[2])), "third argument")
        .await(30, TimeUnit.SECONDS);
  }
}
