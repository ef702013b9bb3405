package io.blockofenergy.cloud;

import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.Settings;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The cloud's command line. Exit code 1 when it cannot start or a receipt does not hold, 2 for a
 * wrong option or configuration.
 */
@Command(
    name = "cloud-verticles",
    mixinStandardHelpOptions = true,
    subcommands = {VerifyCommand.class, RebuildCommand.class},
    description = "Takes batches from the hub, stores, logs, anchors, audits and shows them.")
public final class CloudVerticles implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(CloudVerticles.class);

  @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the settings.")
  private Path configFile;

  public static void main(String[] arguments) {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    int code = new CommandLine(new CloudVerticles()).execute(arguments);
    if (code != 0) {
      System.exit(code);
    }
  }

  @Override
  public Integer call() {
    CloudConfig config;
    try {
      Settings settings = Settings.load(configFile, System.getenv(), Map.of());
      config = CloudConfig.from(settings);
      settings.validate();
    } catch (InvalidSettingsException e) {
      System.err.println(e.getMessage());
      return 2;
    }
    Cloud cloud = new Cloud(config);
    Runtime.getRuntime().addShutdownHook(new Thread(cloud::close, "stop"));
    try {
      cloud.start();
      return 0; // the event loops keep the process alive
    } catch (Exception e) {
      LOG.error("The cloud cannot start: {}", e.getMessage());
      LOG.debug("The cloud cannot start", e);
      return 1;
    }
  }
}
