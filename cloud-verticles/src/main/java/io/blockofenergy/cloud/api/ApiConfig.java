package io.blockofenergy.cloud.api;

import io.blockofenergy.telemetry.Settings;
import java.util.Set;

/**
 * Where the API listens, and how much it serves.
 *
 * @param host a loopback address: without identities configured, the API serves nobody else
 * @param port 0 lets the system choose
 * @param requestsPerSecond from one address, in the long run
 * @param requestBurst from one address, at once
 * @param liveStreams open at the same time at most
 * @param sockets connections to the live events at the same time at most
 */
public record ApiConfig(
    String host, int port, int requestsPerSecond, int requestBurst, int liveStreams, int sockets) {
  static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");

  private static final int REQUESTS_PER_SECOND = 200;
  private static final int REQUEST_BURST = 1_000;
  private static final int LIVE_STREAMS = 1_000;
  private static final int SOCKETS = 1_000;

  /** With the default bounds. */
  public ApiConfig(String host, int port) {
    this(host, port, REQUESTS_PER_SECOND, REQUEST_BURST, LIVE_STREAMS);
  }

  /** With the default bound of connections to the live events. */
  public ApiConfig(
      String host, int port, int requestsPerSecond, int requestBurst, int liveStreams) {
    this(host, port, requestsPerSecond, requestBurst, liveStreams, SOCKETS);
  }

  public static ApiConfig from(Settings settings) {
    String host = settings.text("http.host", "127.0.0.1", "address of dashboard and REST API");
    if (!LOOPBACK.contains(host)) {
      settings.fault(
          "http.host is "
              + host
              + ", but the API has no access control yet and may listen on loopback only");
    }
    return new ApiConfig(
        host,
        settings.port("http.port", 8080, "port of dashboard and REST API"),
        settings.integer(
            "api.requestsPerSecond",
            REQUESTS_PER_SECOND,
            1,
            1_000_000,
            "requests a second that one address may make of the REST API, in the long run"),
        settings.integer(
            "api.requestBurst",
            REQUEST_BURST,
            1,
            1_000_000,
            "requests that one address may make of the REST API at once"),
        settings.integer(
            "api.liveStreams", LIVE_STREAMS, 1, 100_000, "live event streams open at once"),
        settings.integer(
            "api.sockets", SOCKETS, 1, 100_000, "browsers connected to the live events at once"));
  }
}
