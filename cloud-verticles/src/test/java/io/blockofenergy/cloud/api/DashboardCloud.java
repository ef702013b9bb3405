package io.blockofenergy.cloud.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.StaticHandler;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * As much of the cloud's web server as the dashboard needs, under its content security policy.
 * Readings, findings and settings are in memory; reports, forecasts and lists are files of the
 * test's resources in the form of docs/formats.md.
 */
final class DashboardCloud {
  private static final String POLICY = "default-src 'self'; connect-src 'self' ws: wss:";
  private static final String FIXTURES = "dashboard/";
  private static final String ZONE = "Europe/Skopje";

  /** Whether reports say that their figures are being made anew. */
  volatile boolean rebuilding;

  private final List<JsonObject> readings = new CopyOnWriteArrayList<>();
  private final List<JsonObject> findings = new CopyOnWriteArrayList<>();
  private final List<JsonObject> checkpoints = new CopyOnWriteArrayList<>();
  private final List<JsonObject> anchors = new CopyOnWriteArrayList<>();
  private final List<JsonObject> acknowledged = new CopyOnWriteArrayList<>();
  private final Map<String, JsonObject> settings = new ConcurrentHashMap<>();
  private final Map<String, Integer> versions = new ConcurrentHashMap<>();
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final JsonObject status = new JsonObject();
  private final Vertx vertx;
  private HttpServer server;
  private volatile long delayMs;
  private Instant lastMeasured = Instant.EPOCH;

  DashboardCloud(Vertx vertx) {
    this.vertx = vertx;
  }

  Future<HttpServer> listen(int port) {
    return vertx
        .createHttpServer()
        .requestHandler(router())
        .listen(port, "127.0.0.1")
        .onSuccess(listening -> server = listening);
  }

  int port() {
    return server.actualPort();
  }

  Future<Void> close() {
    return server.close();
  }

  /** Findings that are open. */
  List<JsonObject> findings() {
    return findings;
  }

  /** Newest first. */
  List<JsonObject> checkpoints() {
    return checkpoints;
  }

  /** Newest first. */
  List<JsonObject> anchors() {
    return anchors;
  }

  /** Bodies of the acknowledgements that were posted. */
  List<JsonObject> acknowledged() {
    return acknowledged;
  }

  /** What the status says beside the time. */
  JsonObject status() {
    return status;
  }

  /** Answers a path below the API with another file from now on; without a file, with 503. */
  void answer(String path, String file) {
    answers.put(path, file);
  }

  /** Lets every answer of the API take that long from now on. */
  void slow(long milliseconds) {
    delayMs = milliseconds;
  }

  /** Somebody else changes the settings of {@code devices/…} or {@code sites/…}. */
  void change(String path, JsonObject to) {
    settings.put(path, to);
    versions.merge(path, 1, Integer::sum);
  }

  /** The settings as they were put last, or null. */
  JsonObject settings(String path) {
    return settings.get(path);
  }

  JsonObject store(String device, double watts) {
    // Instants have milliseconds, and each reading of these tests has its own.
    Instant time = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    lastMeasured = time.isAfter(lastMeasured) ? time : lastMeasured.plusMillis(1);
    return store(device, lastMeasured, new JsonObject().put("powerW", watts));
  }

  JsonObject store(String device, Instant measuredAt, JsonObject quantities) {
    JsonObject reading =
        new JsonObject()
            .put("id", "bridge.5b1f00aa." + (readings.size() + 1))
            .put("device", device)
            .put("site", "home")
            .put("measuredAt", measuredAt.toString())
            .put("quantities", quantities);
    readings.add(reading);
    return reading;
  }

  void publish(JsonObject reading) {
    vertx
        .eventBus()
        .publish("live.readings", new JsonObject().put("readings", new JsonArray().add(reading)));
  }

  String receipt(String id) {
    return "http://127.0.0.1:" + port() + "/api/v1/readings/" + id + "/receipt";
  }

  static String now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
  }

  static JsonObject audit(String id, String kind, int findings) {
    return new JsonObject()
        .put("id", id)
        .put("kind", kind)
        .put("state", "completed")
        .put("checked", 1000)
        .put("findings", findings)
        .put("treeSize", 1000)
        .put("startedAt", Instant.now().toString())
        .put("finishedAt", Instant.now().toString());
  }

  private Router router() {
    Router router = Router.router(vertx);
    router
        .route()
        .handler(
            context -> {
              context.response().putHeader("Content-Security-Policy", POLICY);
              context.next();
            });
    SockJSBridgeOptions outboundOnly = new SockJSBridgeOptions();
    for (String address :
        List.of("live.readings", "live.checkpoints", "live.audit", "live.status")) {
      outboundOnly.addOutboundPermitted(new PermittedOptions().setAddress(address));
    }
    router.route("/eventbus*").subRouter(SockJSHandler.create(vertx).bridge(outboundOnly));
    Router api = Router.router(vertx);
    api.get()
        .handler(
            context -> {
              if (delayMs == 0) {
                context.next();
              } else {
                vertx.setTimer(delayMs, timer -> context.next());
              }
            });
    api.get("/status").respond(c -> json(status.put("now", now())));
    api.get("/devices").respond(c -> json(devices()));
    api.get("/devices/:id").handler(c -> tagged(c, device(c.pathParam("id"))));
    api.get("/sites").respond(c -> json(list("sites", List.of(site("home")))));
    api.get("/sites/:id").handler(c -> tagged(c, site(c.pathParam("id"))));
    api.put().handler(BodyHandler.create(false)).handler(this::put);
    api.get("/readings").respond(c -> json(readings(c)));
    api.get("/findings").respond(c -> json(list("findings", findings)));
    api.post("/audits/:id/findings/:finding/acknowledgement")
        .handler(BodyHandler.create(false))
        .respond(
            c -> {
              findings.removeIf(each -> c.pathParam("finding").equals(each.getString("ref")));
              acknowledged.add(c.body().asJsonObject());
              return json(new JsonObject());
            });
    api.get("/checkpoints").respond(c -> json(list("checkpoints", checkpoints)));
    api.get("/anchors").respond(c -> json(list("anchors", anchors)));
    api.get("/reports/:kind").handler(this::report);
    api.post("/packs")
        .handler(BodyHandler.create(false))
        .respond(
            c -> {
              answer("/packs", "packs");
              return json(c.body().asJsonObject().put("id", "home-2026-10"));
            });
    for (String name : List.of("forecast", "anomalies", "tariffs", "audits", "acts", "packs")) {
      api.get("/" + name).handler(c -> file(c, answers.getOrDefault("/" + name, name)));
    }
    router.route("/api/v1/*").subRouter(api);
    router
        .route("/api/*")
        .handler(c -> problem(c, 404, "there is nothing at " + c.request().path()));
    router.get().handler(StaticHandler.create(ApiVerticle.WEBROOT).setCachingEnabled(false));
    return router;
  }

  private void report(RoutingContext context) {
    String kind = context.pathParam("kind");
    String device = context.request().getParam("device", "");
    String file = answers.getOrDefault("/reports/" + kind, kind);
    file(context, kind.equals("monthly") && !device.isEmpty() ? "monthly-boiler" : file);
  }

  private void file(RoutingContext context, String name) {
    if (name.isEmpty()) {
      problem(context, 503, "the store does not answer");
      return;
    }
    JsonObject content = fixture(name);
    String date = context.request().getParam("date");
    if (date != null) {
      content.put("date", date);
    }
    if (rebuilding) {
      content.put("rebuilding", true);
    }
    context.json(content);
  }

  private static JsonObject fixture(String name) {
    String path = FIXTURES + name + ".json";
    try (InputStream in = DashboardCloud.class.getClassLoader().getResourceAsStream(path)) {
      return new JsonObject(Buffer.buffer(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void put(RoutingContext context) {
    String path = context.request().path().substring("/api/v1/".length());
    if (!tag(path).equals(context.request().getHeader("If-Match"))) {
      problem(context, 412, "it was changed since");
      return;
    }
    change(path, context.body().asJsonObject());
    context.response().putHeader("ETag", tag(path)).end(settings.get(path).toBuffer());
  }

  private void tagged(RoutingContext context, JsonObject body) {
    String path = context.request().path().substring("/api/v1/".length());
    JsonObject set = settings.getOrDefault(path, new JsonObject());
    context
        .response()
        .putHeader("ETag", tag(path))
        .putHeader("Content-Type", "application/json")
        .end(body.mergeIn(set).toBuffer());
  }

  private String tag(String path) {
    return "\"" + versions.getOrDefault(path, 0) + "\"";
  }

  private static void problem(RoutingContext context, int status, String detail) {
    context
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/problem+json")
        .end(new JsonObject().put("status", status).put("detail", detail).toBuffer());
  }

  private JsonObject devices() {
    return list("devices", latest().keySet().stream().map(this::device).toList());
  }

  private JsonObject device(String id) {
    return new JsonObject()
        .put("id", id)
        .put("site", "home")
        .put("bridge", "bridge")
        .putNull("name")
        .put("powerCeilingW", 100000)
        .put("counted", true)
        .put("latest", latest().get(id));
  }

  private static JsonObject site(String id) {
    return new JsonObject()
        .put("id", id)
        .put("devices", 4)
        .put("zone", ZONE)
        .put("tariff", "evn-2025")
        .put("name", "Home");
  }

  private Map<String, JsonObject> latest() {
    Map<String, JsonObject> latest = new TreeMap<>();
    readings.forEach(reading -> latest.put(reading.getString("device"), reading));
    return latest;
  }

  private JsonObject readings(RoutingContext context) {
    String device = context.request().getParam("device");
    String from = context.request().getParam("from", "");
    String to = context.request().getParam("to", "9999");
    JsonArray newestFirst = new JsonArray();
    for (int i = readings.size() - 1; i >= 0; i--) {
      JsonObject reading = readings.get(i);
      String measuredAt = reading.getString("measuredAt");
      if ((device == null || device.equals(reading.getString("device")))
          && measuredAt.compareTo(from) >= 0
          && measuredAt.compareTo(to) < 0) {
        newestFirst.add(reading);
      }
    }
    return new JsonObject().put("readings", newestFirst).putNull("nextCursor");
  }

  private static JsonObject list(String name, List<JsonObject> items) {
    return new JsonObject().put(name, new JsonArray(items));
  }

  private static Future<JsonObject> json(JsonObject body) {
    return Future.succeededFuture(body);
  }
}
