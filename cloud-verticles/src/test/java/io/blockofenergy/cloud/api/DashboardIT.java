package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The dashboard's own files in a real browser, against a server that speaks REST and the event bus
 * bridge as the cloud does, under a strict content security policy.
 */
class DashboardIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private static Vertx vertx;
  private static Browser browser;

  private Cloud cloud;
  private DashboardPage page;

  @BeforeAll
  static void startBrowser() {
    vertx = Vertx.vertx();
    browser = Browser.start();
  }

  @AfterAll
  static void stopBrowser() throws Exception {
    try {
      if (browser != null) {
        browser.close();
      }
    } finally {
      await(vertx.close());
    }
  }

  @BeforeEach
  void startCloud() throws Exception {
    browser.takeErrors();
    cloud = new Cloud(vertx);
    cloud.listen(0);
    page =
        new DashboardPage(browser, URI.create("http://127.0.0.1:" + cloud.port() + "/"), TIMEOUT);
  }

  @AfterEach
  void stopCloud() throws Exception {
    browser.driver().get("about:blank");
    await(cloud.close());
  }

  @Test
  void aPublishedValueReplacesTheOneShown() {
    cloud.store("plug7", 169);
    page.open();
    page.awaitPower("plug7", 169);
    page.awaitTotalPower(169);

    cloud.publish(cloud.store("plug7", 171.5));
    page.awaitPower("plug7", 171.5);

    cloud.publish(cloud.store("boiler", 1200));
    page.awaitPower("boiler", 1200);
    page.awaitTotalPower(1371.5);
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void checkpointsAndAnchorsAppearAsTheyAreMade() {
    page.open();
    vertx
        .eventBus()
        .publish(
            "live.checkpoints",
            new JsonObject()
                .put("type", "checkpoint")
                .put("treeSize", 1024)
                .put("rootHash", "ab".repeat(32))
                .put("createdAt", Cloud.now()));
    page.awaitCheckpoint(1024);
    vertx
        .eventBus()
        .publish(
            "live.checkpoints",
            new JsonObject()
                .put("type", "anchor")
                .put("treeSize", 1000)
                .put("rootHash", "cd".repeat(32))
                .put("transaction", "0x" + "ef".repeat(32))
                .put("block", 77)
                .put("anchoredAt", Cloud.now()));
    page.awaitAnchor(77);
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void findingsAreNamedAndAContinuousAuditDoesNotClearThem() {
    page.open();
    page.awaitAudit("never");
    cloud.findings.add(
        new JsonObject().put("type", "ALTERED").put("subject", "bridge.5b1f00aa.412"));
    vertx.eventBus().publish("live.audit", Cloud.audit("full-1", "full", 1));
    page.awaitAudit("findings");
    assertThat(page.awaitFindings(1)).containsExactly("ALTERED bridge.5b1f00aa.412");

    vertx.eventBus().publish("live.audit", Cloud.audit("continuous-2", "continuous", 0));
    cloud.publish(cloud.store("plug7", 1));
    page.awaitPower("plug7", 1);
    page.awaitAudit("findings");

    vertx.eventBus().publish("live.audit", Cloud.audit("full-3", "full", 0));
    page.awaitAudit("clean");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aFindingFromLongAgoIsShownAsLongAsItIsInForce() {
    cloud.findings.add(new JsonObject().put("type", "DELETED").put("subject", "bridge.5b1f00aa.7"));
    cloud
        .status
        .put("audit", Cloud.audit("20261125T000000000-0000", "continuous", 0))
        .put("openFindings", Cloud.audit("20261101T000000000-0000", "full", 3));
    page.open();
    page.awaitAudit("findings");
    assertThat(page.awaitFindings(2)).containsExactly("DELETED bridge.5b1f00aa.7", "and 2 more");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aRunningAuditShowsHowFarItIs() {
    page.open();
    page.awaitAudit("never");
    vertx
        .eventBus()
        .publish(
            "live.audit",
            Cloud.audit("20261101T000000000-0000", "full", 0)
                .put("state", "running")
                .put("total", 4000)
                .put("phase", "checking")
                .put("remainingSeconds", 30));
    page.awaitAudit("running");
    assertThat(page.awaitProgress()).isEqualTo("25%, checking, about 30 s left");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aFindingThatIsAcknowledgedIsNotOpenAnyMore() {
    cloud.findings.add(
        new JsonObject()
            .put("type", "DELETED")
            .put("subject", "bridge.5b1f00aa.7")
            .put("detail", "the log has it, the store has not")
            .put("foundAt", Cloud.now())
            .put("run", "20261101T000000000-0000")
            .put("ref", "abc"));
    cloud
        .status
        .put("audit", Cloud.audit("20261125T000000000-0000", "continuous", 0))
        .put("openFindings", Cloud.audit("20261101T000000000-0000", "full", 1).put("open", 1));
    page.open();
    page.awaitAudit("findings");
    assertThat(page.awaitFindings(1)).containsExactly("DELETED bridge.5b1f00aa.7");
    page.acknowledge("Ann", "the disk was restored");
    page.awaitAudit("clean");
    assertThat(cloud.acknowledged)
        .containsExactly(new JsonObject().put("by", "Ann").put("reason", "the disk was restored"));
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void afterALostConnectionThePageReturnsAndCatchesUp() throws Exception {
    cloud.store("plug7", 169);
    page.open();
    page.awaitPower("plug7", 169);
    int port = cloud.port();

    await(cloud.close());
    page.awaitConnection("lost");
    cloud.store("plug7", 2000);

    cloud.listen(port);
    page.awaitConnection("connected");
    page.awaitPower("plug7", 2000);
  }

  @Test
  void aDeviceOpensItsReadingsWithTheirReceipts() {
    String first = cloud.store("plug7", 169).getString("id");
    String second = cloud.store("plug7", 170).getString("id");
    page.open();
    page.awaitPower("plug7", 170);
    assertThat(page.openReadings("plug7"))
        .containsExactly(cloud.receipt(second), cloud.receipt(first));
    assertThat(page.dayReceipt("2026-11-23"))
        .startsWith("http://127.0.0.1:" + cloud.port() + "/api/v1/devices/plug7/receipt?")
        .contains("date=2026-11-23&zone=");
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** As much of the cloud's web server as the page needs, its data in memory. */
  private static final class Cloud {
    private static final String POLICY = "default-src 'self'; connect-src 'self' ws: wss:";

    private final List<JsonObject> readings = new CopyOnWriteArrayList<>();
    private final List<JsonObject> findings = new CopyOnWriteArrayList<>();
    private final List<JsonObject> acknowledged = new CopyOnWriteArrayList<>();
    private final JsonObject status = new JsonObject();
    private final Vertx vertx;
    private HttpServer server;
    private Instant lastMeasured = Instant.EPOCH;

    Cloud(Vertx vertx) {
      this.vertx = vertx;
    }

    void listen(int port) throws Exception {
      server = await(vertx.createHttpServer().requestHandler(router()).listen(port, "127.0.0.1"));
    }

    int port() {
      return server.actualPort();
    }

    Future<Void> close() {
      return server.close();
    }

    JsonObject store(String device, double watts) {
      // Instants have milliseconds, and each reading of these tests has its own.
      Instant time = Instant.now().truncatedTo(ChronoUnit.MILLIS);
      lastMeasured = time.isAfter(lastMeasured) ? time : lastMeasured.plusMillis(1);
      JsonObject reading =
          new JsonObject()
              .put("id", "bridge.5b1f00aa." + (readings.size() + 1))
              .put("device", device)
              .put("site", "home")
              .put("measuredAt", lastMeasured.toString())
              .put("quantities", new JsonObject().put("powerW", watts));
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
      router.get("/api/v1/status").respond(c -> json(status.put("now", now())));
      router.get("/api/v1/devices").respond(c -> json(devices()));
      router.get("/api/v1/readings").respond(c -> json(readings(c)));
      router.get("/api/v1/checkpoints").respond(c -> json(list("checkpoints", List.of())));
      router.get("/api/v1/anchors").respond(c -> json(list("anchors", List.of())));
      router.get("/api/v1/audits").respond(c -> json(list("audits", List.of())));
      router.get("/api/v1/findings").respond(c -> json(list("findings", findings)));
      router
          .post("/api/v1/audits/:id/findings/:finding/acknowledgement")
          .handler(BodyHandler.create(false))
          .respond(
              c -> {
                findings.removeIf(each -> c.pathParam("finding").equals(each.getString("ref")));
                acknowledged.add(c.body().asJsonObject());
                return json(new JsonObject());
              });
      router.get().handler(StaticHandler.create(ApiVerticle.WEBROOT));
      return router;
    }

    private JsonObject devices() {
      JsonObject latest = new JsonObject();
      readings.forEach(reading -> latest.put(reading.getString("device"), reading));
      return list(
          "devices",
          latest.fieldNames().stream()
              .map(
                  id ->
                      new JsonObject()
                          .put("id", id)
                          .put("site", "home")
                          .put("latest", latest.getJsonObject(id)))
              .toList());
    }

    private JsonObject readings(RoutingContext context) {
      String device = context.request().getParam("device");
      String from = context.request().getParam("from", "");
      JsonArray newestFirst = new JsonArray();
      for (int i = readings.size() - 1; i >= 0; i--) {
        JsonObject reading = readings.get(i);
        if ((device == null || device.equals(reading.getString("device")))
            && reading.getString("measuredAt").compareTo(from) >= 0) {
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
}
