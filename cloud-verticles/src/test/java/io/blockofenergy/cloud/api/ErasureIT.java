package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.storage.ErasureFixture;
import io.blockofenergy.cloud.storage.MongoConfig;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Erasures as their requester sees them. */
class ErasureIT {
  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private final DocumentedAnswers documented = new DocumentedAnswers();
  private Vertx vertx;
  private LocalMongo server;
  private MongoClient mongo;
  private ErasureFixture storage;
  private String base;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    storage = new ErasureFixture(mongo);
    VerifierKey key = new VerifierKey("test/log", SigningKey.generate().publicKey());
    ApiVerticle api = TestApi.verticle(vertx, mongo, key);
    await(vertx.deployVerticle(api));
    base = "http://127.0.0.1:" + api.actualPort() + "/api/v1";
  }

  @AfterEach
  void stop() {
    await(mongo.close());
    await(vertx.close());
    server.close();
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return documented.check(http.send(request.build(), HttpResponse.BodyHandlers.ofString()));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(base + path)));
  }

  private HttpResponse<String> post(String body) throws Exception {
    return send(
        HttpRequest.newBuilder(URI.create(base + "/erasures"))
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  @Test
  void anErasedReadingIsGoneAndNamesItsAct() throws Exception {
    List<Reading> readings = storage.store(1, 4);
    HttpResponse<String> ordered =
        post(
            new JsonObject()
                .put("device", "plug0")
                .put("from", Reading.format(readings.get(1).measuredAt()))
                .put("to", Reading.format(readings.get(3).measuredAt()))
                .put("reason", "the tenant has moved out")
                .encode());
    assertThat(ordered.statusCode()).as(ordered.body()).isEqualTo(202);
    String id = new JsonObject(ordered.body()).getString("id");
    assertThat(ordered.headers().firstValue("Location")).contains("/api/v1/erasures/" + id);
    assertThat(new JsonObject(ordered.body()).getString("state")).isEqualTo("running");
    await(storage.erase());

    assertThat(new JsonObject(get("/erasures/" + id).body()).getMap())
        .containsEntry("state", "completed")
        .containsEntry("erased", 2)
        .containsEntry("reason", "the tenant has moved out");
    for (String path : List.of("", "/receipt")) {
      HttpResponse<String> gone = get("/readings/" + readings.get(1).id() + path);
      assertThat(gone.statusCode()).isEqualTo(410);
      assertThat(gone.headers().firstValue("Content-Type")).contains("application/problem+json");
      assertThat(gone.body()).contains("problem:erased").contains(id);
    }
    JsonObject list = new JsonObject(get("/readings?device=plug0").body());
    assertThat(list.getJsonArray("readings")).hasSize(2);
    assertThat(list.getJsonArray("damaged")).isEmpty();
    assertThat(list.getJsonArray("erased"))
        .contains(new JsonObject().put("id", readings.get(2).id()).put("act", id));
    JsonObject act = new JsonObject(get("/acts/" + id).body());
    assertThat(act.getJsonObject("act").getString("kind")).isEqualTo("erasure");
    assertThat(get("/acts/@act.00000000.9").statusCode()).isEqualTo(404);
  }

  @Test
  void actsAndErasuresAreListedInPages() throws Exception {
    for (int i = 1; i <= 3; i++) {
      JsonArray ids = new JsonArray().add("bridge.0a1b2c3d." + i);
      post(new JsonObject().put("readings", ids).put("reason", "r" + i).encode());
    }
    for (String name : List.of("acts", "erasures")) {
      JsonObject first = new JsonObject(get("/" + name + "?limit=2").body());
      assertThat(first.getJsonArray(name)).hasSize(2);
      JsonObject rest =
          new JsonObject(get("/" + name + "?cursor=" + first.getString("nextCursor")).body());
      assertThat(rest.getJsonArray(name)).hasSize(1);
      assertThat(rest.getJsonArray(name).getJsonObject(0).getString("id"))
          .isEqualTo("@act.00000000.1");
      assertThat(rest.getValue("nextCursor")).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"readings\":[\"bridge.0a1b2c3d.1\"]}",
        "{\"readings\":[],\"reason\":\"r\"}",
        "{\"readings\":[\"@act.00000000.1\"],\"reason\":\"r\"}",
        "{\"readings\":[\"bridge.0a1b2c3d.1\"],\"device\":\"d\",\"reason\":\"r\"}",
        "{\"device\":\"d\",\"from\":\"2026-11-23T08:00:00Z\",\"reason\":\"r\"}",
        "{\"device\":\"d\",\"from\":\"2026-11-23T08:00:00Z\",\"to\":\"2026-11-23T08:00:00Z\","
            + "\"reason\":\"r\"}",
        "{\"device\":\"d\",\"from\":\"2026-11-23T08:00:00.0001Z\",\"to\":\"2026-11-24T08:00:00Z\","
            + "\"reason\":\"r\"}",
        "{\"device\":\"d\",\"from\":\"2026-11-23T08:00:00Z\",\"to\":\"2026-11-24T08:00:00Z\","
            + "\"reason\":\" \"}"
      })
  void whatIsNotAnOrderErasesNothing(String body) throws Exception {
    assertThat(post(body).statusCode()).isEqualTo(400);
    assertThat(new JsonObject(get("/acts").body()).getJsonArray("acts")).isEmpty();
  }

  @Test
  void tenThousandOfTheLongestIdsCanBeOrderedAtOnce() throws Exception {
    JsonArray ids = new JsonArray();
    for (int i = 0; i < 10_000; i++) {
      ids.add("b".repeat(64) + ".0a1b2c3d." + (9_000_000_000_000_000L + i));
    }
    HttpResponse<String> ordered =
        post(new JsonObject().put("readings", ids).put("reason", "r").encode());
    assertThat(ordered.statusCode()).as(ordered.body()).isEqualTo(202);
    assertThat(new JsonObject(ordered.body()).getInteger("count")).isEqualTo(10_000);
    assertThat(
            post(new JsonObject()
                    .put("readings", ids.add("b.0a1b2c3d.1"))
                    .put("reason", "r")
                    .encode())
                .statusCode())
        .isEqualTo(400);
  }
}
