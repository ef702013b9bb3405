package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are sent again because nobody knows whether they arrived. */
class IdempotencyIT {
  private static final String KEY = "Idempotency-Key";

  @TempDir Path directory;
  private ApiServer api;

  @BeforeEach
  void start() throws Exception {
    api = new ApiServer(directory, new ApiConfig("127.0.0.1", 0));
  }

  @AfterEach
  void stop() throws Exception {
    api.close();
  }

  private static String erasure(int seq) {
    JsonArray ids = new JsonArray().add("bridge.0a1b2c3d." + seq);
    return new JsonObject().put("readings", ids).put("reason", "r").encode();
  }

  private int acts() throws Exception {
    return new JsonObject(api.get("/acts").body()).getJsonArray("acts").size();
  }

  @Test
  void theSameRequestIsCarriedOutOnceAndAnsweredTheSameEvenAfterARestart() throws Exception {
    HttpResponse<String> first = api.post("/erasures", erasure(1), KEY, "\"k 1\"");
    assertThat(first.statusCode()).isEqualTo(202);
    assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
    api.restart();
    HttpResponse<String> again = api.post("/erasures", erasure(1), KEY, "\"k 1\"");
    assertThat(again.statusCode()).isEqualTo(202);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().firstValue("Location"))
        .isEqualTo(first.headers().firstValue("Location"));
    assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(acts()).isEqualTo(1);

    assertThat(api.post("/erasures", erasure(1), KEY, "k2").statusCode()).isEqualTo(202);
    assertThat(api.post("/erasures", erasure(1)).statusCode()).isEqualTo(202);
    assertThat(acts()).isEqualTo(3);
  }

  @Test
  void aKeyThatCameWithAnotherBodyIsRefused() throws Exception {
    api.post("/erasures", erasure(1), KEY, "k");
    HttpResponse<String> other = api.post("/erasures", erasure(2), KEY, "k");
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(other.body()).contains("problem:key-reused");
    assertThat(api.post("/erasures", erasure(2), KEY, "\"").statusCode()).isEqualTo(400);
    assertThat(acts()).isEqualTo(1);
  }

  @Test
  void whileTheFirstIsBeingCarriedOutTheSecondIsToldToWait() throws Exception {
    LinkedBlockingQueue<Message<JsonObject>> started = new LinkedBlockingQueue<>();
    api.vertx.eventBus().<JsonObject>consumer("audit.start", started::add);
    CompletableFuture<HttpResponse<String>> first =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return api.post("/audits", "{}", KEY, "k");
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    Message<JsonObject> request = started.poll(20, TimeUnit.SECONDS);
    assertThat(request).isNotNull();
    HttpResponse<String> second = api.post("/audits", "{}", KEY, "k");
    assertThat(second.statusCode()).isEqualTo(409);
    assertThat(second.headers().firstValue("Retry-After")).isPresent();
    request.reply(new JsonObject().put("id", "a1").put("kind", "full").put("state", "running"));
    assertThat(first.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(202);
    HttpResponse<String> third = api.post("/audits", "{}", KEY, "k");
    assertThat(third.body()).isEqualTo(first.get().body());
    assertThat(started).isEmpty();
  }

  @Test
  void aRefusalIsNotKept() throws Exception {
    // No audit runs in this process.
    assertThat(api.post("/audits", "{}", KEY, "k").statusCode()).isEqualTo(503);
    api.vertx
        .eventBus()
        .<JsonObject>consumer(
            "audit.start",
            request ->
                request.reply(
                    new JsonObject().put("id", "a1").put("kind", "full").put("state", "running")));
    HttpResponse<String> again = api.post("/audits", "{}", KEY, "k");
    for (int i = 0; i < 100 && again.statusCode() == 409; i++) {
      again = api.post("/audits", "{}", KEY, "k"); // the key is let go of just after the answer
    }
    assertThat(again.statusCode()).isEqualTo(202);
  }

  @Test
  void whatADeadProcessLeftIsCarriedOutAndWhatIsOldIsForgotten() throws Exception {
    api.post("/erasures", erasure(1), KEY, "k");
    JsonObject kept = kept().getJsonObject(0);
    age(kept, "startedAt", "answer");
    assertThat(api.post("/erasures", erasure(1), KEY, "k").statusCode()).isEqualTo(202);
    assertThat(acts()).isEqualTo(2);

    age(kept().getJsonObject(0), "expiresAt", null);
    assertThat(api.post("/erasures", erasure(2), KEY, "k").statusCode()).isEqualTo(202);
    assertThat(acts()).isEqualTo(3);

    age(kept().getJsonObject(0), "expiresAt", null);
    api.restart();
    api.post("/erasures", erasure(3), KEY, "another");
    for (int i = 0; i < 500 && kept().size() > 1; i++) {
      api.get("/status"); // pruning goes on beside
    }
    assertThat(kept()).hasSize(1);
  }

  private JsonArray kept() throws Exception {
    return new JsonArray(
        api.mongo.find("api_requests", new JsonObject()).await(10, TimeUnit.SECONDS));
  }

  private void age(JsonObject document, String time, String absent) throws Exception {
    JsonObject change = new JsonObject().put(time, "2026-11-20T00:00:00.000Z");
    if (absent != null) {
      change.putNull(absent);
    }
    api.mongo
        .updateCollection(
            "api_requests",
            new JsonObject().put("_id", document.getString("_id")),
            new JsonObject().put("$set", change))
        .await(10, TimeUnit.SECONDS);
  }
}
