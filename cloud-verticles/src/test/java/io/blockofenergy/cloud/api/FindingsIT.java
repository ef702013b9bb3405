package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Findings and their acknowledgements as the API shows them, on the embedded store. */
class FindingsIT {
  private static final String FULL = "20261101T030000000-0000";
  private static final String LATER = "20261102T030000000-0000";
  private static final String READING = "bridge.0a1b2c3d.7";

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private final DocumentedAnswers documented = new DocumentedAnswers();
  private Vertx vertx;
  private LocalMongo store;
  private MongoClient mongo;
  private int port;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    store = LocalMongo.start(directory, 0);
    mongo =
        MongoClient.create(
            vertx,
            new JsonObject()
                .put("connection_string", store.connectionString())
                .put("db_name", "energy"));
    VerifierKey key = new VerifierKey("test/log", SigningKey.generate().publicKey());
    ApiVerticle api = TestApi.verticle(vertx, mongo, key);
    vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
    port = api.actualPort();
    run(FULL, "full");
    run(LATER, "continuous");
    finding(FULL, "DELETED", READING, READING);
    finding(FULL, "LOG_REWRITTEN", "log", "log/4711/2");
    finding(LATER, "DELETED", READING, READING);
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
    store.close();
  }

  @Test
  void anAcknowledgementHoldsForWhatIsFoundAgainAndTheFindingStaysAsItIs() throws Exception {
    assertThat(open()).containsExactly("DELETED", "LOG_REWRITTEN", "DELETED");
    assertThat(status().getJsonObject("openFindings").getMap())
        .containsEntry("id", LATER)
        .containsEntry("open", 2);
    JsonObject finding = list("audits/" + FULL + "/findings").get(0);
    List<JsonObject> before =
        mongo.find("audit_findings", new JsonObject()).await(10, TimeUnit.SECONDS);

    HttpResponse<String> said = acknowledge(FULL, finding, "{\"by\":\"Ann\",\"reason\":\"ok\"}");
    assertThat(said.statusCode()).as(said.body()).isEqualTo(201);
    assertThat(open()).containsExactly("LOG_REWRITTEN");
    assertThat(status().getJsonObject("openFindings").getMap())
        .containsEntry("id", FULL)
        .containsEntry("open", 1);
    JsonObject repeated = list("audits/" + LATER + "/findings").get(0);
    assertThat(repeated.getJsonObject("acknowledged").getMap())
        .containsEntry("by", "Ann")
        .containsEntry("reason", "ok")
        .containsKey("at");
    assertThat(list("audits/" + FULL + "/findings?acknowledged=false"))
        .extracting(each -> each.getString("type"))
        .containsExactly("LOG_REWRITTEN");
    assertThat(list("findings?state=all")).hasSize(3);

    HttpResponse<String> again = acknowledge(FULL, finding, "{\"by\":\"Bob\",\"reason\":\"no\"}");
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body()).contains("problem:acknowledged");
    assertThat(mongo.find("audit_findings", new JsonObject()).await(10, TimeUnit.SECONDS))
        .isEqualTo(before);
  }

  @Test
  void whatHasSlashesInItsIdCanBeAcknowledgedAndThenNothingIsOpen() throws Exception {
    for (JsonObject finding : list("audits/" + FULL + "/findings")) {
      assertThat(finding.getString("ref")).matches("[A-Za-z0-9_-]+");
      assertThat(
              acknowledge(FULL, finding, "{\"by\":\"Ann\",\"reason\":\"restored\"}").statusCode())
          .isEqualTo(201);
    }
    assertThat(open()).isEmpty();
    assertThat(status().getValue("openFindings")).isNull();
  }

  @Test
  void aLaterFullAuditWithoutItClosesAFinding() throws Exception {
    run("20261103T030000000-0000", "full");
    assertThat(open()).isEmpty();
    assertThat(list("findings?state=all")).hasSize(3);
  }

  @Test
  void findingsOfAllRunsComePageByPageNewestFirst() throws Exception {
    JsonObject first = json("findings?state=all&limit=2");
    JsonObject second = json("findings?state=all&limit=2&cursor=" + first.getString("nextCursor"));
    assertThat(first.getJsonArray("findings")).hasSize(2);
    assertThat(first.getJsonArray("findings").getJsonObject(0).getString("run")).isEqualTo(LATER);
    assertThat(second.getJsonArray("findings")).hasSize(1);
    assertThat(second.getValue("nextCursor")).isNull();
  }

  @Test
  void anAcknowledgementWithoutAPersonOrAReasonIsRefused() throws Exception {
    JsonObject finding = list("audits/" + FULL + "/findings").get(0);
    for (String body :
        List.of(
            "",
            "[]",
            "{}",
            "{\"by\":\"Ann\"}",
            "{\"by\":\" \",\"reason\":\"x\"}",
            "{\"by\":7,\"reason\":\"x\"}",
            "{\"by\":\"" + "a".repeat(101) + "\",\"reason\":\"x\"}",
            "{\"by\":\"Ann\",\"reason\":\"" + "x".repeat(501) + "\"}",
            "{\"by\":\"Ann\",\"reason\":\"x\",\"at\":\"now\"}")) {
      assertThat(acknowledge(FULL, finding, body).statusCode()).as(body).isEqualTo(400);
    }
    String good = "{\"by\":\"Ann\",\"reason\":\"x\"}";
    assertThat(acknowledge(LATER, finding, good).statusCode()).isEqualTo(404);
    assertThat(acknowledge(FULL, new JsonObject().put("ref", "%2F"), good).statusCode())
        .isEqualTo(404);
    assertThat(get("findings?state=closed").statusCode()).isEqualTo(400);
    assertThat(get("audits/" + FULL + "/findings?acknowledged=1").statusCode()).isEqualTo(400);
  }

  private List<String> open() throws Exception {
    return list("findings").stream().map(finding -> finding.getString("type")).toList();
  }

  private JsonObject status() throws Exception {
    return json("status");
  }

  private List<JsonObject> list(String path) throws Exception {
    return json(path).getJsonArray("findings").stream().map(JsonObject.class::cast).toList();
  }

  private JsonObject json(String path) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonObject(answer.body());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return documented.check(
        http.send(HttpRequest.newBuilder(url(path)).build(), HttpResponse.BodyHandlers.ofString()));
  }

  private HttpResponse<String> acknowledge(String run, JsonObject finding, String body)
      throws Exception {
    URI url = url("audits/" + run + "/findings/" + finding.getString("ref") + "/acknowledgement");
    return documented.check(
        http.send(
            HttpRequest.newBuilder(url).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
            HttpResponse.BodyHandlers.ofString()));
  }

  private URI url(String path) {
    return URI.create("http://127.0.0.1:" + port + "/api/v1/" + path);
  }

  private void run(String id, String kind) throws Exception {
    mongo
        .insert(
            "audit_runs",
            new JsonObject().put("_id", id).put("kind", kind).put("state", "completed"))
        .await(10, TimeUnit.SECONDS);
  }

  private void finding(String run, String type, String subject, String id) throws Exception {
    mongo
        .insert(
            "audit_findings",
            new JsonObject()
                .put("_id", run + '/' + id)
                .put("run", run)
                .put("type", type)
                .put("subject", subject)
                .put("detail", "what was found"))
        .await(10, TimeUnit.SECONDS);
  }
}
