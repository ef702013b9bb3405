package io.blockofenergy.telemetry;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.BindException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The port for the operator's tools: {@code /health/live}, {@code /health/ready}, {@code /metrics}
 * (Prometheus text format) and {@code /status}. Safe for any thread.
 */
public final class ManagementEndpoint {
  private final HttpServer server;
  private final PrometheusMeterRegistry registry;
  private final Map<String, Supplier<Optional<String>>> checks = new ConcurrentHashMap<>();
  private final Map<String, Supplier<Object>> status = new ConcurrentHashMap<>();

  public ManagementEndpoint(Vertx vertx, PrometheusMeterRegistry registry) {
    this.registry = registry;
    this.server = vertx.createHttpServer().requestHandler(this::handle);
  }

  /**
   * Adds a part that must be well for the process to be ready.
   *
   * @param check gives what is wrong, or empty; called on an event loop for each request, so it
   *     must answer from memory
   */
  public void addReadinessCheck(String name, Supplier<Optional<String>> check) {
    checks.put(name, check);
  }

  /** Adds a member of {@code /status}; like a check, it must answer from memory. */
  public void addStatus(String name, Supplier<Object> value) {
    status.put(name, value);
  }

  /**
   * Listens; the result is the port, which differs from the wished one only if that was 0.
   *
   * @param variable names the port's environment variable to those who find it taken
   */
  public Future<Integer> listen(ManagementConfig config, String variable) {
    return server
        .listen(config.port(), config.host())
        .map(HttpServer::actualPort)
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof BindException
                        ? new IllegalStateException(
                            "port "
                                + config.port()
                                + " for health and metrics is taken: choose another with "
                                + variable,
                            failure)
                        : failure));
  }

  public Future<Void> close() {
    return server.close();
  }

  private void handle(HttpServerRequest request) {
    if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
      request.response().setStatusCode(405).putHeader("Allow", "GET, HEAD").end();
      return;
    }
    switch (request.path()) {
      case "/health/live" -> answer(request, 200, new JsonObject().put("status", "UP"));
      case "/health/ready" -> {
        TreeMap<String, Object> problems = new TreeMap<>();
        checks.forEach(
            (name, check) -> check.get().ifPresent(problem -> problems.put(name, problem)));
        JsonObject body = new JsonObject().put("status", problems.isEmpty() ? "UP" : "DOWN");
        if (!problems.isEmpty()) {
          body.put("problems", new JsonObject(problems));
        }
        answer(request, problems.isEmpty() ? 200 : 503, body);
      }
      case "/status" -> {
        JsonObject body = new JsonObject();
        new TreeMap<>(status).forEach((name, value) -> body.put(name, value.get()));
        answer(request, 200, body);
      }
      case "/metrics" ->
          request
              .response()
              .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
              .end(registry.scrape());
      default -> answer(request, 404, new JsonObject().put("status", "NOT_FOUND"));
    }
  }

  private static void answer(HttpServerRequest request, int code, JsonObject body) {
    request
        .response()
        .setStatusCode(code)
        .putHeader("Content-Type", "application/json")
        .end(body.toBuffer());
  }
}
