package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.storage.MongoConfig;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Vertx;
import io.vertx.ext.mongo.MongoClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The API on an embedded store of its own, asked by a client that holds answers to the document.
 */
final class ApiServer {
  static final Instant START = Instant.parse("2026-11-23T10:00:00Z");

  final Vertx vertx = Vertx.vertx();
  final LocalMongo store;
  final MongoClient mongo;
  private final HttpClient http = HttpClient.newHttpClient();
  private final DocumentedAnswers documented = new DocumentedAnswers();
  private String deployment;
  private int port;

  ApiServer(Path directory, ApiConfig config) throws Exception {
    store = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", store.port()).createClient(vertx);
    new ReadingStore(mongo).createIndexes().await(20, TimeUnit.SECONDS);
    deploy(config);
  }

  private void deploy(ApiConfig config) throws Exception {
    VerifierKey key = new VerifierKey("test/log", SigningKey.generate().publicKey());
    ApiVerticle api = TestApi.verticle(vertx, mongo, key, config);
    deployment = vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
    port = api.actualPort();
  }

  /** The API, not its store, goes and comes again. */
  void restart() throws Exception {
    undeploy();
    deploy(new ApiConfig("127.0.0.1", 0));
  }

  void undeploy() throws Exception {
    vertx.undeploy(deployment).await(20, TimeUnit.SECONDS);
  }

  int port() {
    return port;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + ApiDocument.BASE + path);
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body));
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return documented.check(http.send(request.build(), HttpResponse.BodyHandlers.ofString()));
  }

  /** Stores readings, a second apart, and returns them. */
  List<Reading> store(String device, long firstSeq, int count) throws Exception {
    ReadingStore readings = new ReadingStore(mongo);
    List<Reading> all = new ArrayList<>();
    for (long seq = firstSeq; seq < firstSeq + count; seq++) {
      all.add(reading(device, seq));
    }
    for (int i = 0; i < count; i += 1000) {
      readings.insert(all.subList(i, Math.min(count, i + 1000))).await(60, TimeUnit.SECONDS);
    }
    return all;
  }

  static Reading reading(String device, long seq) {
    Instant time = START.plusSeconds(seq);
    return new Reading(
        "bridge",
        "0a1b2c3d",
        seq,
        device,
        "home",
        time,
        time,
        "tele/plug/SENSOR",
        "tasmota",
        new TreeMap<>(Map.of("powerW", 100.5 + seq, "energyImportKwh", 1e-7)),
        "",
        "0".repeat(32),
        "{}");
  }

  void close() throws Exception {
    if (vertx.deploymentIDs().contains(deployment)) {
      undeploy();
    }
    mongo.close().await(10, TimeUnit.SECONDS);
    vertx.close().await(20, TimeUnit.SECONDS);
    store.close();
  }
}
