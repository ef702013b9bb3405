package io.blockofenergy.cloud.api;

import io.blockofenergy.telemetry.Settings;
import java.util.Set;

/**
 * Where the API listens.
 *
 * @param host a loopback address: without identities configured, the API serves nobody else
 * @param port 0 lets the system choose
 */
public record ApiConfig(String host, int port) {
  static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");

  public static ApiConfig from(Settings settings) {
    String host = settings.text("http.host", "127.0.0.1", "address of dashboard and REST API");
    if (!LOOPBACK.contains(host)) {
      settings.fault(
          "http.host is "
              + host
              + ", but the API has no access control yet and may listen on loopback only");
    }
    return new ApiConfig(host, settings.port("http.port", 8080, "port of dashboard and REST API"));
  }
}
