package io.blockofenergy.edge;

import io.blockofenergy.telemetry.InvalidSettingsException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code edge-bridge validate}: reads the configuration as the bridge would, and touches nothing.
 * Exit code 2 when it is not valid, with every fault on standard error.
 */
@Command(
    name = "validate",
    mixinStandardHelpOptions = true,
    description = "Checks the configuration, names all that is wrong with it, and starts nothing.")
final class ValidateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigFile file;

  @Override
  public Integer call() {
    BridgeConfig config;
    try {
      config = file.load();
    } catch (InvalidSettingsException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 2;
    }
    spec.commandLine()
        .getOut()
        .printf(
            "%s: valid. Bridge %s at site %s, MQTT on %s:%d%s, %s, hub by %s:%d%n",
            file,
            config.identity().bridge(),
            config.identity().site(),
            config.mqtt().host(),
            config.mqtt().port(),
            config.mqtt().tls().map(tls -> " and " + tls.host() + ":" + tls.port()).orElse(""),
            config.sources().isEmpty() ? "no sources" : "sources " + config.sources().keySet(),
            config.uplink().dpsHost(),
            config.uplink().port());
    return 0;
  }
}
