package io.blockofenergy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ManagementEndpointTest {

  @Test
  void healthReadinessMetricsAndStatusAreServed(Vertx vertx) throws Exception {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry.counter("boe.test.things").increment(3);
    AtomicReference<String> problem = new AtomicReference<>("the hub does not answer");
    ManagementEndpoint endpoint = new ManagementEndpoint(vertx, registry);
    endpoint.addReadinessCheck("uplink", () -> Optional.ofNullable(problem.get()));
    endpoint.addStatus("journal", () -> 5);
    int port = endpoint.listen(new ManagementConfig("127.0.0.1", 0), "BOE_TEST_PORT").await();

    assertThat(get(port, "/health/live").statusCode()).isEqualTo(200);
    HttpResponse<String> unready = get(port, "/health/ready");
    assertThat(unready.statusCode()).isEqualTo(503);
    assertThat(unready.body()).contains("uplink", "the hub does not answer");
    problem.set(null);
    assertThat(get(port, "/health/ready").statusCode()).isEqualTo(200);
    assertThat(get(port, "/metrics").body()).contains("boe_test_things_total 3.0");
    assertThat(get(port, "/status").body()).contains("\"journal\":5");
    assertThat(get(port, "/other").statusCode()).isEqualTo(404);

    ManagementEndpoint second = new ManagementEndpoint(vertx, registry);
    assertThat(
            second
                .listen(new ManagementConfig("127.0.0.1", port), "BOE_TEST_PORT")
                .transform(result -> Future.succeededFuture(result.cause()))
                .await())
        .hasMessageContaining("BOE_TEST_PORT");
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
