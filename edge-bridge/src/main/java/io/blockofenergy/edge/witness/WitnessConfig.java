package io.blockofenergy.edge.witness;

import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * @param enabled whether the bridge is a witness
 * @param host address to listen on; beyond loopback only when that is asked for
 * @param port TCP port, 0 for any
 * @param name of the witness, part of its key's hash: must never change
 * @param directory holds {@code witness.key}, {@code witness.pub} and what was cosigned last
 * @param logs keys of the logs that it watches, one a log
 */
public record WitnessConfig(
    boolean enabled, String host, int port, String name, Path directory, List<VerifierKey> logs) {
  /** What an operator has to change when the port is taken. */
  static final String PORT_VARIABLE = "BOE_WITNESS_PORT";

  /**
   * @param bridge the bridge's id, of which the witness's name is made when none is given
   */
  public static WitnessConfig from(Settings settings, String bridge) {
    boolean enabled =
        settings.flag("witness.enabled", false, "whether the bridge cosigns logs' checkpoints");
    String host = settings.text("witness.host", "127.0.0.1", "address of the witness");
    boolean exposed =
        settings.flag(
            "witness.exposed", false, "whether `witness.host` may be reached from other machines");
    int port = settings.port("witness.port", 9082, "port of the witness, plain HTTP");
    String name =
        settings.text(
            "witness.name",
            "",
            "([!-*,-~]{1,200})?",
            "name of the witness: a URL without scheme, must never change;"
                + " `block-of-energy.local/witness/<bridge.id>` when absent");
    Path directory =
        settings.dataPath(
            "witness.directory", "witness", "the witness's key and what it has cosigned");
    List<String> keys =
        new ArrayList<>(
            settings.texts(
                "witness.logs",
                "",
                "\\S+",
                "verifier keys of the logs whose checkpoints it cosigns"));
    List<String> files =
        settings.texts("witness.logFiles", "", ".+", "files that hold such keys, one each");
    List<VerifierKey> logs = new ArrayList<>();
    if (enabled) {
      files.forEach(file -> read(settings, Path.of(file), keys));
      keys.forEach(key -> parse(settings, key, logs));
      check(settings, host, exposed, logs);
    }
    return new WitnessConfig(
        enabled,
        host,
        port,
        name.isEmpty() ? "block-of-energy.local/witness/" + bridge : name,
        directory,
        List.copyOf(logs));
  }

  private static void read(Settings settings, Path file, List<String> keys) {
    try {
      keys.add(Files.readString(file).strip());
    } catch (IOException e) {
      settings.fault("witness.logFiles: cannot read " + file);
    }
  }

  private static void parse(Settings settings, String key, List<VerifierKey> logs) {
    try {
      VerifierKey log = VerifierKey.parse(key);
      if (log.use() != VerifierKey.Use.NOTE) {
        settings.fault("witness.logs: " + log.name() + " is the key of a witness");
      }
      logs.add(log);
    } catch (MalformedProofException e) {
      settings.fault("witness.logs: " + e.getMessage());
    }
  }

  private static void check(
      Settings settings, String host, boolean exposed, List<VerifierKey> logs) {
    Set<String> origins = new HashSet<>();
    logs.stream()
        .map(VerifierKey::name)
        .filter(origin -> !origins.add(origin))
        .forEach(origin -> settings.fault("witness.logs: two keys of " + origin));
    try {
      if (!exposed && !InetAddress.getByName(host).isLoopbackAddress()) {
        settings.fault(
            "witness.host is not a loopback address: set witness.exposed to true, and put a proxy"
                + " with TLS before it");
      }
    } catch (UnknownHostException e) {
      settings.fault("witness.host is not an address");
    }
  }
}
