package io.blockofenergy.edge;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that every command has which reads the configuration. */
final class ConfigFile {
  @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the settings.")
  private Path path;

  /** Null for none. */
  Path path() {
    return path;
  }

  BridgeConfig load() {
    return BridgeConfig.load(path, System.getenv());
  }

  @Override
  public String toString() {
    return path == null ? "the environment" : path.toString();
  }
}
