package io.blockofenergy.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsDocIT {
  @TempDir Path directory;

  @Test
  void theDocumentationListsEveryMetricOfTheBridgeAsItIs() throws Exception {
    Path file = directory.resolve("bridge.yaml");
    Files.writeString(file, "sources:\n  example:\n    uri: mqtt://127.0.0.1:1\n");
    BridgeConfig config =
        BridgeConfig.load(
            file,
            Map.of(
                "BOE_DATA", directory.toString(),
                "BOE_MQTT_PORT", "0",
                "BOE_EDGE_MANAGEMENT_PORT", "0"));
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    List<String> rows;
    try (Bridge bridge = new Bridge(config, Clock.systemUTC(), registry)) {
      bridge.await(bridge.start());
      rows = rows(registry);
    }
    List<String> documented =
        Files.readAllLines(Path.of("../docs/metrics.md")).stream()
            .filter(line -> line.startsWith("| `boe_edge_"))
            .toList();
    assertThat(documented).containsExactlyElementsOf(rows);
  }

  /** A row a metric, by name, with the name that Prometheus shows. */
  private static List<String> rows(PrometheusMeterRegistry registry) {
    Map<String, List<Meter>> byName = new TreeMap<>();
    for (Meter meter : registry.getMeters()) {
      String suffix = meter.getId().getType() == Meter.Type.COUNTER ? "_total" : "";
      String unit = meter.getId().getBaseUnit();
      String name = meter.getId().getName().replace('.', '_');
      if (unit != null && !name.endsWith('_' + unit)) {
        name += '_' + unit;
      }
      byName.computeIfAbsent(name + suffix, it -> new java.util.ArrayList<>()).add(meter);
    }
    return byName.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("boe_edge_"))
        .map(entry -> row(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static String row(String name, List<Meter> meters) {
    Meter.Id first = meters.get(0).getId();
    String tags =
        first.getTags().stream()
            .map(Tag::getKey)
            .map(key -> "`" + key + "`" + values(key, meters))
            .collect(Collectors.joining("; "));
    return "| `%s` | %s | %s | %s |"
        .formatted(name, first.getType().name().toLowerCase(), tags, first.getDescription());
  }

  /** What a tag can be, unless the operator chooses its values. */
  private static String values(String key, List<Meter> meters) {
    return key.equals("source")
        ? ""
        : meters.stream()
            .map(meter -> meter.getId().getTag(key))
            .distinct()
            .sorted()
            .collect(Collectors.joining(", ", ": ", ""));
  }
}
