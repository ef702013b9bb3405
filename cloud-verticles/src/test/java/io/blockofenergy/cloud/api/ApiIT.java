package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the API answers to good and to bad requests. */
class ApiIT {
  @TempDir static Path directory;
  private static Vertx vertx;
  private static LocalMongo store;
  private static MongoClient mongo;
  private static HttpClient http;
  private static int port;
  private static final DocumentedAnswers documented = new DocumentedAnswers();

  private record Answer(int status, Map<String, String> headers, String body) {
    JsonObject json() {
      return new JsonObject(body);
    }
  }

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    store = LocalMongo.start(directory, 0);
    mongo =
        MongoClient.create(
            vertx,
            new JsonObject()
                .put("connection_string", store.connectionString())
                .put("db_name", "energy"));
    ReadingStore readings = new ReadingStore(mongo);
    readings.createIndexes().await(10, TimeUnit.SECONDS);
    readings.insert(List.of(reading(1), reading(2), reading(3))).await(10, TimeUnit.SECONDS);
    VerifierKey key = new VerifierKey("test/log", SigningKey.generate().publicKey());
    ApiVerticle api = TestApi.verticle(vertx, mongo, key);
    vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
    port = api.actualPort();
    http = vertx.createHttpClient();
  }

  @AfterAll
  static void stop() throws Exception {
    mongo.close().await(10, TimeUnit.SECONDS);
    vertx.close().await(10, TimeUnit.SECONDS);
    store.close();
  }

  private static Reading reading(long seq) {
    TreeMap<String, Double> quantities = new TreeMap<>(Map.of("powerW", 100.5 + seq));
    Instant time = Instant.parse("2026-11-23T10:00:00Z").plusSeconds(seq);
    return new Reading(
        "bridge",
        "0a1b2c3d",
        seq,
        "plug 7/ä",
        "home",
        time,
        time,
        "tele/plug/SENSOR",
        "tasmota",
        quantities,
        "",
        "0".repeat(32),
        "{}");
  }

  private static Answer get(String path, String... headers) throws Exception {
    return request(HttpMethod.GET, path, null, headers);
  }

  private static Answer request(HttpMethod method, String path, String body, String... headers)
      throws Exception {
    RequestOptions options =
        new RequestOptions().setMethod(method).setHost("127.0.0.1").setPort(port).setURI(path);
    for (int i = 0; i < headers.length; i += 2) {
      options.putHeader(headers[i], headers[i + 1]);
    }
    Promise<Answer> answer = Promise.promise();
    // On one context the body's handler is there before the body is.
    vertx.runOnContext(
        start ->
            http.request(options)
                .compose(
                    request ->
                        (body == null ? request.send() : request.send(Buffer.buffer(body)))
                            .compose(ApiIT::read))
                .onComplete(answer));
    Answer read = answer.future().await(10, TimeUnit.SECONDS);
    documented.check(
        method.name(), path, read.status(), read.headers().get("Content-Type"), read.body());
    return read;
  }

  private static Future<Answer> read(HttpClientResponse response) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    response.headers().forEach(headers::put);
    return response
        .body()
        .map(bytes -> new Answer(response.statusCode(), headers, bytes.toString()));
  }

  @Test
  void readingsComeNewestFirstPageByPage() throws Exception {
    JsonObject first = get("/api/v1/readings?device=plug%207%2F%C3%A4&limit=2").json();
    assertThat(first.getJsonArray("readings").getJsonObject(0).getString("id"))
        .isEqualTo("bridge.0a1b2c3d.3");
    JsonObject second =
        get("/api/v1/readings?limit=2&device=plug%207%2F%C3%A4&cursor="
                + first.getString("nextCursor"))
            .json();
    assertThat(second.getJsonArray("readings")).hasSize(1);
    assertThat(second.getValue("nextCursor")).isNull();
    JsonObject range =
        get("/api/v1/readings?from=2026-11-23T10:00:02Z&to=2026-11-23T10:00:03Z").json();
    assertThat(range.getJsonArray("readings")).hasSize(1);
    assertThat(get("/api/v1/readings/bridge.0a1b2c3d.2").json())
        .isEqualTo(new JsonObject(Buffer.buffer(reading(2).canonicalJson())));
  }

  @ParameterizedTest(name = "{0} is answered with {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/v1/readings?limit=0 | 400 | limit",
        "/api/v1/readings?limit=1001 | 400 | limit",
        "/api/v1/readings?limit=1&limit=2 | 400 | more than once",
        "/api/v1/readings?from=yesterday | 400 | from",
        "/api/v1/readings?from=%2B10000-01-01T00:00:00Z | 400 | years",
        "/api/v1/readings?device= | 400 | device is empty",
        "/api/v1/readings?cursor=eA | 400 | cursor",
        "/api/v1/anchors?cursor=x | 400 | cursor",
        "/api/v1/readings?devise=plug7 | 400 | devise",
        "/api/v1/readings?cursor=abc | 400 | cursor",
        "/api/v1/readings/nobody.0a1b2c3d.1 | 404 | nobody",
        "/api/v1/readings/nobody.0a1b2c3d.1/receipt | 404 | nobody",
        "/api/v1/readings/bridge.0a1b2c3d.1/receipt | 409 | bridge.0a1b2c3d.1",
        "/api/v1/devices/nobody | 404 | nobody",
        "/api/v1/audits/none | 404 | none",
        "/api/v1/audits/none/findings | 404 | none",
        "/api/v1/checkpoints?limit=x | 400 | limit",
        "/api/v1/unknown | 404 | path",
        "/log/checkpoint | 404 | checkpoint",
        "/log/tile/0/000 | 404 | tile",
        "/log/tile/0/x000/000 | 404 | path of a tile",
        "/log/tile/64/000 | 404 | path of a tile",
        "/log/tile/0/000.p/256 | 404 | path of a tile",
        "/log/tile/entries/-01 | 404 | path of a tile",
        "/nothing.html | 404 | path",
      })
  void aBadRequestIsAProblemThatNamesWhatIsWrong(String path, int status, String names)
      throws Exception {
    Answer answer = get(path);
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers()).containsEntry("Content-Type", "application/problem+json");
    assertThat(answer.json().getInteger("status")).isEqualTo(status);
    assertThat(answer.json().getString("detail")).contains(names);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | 400",
        "{\"kind\":\"half\"} | 400",
        "{\"sort\":1} | 400",
        "{ | 400",
        "'' | 503"
      })
  void anAuditIsStartedByAValidBodyOnly(String body, int status) throws Exception {
    // No audit runs in this process, so a valid request finds nobody to do it.
    assertThat(request(HttpMethod.POST, "/api/v1/audits", body).status()).isEqualTo(status);
  }

  @Test
  void theReceiptOfADamagedReadingSaysThatItIsDamaged() throws Exception {
    mongo
        .insert(
            "readings",
            new JsonObject().put("_id", "bridge.0a1b2c3d.0000000000000099").put("seq", "none"))
        .await(10, TimeUnit.SECONDS);
    for (String path : List.of("", "/receipt")) {
      Answer answer = get("/api/v1/readings/bridge.0a1b2c3d.99" + path);
      assertThat(answer.status()).as(answer.body()).isEqualTo(410);
    }
  }

  @Test
  void listsOfEvidenceComePageByPageWhateverElseIsInTheStore() throws Exception {
    for (int i = 1; i <= 5; i++) {
      insert("log_checkpoints", i, new JsonObject().put("rootHash", "aa").put("note", "n" + i));
      insert("anchors", i, new JsonObject().put("state", i < 5 ? "anchored" : "intended"));
      insert("audit_runs", "2026112" + i + "T000000000-0000", run(i == 3 ? "full" : "continuous"));
      insert("audit_findings", "20261123T000000000-0000/r" + i, new JsonObject().put("type", "X"));
    }
    insert("log_checkpoints", "x", new JsonObject());
    insert("anchors", "x", new JsonObject().put("state", "anchored"));
    insert("audit_runs", 7, new JsonObject());
    for (String list :
        List.of("checkpoints", "anchors", "audits", "audits/20261123T000000000-0000/findings")) {
      String name = list.substring(list.lastIndexOf('/') + 1);
      List<Object> all = new ArrayList<>();
      String cursor = "";
      while (cursor != null) {
        JsonObject page =
            get("/api/v1/" + list + "?limit=2" + (cursor.isEmpty() ? "" : "&cursor=" + cursor))
                .json();
        assertThat(page.getJsonArray(name).size()).isBetween(1, 2);
        page.getJsonArray(name).forEach(all::add);
        cursor = page.getString("nextCursor");
      }
      assertThat(all).as(list).hasSize(5).doesNotHaveDuplicates();
    }
    JsonObject status = get("/api/v1/status").json();
    assertThat(status.getJsonObject("log").getLong("treeSize")).isEqualTo(5);
    assertThat(status.getJsonObject("anchor").getLong("treeSize")).isEqualTo(4);
    // The findings are of the last full run itself, so nothing has cleared them since.
    assertThat(status.getJsonObject("openFindings").getString("id"))
        .isEqualTo("20261123T000000000-0000");
    insert("audit_runs", "20261126T000000000-0000", run("full"));
    assertThat(get("/api/v1/status").json().getValue("openFindings")).isNull();
  }

  @Test
  void whatWasRefusedIsListedNewestFirstWhateverElseIsInTheStore() throws Exception {
    for (int i = 1; i <= 3; i++) {
      insert(
          "dead_letters",
          "2026112" + i + "T080000000Z-0a1b2c3d4e5f6071",
          new JsonObject().put("at", "2026-11-2" + i + "T08:00:00.000Z").put("bytes", i));
    }
    insert("dead_letters", 7, new JsonObject());
    JsonObject first = get("/api/v1/dead-letters?limit=2").json();
    assertThat(first.getJsonArray("deadLetters").getJsonObject(0).getLong("bytes")).isEqualTo(3);
    String cursor = first.getString("nextCursor");
    JsonObject rest = get("/api/v1/dead-letters?cursor=" + cursor).json();
    assertThat(rest.getJsonArray("deadLetters")).hasSize(1);
    assertThat(rest.getValue("nextCursor")).isNull();
    assertThat(get("/api/v1/audits?cursor=" + cursor).status()).isEqualTo(400);
  }

  @Test
  void whatAClientHasNeedNotBeSentAgain() throws Exception {
    for (String path : List.of("/api/v1/openapi.json", "/api/v1/readings/bridge.0a1b2c3d.2")) {
      String tag = get(path).headers().get("ETag");
      assertThat(get(path, "If-None-Match", "\"x\", W/" + tag).status()).isEqualTo(304);
      assertThat(get(path, "If-None-Match", "\"x\"").status()).isEqualTo(200);
      assertThat(get(path, "If-None-Match", "x").status()).isEqualTo(400);
    }
  }

  @Test
  void anApiWithoutAHandlerForEachOfItsOperationsDoesNotStart() {
    assertThatThrownBy(
            () ->
                new DocumentedRouter(vertx, ApiDocument.load(List.of("acts")), null, Map.of())
                    .create()
                    .await(20, TimeUnit.SECONDS))
        .hasMessageContaining("without a handler: [getAct, getActReceipt, ");
  }

  @Test
  void theDocumentIsServedAndNamesEveryOperation() throws Exception {
    JsonObject served = get("/api/v1/openapi.json").json();
    assertThat(served).isEqualTo(ApiDocument.load(ApiDocument.PARTS));
    assertThat(served.getString("openapi")).isEqualTo("3.1.0");
  }

  private static JsonObject run(String kind) {
    return new JsonObject().put("kind", kind).put("state", "completed");
  }

  private static void insert(String collection, Object id, JsonObject document) throws Exception {
    mongo.insert(collection, document.put("_id", id)).await(10, TimeUnit.SECONDS);
  }

  @Test
  void whatIsNotServedSaysWhatIs() throws Exception {
    Answer answer = request(HttpMethod.DELETE, "/api/v1/audits", null);
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.headers()).containsEntry("Allow", "GET, POST");
    assertThat(request(HttpMethod.PUT, "/api/v1/readings/x/receipt", null).headers())
        .containsEntry("Allow", "GET");
    assertThat(get("/api/v1/status", "Accept", "image/png, text/*;q=0.5").status()).isEqualTo(406);
    assertThat(get("/api/v1/status", "Accept", "text/html, application/*;q=0.5").status())
        .isEqualTo(200);
    assertThat(
            request(HttpMethod.POST, "/api/v1/audits", "a=b", "Content-Type", "text/plain")
                .status())
        .isEqualTo(415);
    assertThat(get("/index.html", "Range", "bytes=99999999-").status()).isEqualTo(416);
  }

  @Test
  void aRequestBodyBeyondTheBoundIsRefused() throws Exception {
    Answer answer = request(HttpMethod.POST, "/api/v1/audits", " ".repeat(100_000));
    assertThat(answer.status()).isEqualTo(413);
  }

  @Test
  void whatCannotBeReadAsARequestIsAProblemToo() throws Exception {
    Answer line = get("/api/v1/readings?cursor=" + "x".repeat(20_000));
    assertThat(line.status()).isEqualTo(414);
    assertThat(line.json().getString("type")).endsWith(":uri-too-long");
    assertThat(get("/api/v1/status", "X-Much", "x".repeat(20_000)).status()).isEqualTo(431);
  }

  @Test
  void pagesOfOtherOriginsAndOtherHostNamesAreRefused() throws Exception {
    assertThat(get("/api/v1/status", "Host", "evil.example").status()).isEqualTo(421);
    assertThat(get("/api/v1/status", "Origin", "http://evil.example").status()).isEqualTo(403);
    assertThat(get("/eventbus/info", "Origin", "http://evil.example").status()).isEqualTo(403);
    assertThat(get("/api/v1/status", "Origin", "http://127.0.0.1:" + port).status()).isEqualTo(200);
  }

  @Test
  void theDashboardIsServedWithItsSecurityHeaders() throws Exception {
    Answer page = get("/");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.headers().get("Content-Security-Policy")).contains("default-src 'self'");
    assertThat(request(HttpMethod.HEAD, "/", null).status()).isEqualTo(200);
  }

  @Test
  void browsersReceiveOnTheEventBusButCannotSend() throws Exception {
    LinkedBlockingQueue<Object> sent = new LinkedBlockingQueue<>();
    List<MessageConsumer<Object>> consumers =
        Stream.of("live.readings", "audit.start", "ingestion.enrol")
            .map(address -> vertx.eventBus().consumer(address, message -> sent.add(message.body())))
            .toList();
    LinkedBlockingQueue<JsonObject> received = new LinkedBlockingQueue<>();
    // Held until the end: a client that nobody refers to is closed when memory is cleared up.
    var browser = vertx.createWebSocketClient();
    var socket =
        browser.connect(port, "127.0.0.1", "/eventbus/websocket").await(10, TimeUnit.SECONDS);
    socket.handler(frame -> received.add(frame.toJsonObject()));
    for (String address : List.of("live.readings", "audit.start", "ingestion.enrol")) {
      for (String type : List.of("send", "publish")) {
        socket.writeTextMessage(
            new JsonObject()
                .put("type", type)
                .put("address", address)
                .put("body", new JsonObject())
                .encode());
        JsonObject refusal = received.poll(10, TimeUnit.SECONDS);
        assertThat(refusal).isNotNull();
        assertThat(refusal.getString("body")).isEqualTo("access_denied");
      }
    }
    assertThat(sent).isEmpty();
    socket.close().await(10, TimeUnit.SECONDS);
    browser.close().await(10, TimeUnit.SECONDS);
    for (MessageConsumer<Object> consumer : consumers) {
      consumer.unregister().await(10, TimeUnit.SECONDS);
    }
  }
}
