package io.blockofenergy.edge;

import io.blockofenergy.edge.mqtt.PasswdCommand;
import io.blockofenergy.edge.simulator.SimulateCommand;
import io.blockofenergy.telemetry.InvalidSettingsException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The edge bridge's process. Exit code 1 when it cannot start, 2 for a wrong option or
 * configuration.
 */
@Command(
    name = "edge-bridge",
    mixinStandardHelpOptions = true,
    subcommands = {
      ValidateCommand.class,
      StatusCommand.class,
      PasswdCommand.class,
      SimulateCommand.class
    },
    description =
        "Takes sensors' MQTT messages, keeps them, and sends them to IoT Hub; with a command, does"
            + " what it says.")
public final class EdgeBridge implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(EdgeBridge.class);

  @Mixin private ConfigFile file;

  public static void main(String[] arguments) {
    int code = new CommandLine(new EdgeBridge()).execute(arguments);
    if (code != 0) {
      System.exit(code);
    }
  }

  @Override
  public Integer call() {
    BridgeConfig config;
    byte[] content;
    try {
      content = content(file.path());
      config = file.load();
    } catch (InvalidSettingsException e) {
      System.err.println(e.getMessage());
      return 2;
    }
    try {
      start(config, content);
      return 0; // the event loops keep the process alive
    } catch (Exception e) {
      LOG.error("The bridge cannot start: {}", e.getMessage());
      LOG.debug("The bridge cannot start", e);
      return 1;
    }
  }

  /** Read before the settings are, so that no change in between is missed; null for no file. */
  private static byte[] content(Path file) {
    try {
      return file == null ? null : Files.readAllBytes(file);
    } catch (IOException e) {
      return null; // the settings say what is wrong
    }
  }

  private void start(BridgeConfig config, byte[] content) throws Exception {
    long started = System.nanoTime();
    Bridge bridge =
        new Bridge(
            config, Clock.systemUTC(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    Runtime.getRuntime().addShutdownHook(new Thread(bridge::close, "stop"));
    bridge.await(bridge.start());
    if (file.path() != null) {
      bridge.await(
          bridge.watch(new ConfigurationWatch(file.path(), content, () -> follow(config, bridge))));
    }
    LOG.info(
        "Bridge {} is ready after {} ms",
        config.identity().bridge(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
  }

  /** Takes from a changed file what can be changed while the bridge runs. */
  private void follow(BridgeConfig started, Bridge bridge) {
    try {
      BridgeConfig changed = file.load();
      List<String> sections = started.changedSections(changed);
      if (!sections.isEmpty()) {
        LOG.warn("{}: {} will be as configured after a restart", file, sections);
      }
      LOG.info("{} has changed: sources {}", file, changed.sources().keySet());
      bridge.sources().update(changed.sources());
    } catch (InvalidSettingsException e) {
      LOG.warn("{} is not valid, so nothing changes: {}", file, oneLine(e.getMessage()));
    }
  }

  private static String oneLine(String text) {
    return text.lines().map(String::strip).collect(Collectors.joining(" "));
  }
}
