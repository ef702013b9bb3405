package io.blockofenergy.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the operator asks on the command line. */
class CommandsIT {
  @TempDir Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void validateSaysWhatIsConfigured() throws IOException {
    Path file = file("bridge: {id: cellar-1}\nsources: {garage: {uri: 'mqtt://10.0.0.2'}}\n");
    assertThat(run("validate", "--config", file.toString())).isZero();
    assertThat(out.toString()).contains("valid", "cellar-1", "garage");
    try (var files = Files.list(directory)) {
      assertThat(files).as("nothing was started").containsExactly(file);
    }
  }

  @Test
  void validateNamesEveryFaultAtOnce() throws IOException {
    Path file =
        file(
            """
            bridge: {id: "no blanks"}
            mqtt: {host: 0.0.0.0, prot: 1883}
            journal: {maxWaitingBytes: 4MiB}
            """);
    assertThat(run("validate", "--config", file.toString())).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "bridge.id",
            "mqtt.host is not a loopback address: set mqtt.user",
            "mqtt.prot",
            "mqtt.maxUnacknowledgedBytesOfAll must be below journal.maxWaitingBytes");
  }

  @Test
  void statusTellsHowTheRunningBridgeIs() throws Exception {
    Path none = directory.resolve("no-such-file");
    BridgeConfig config =
        BridgeConfig.load(
            null,
            Map.of(
                "BOE_DATA", directory.resolve("data").toString(),
                "BOE_BRIDGE_ID", "cellar-1",
                "BOE_MQTT_PORT", "0",
                "BOE_UPLINK_TRUST_FILE", none.toString(),
                "BOE_EDGE_MANAGEMENT_PORT", "0"));
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Path file;
    try (Bridge bridge = new Bridge(config, Clock.systemUTC(), registry)) {
      int port = bridge.await(bridge.start());
      file = file("management: {port: " + port + "}\n");
      assertThat(run("status", "--config", file.toString())).isZero();
      assertThat(out.toString())
          .contains("ready: yes", "bridge: cellar-1", "  fullPercent: 0", "  connected: false");
      out.getBuffer().setLength(0);
      assertThat(run("status", "--json", "--config", file.toString())).isZero();
      assertThat(new JsonObject(out.toString()).getJsonObject("mqtt").getInteger("connections"))
          .isZero();
    }
    assertThat(run("status", "--config", file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("no bridge answers");
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(directory.resolve("bridge.yaml"), yaml);
  }

  private int run(String... arguments) {
    return new CommandLine(new EdgeBridge())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
