package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.ledger.HastyLedger;
import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.Mongo;
import io.blockofenergy.cloud.ledger.MongoLogStore;
import io.blockofenergy.cloud.ledger.PlainTree;
import io.blockofenergy.cloud.ledger.TransparencyLog;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.SignedNote;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A log of 70,000 entries, the example of c2sp.org/tlog-tiles, as it is served. */
class LogRoutesIT {
  private static final int SIZE = 70_000;
  private static final PlainTree TREE = new PlainTree(PlainTree.entries(SIZE));

  private static Mongo mongo;
  private static TransparencyLog log;
  private static HttpClient http;
  private static int port;

  @BeforeAll
  static void start() throws Exception {
    mongo = new Mongo();
    MongoLogStore store = new MongoLogStore(mongo.client);
    log =
        new TransparencyLog(
            mongo.vertx,
            store,
            HastyLedger.config(),
            SigningKey.generate(),
            Clock.systemUTC(),
            new SimpleMeterRegistry());
    Mongo.await(log.start());
    List<byte[]> entries = PlainTree.entries(SIZE);
    Mongo.await(log.append("bridge.0a0b0c0d.0000000000000001", entries.subList(0, 69_000)));
    Mongo.await(log.append("bridge.0a0b0c0d.0000000000069001", entries.subList(69_000, SIZE)));
    LogReader reader = new LogReader(store);
    ApiVerticle api = TestApi.verticle(mongo.vertx, mongo.client, log.verifierKey());
    Mongo.await(mongo.vertx.deployVerticle(api));
    port = api.actualPort();
    http = HttpClient.newHttpClient();
  }

  @AfterAll
  static void stop() throws Exception {
    Mongo.await(log.close());
    mongo.close();
  }

  private static HttpResponse<byte[]> request(String method, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/log/" + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD"})
  void theCheckpointIsTextThatNobodyKeeps(String method) throws Exception {
    HttpResponse<byte[]> response = request(method, "checkpoint");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).isEqualTo("text/plain; charset=utf-8");
    assertThat(header(response, "Cache-Control")).isEqualTo("no-cache");
    if (method.equals("HEAD")) {
      assertThat(response.body()).isEmpty();
      return;
    }
    String note = new String(response.body(), StandardCharsets.UTF_8);
    Checkpoint head = Checkpoint.parse(SignedNote.verify(note, log.verifierKey()));
    assertThat(head.size()).isEqualTo(SIZE);
    assertThat(head.root()).isEqualTo(TREE.root(SIZE));
  }

  /** 70,000 entries: 273 full tiles and one of 112; one full and one of 17; one of 1. */
  @ParameterizedTest
  @CsvSource({
    "0/000, 0, 0, 256",
    "0/272, 0, 272, 256",
    "0/273.p/112, 0, 273, 112",
    "0/273.p/1, 0, 273, 1",
    "0/272.p/255, 0, 272, 255",
    "1/000, 1, 0, 256",
    "1/001.p/17, 1, 1, 17",
    "2/000.p/1, 2, 0, 1"
  })
  void tilesAreThoseOfTheTree(String path, int level, int n, int width) throws Exception {
    HttpResponse<byte[]> response = request("GET", "tile/" + path);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).isEqualTo("application/octet-stream");
    assertThat(header(response, "Cache-Control")).contains("immutable", "max-age=31536000");
    assertThat(response.body()).isEqualTo(TREE.tile(level, n, width));
    HttpResponse<byte[]> head = request("HEAD", "tile/" + path);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(width * 32L);
    assertThat(head.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"000, 0, 256", "272, 272, 256", "273.p/112, 273, 112", "273.p/50, 273, 50"})
  void bundlesHoldTheEntries(String path, int n, int width) throws Exception {
    HttpResponse<byte[]> response = request("GET", "tile/entries/" + path);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).isEqualTo("application/octet-stream");
    assertThat(response.body()).isEqualTo(TREE.bundle(n * 256, width));
  }

  @Test
  void aBundleIsCompressedForWhoAsksForIt() throws Exception {
    HttpResponse<byte[]> response =
        request("GET", "tile/entries/000", "Accept-Encoding", "gzip, identity");

    assertThat(header(response, "Content-Encoding")).isEqualTo("gzip");
    assertThat(header(response, "Vary")).containsIgnoringCase("accept-encoding");
    assertThat(new GZIPInputStream(new ByteArrayInputStream(response.body())).readAllBytes())
        .isEqualTo(TREE.bundle(0, 256));
    assertThat(header(request("GET", "tile/entries/000"), "Content-Encoding")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tile/0/273",
        "tile/0/273.p/113",
        "tile/0/274.p/1",
        "tile/0/x001/234",
        "tile/0/x001/x234/067",
        "tile/1/001.p/18",
        "tile/1/001",
        "tile/2/000.p/2",
        "tile/2/000",
        "tile/3/000.p/1",
        "tile/63/000.p/1",
        "tile/64/000",
        "tile/00/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/x234",
        "tile/0/001/234",
        "tile/0/x999/x999/x999/x999/x999/999",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/entries/273",
        "tile/entries/273.p/113",
        "tile/entries/000.p/007",
        "tile/0/-01",
        "tile/data/000",
        "tile/0/000/",
        "tile"
      })
  void whatIsNotThereIsNotFound(String path) throws Exception {
    assertThat(request("GET", path).statusCode()).isEqualTo(404);
    assertThat(request("HEAD", path).statusCode()).isEqualTo(404);
  }
}
