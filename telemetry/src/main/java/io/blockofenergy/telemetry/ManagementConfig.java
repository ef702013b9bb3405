package io.blockofenergy.telemetry;

import java.util.Set;

/**
 * Where the management endpoint listens.
 *
 * @param host a loopback address: the endpoint knows no credentials
 * @param port 0 lets the system choose
 */
public record ManagementConfig(String host, int port) {
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");

  public static ManagementConfig from(Settings settings, int defaultPort) {
    String host =
        settings.text("management.host", "127.0.0.1", "address of health, metrics and status");
    if (!LOOPBACK.contains(host)) {
      settings.fault("management.host must be a loopback address");
    }
    return new ManagementConfig(
        host, settings.port("management.port", defaultPort, "port of health, metrics and status"));
  }
}
