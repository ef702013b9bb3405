package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.MongoConfig;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The routes of tariffs and settings on a server of their own, with the embedded store. */
final class SettingsFixture implements AutoCloseable {
  final Vertx vertx = Vertx.vertx();
  final MongoClient mongo;
  final TariffStore tariffs;
  final ActStore acts;
  private final LocalMongo store;
  private final HttpClient http = HttpClient.newHttpClient();
  private final String base;

  SettingsFixture(Path directory, Optional<String> defaultTariff) {
    store = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", store.port()).createClient(vertx);
    SettingsStore settings =
        new SettingsStore(
            mongo, new SettingsStore.Defaults(ZoneId.of("Europe/Skopje"), defaultTariff, 100_000));
    tariffs = new TariffStore(mongo, Clock.systemUTC());
    acts = new ActStore(mongo);
    DeviceStore devices = new DeviceStore(mongo);
    await(devices.fold(List.of(reading("boiler", 1), reading("washing machine", 2))));

    Router router = Router.router(vertx);
    router.route().handler(BodyHandler.create(false));
    Map<String, Handler<RoutingContext>> operations =
        new TreeMap<>(new TariffRoutes(vertx, tariffs, settings).operations());
    operations.putAll(new SettingsRoutes(devices, settings, tariffs).operations());
    Map.of(
            "listTariffs", "/tariffs",
            "getTariff", "/tariffs/:id",
            "putTariff", "/tariffs/:id",
            "deleteTariff", "/tariffs/:id",
            "listSites", "/sites",
            "getSite", "/sites/:id",
            "putSite", "/sites/:id",
            "listDevices", "/devices",
            "getDevice", "/devices/:id",
            "putDevice", "/devices/:id")
        .forEach((id, path) -> router.route(method(id), path).handler(operations.remove(id)));
    if (!operations.isEmpty()) {
      throw new AssertionError("not mounted: " + operations.keySet());
    }
    router.route().failureHandler(Problem::answer);
    HttpServer server =
        await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
    base = "http://127.0.0.1:" + server.actualPort();
  }

  private static HttpMethod method(String operation) {
    return operation.startsWith("put")
        ? HttpMethod.PUT
        : operation.startsWith("delete") ? HttpMethod.DELETE : HttpMethod.GET;
  }

  private static Reading reading(String device, long seq) {
    Instant at = Instant.parse("2026-11-23T08:00:00Z");
    return new Reading(
        "bridge",
        "0a1b2c3d",
        seq,
        device,
        "12 Mill Lane",
        at,
        at,
        "tele/" + device,
        "tasmota",
        new TreeMap<>(Map.of("powerW", 20.5)),
        "",
        "00112233445566778899aabbccddeeff",
        "{}");
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  /** Headers as name, value, name, value. */
  CompletableFuture<HttpResponse<String>> send(
      String method, String path, JsonObject body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path.replace(" ", "%20")))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body.encode()));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path, String... headers) {
    return send("GET", path, null, headers).join();
  }

  HttpResponse<String> put(String path, JsonObject body, String... headers) {
    return send("PUT", path, body, headers).join();
  }

  HttpResponse<String> delete(String path, String... headers) {
    return send("DELETE", path, null, headers).join();
  }

  static String etag(HttpResponse<String> answer) {
    return answer.headers().firstValue("ETag").orElseThrow();
  }

  /** The kinds and members of all acts, the oldest first. */
  List<JsonObject> acts() {
    return await(acts.acts(9_999_999_999_999_999L, 1000)).stream()
        .map(act -> act.toJson().getJsonObject("act"))
        .sorted((a, b) -> Integer.compare(number(a), number(b)))
        .toList();
  }

  private static int number(JsonObject act) {
    String id = act.getString("id");
    return Integer.parseInt(id.substring(id.lastIndexOf('.') + 1));
  }

  @Override
  public void close() {
    await(mongo.close());
    await(vertx.close());
    store.close();
  }
}
