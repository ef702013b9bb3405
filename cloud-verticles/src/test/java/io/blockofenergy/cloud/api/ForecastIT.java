package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.report.forecast.AnomalyStore;
import io.blockofenergy.cloud.report.forecast.ForecastConfig;
import io.blockofenergy.cloud.report.forecast.ForecastVerticle;
import io.blockofenergy.cloud.report.forecast.Forecasts;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.MongoConfig;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.edge.simulator.HouseholdHours;
import io.blockofenergy.telemetry.Reading;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From stored readings to forecasts and anomalies over HTTP. */
class ForecastIT {
  private static final ZoneId ZONE = ZoneId.of("Europe/Skopje");
  private static final Instant NOW = Instant.parse("2026-03-01T10:20:00Z");
  private static final int DAYS = 45;
  private static final Instant FIRST =
      Instant.parse("2026-03-01T10:00:00Z").minusSeconds(DAYS * 86_400L);
  private static final ForecastConfig CONFIG = new ForecastConfig(9, Duration.ofMinutes(5), 1);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Clock clock = Clock.fixed(NOW, ZoneId.of("UTC"));
  @TempDir Path directory;
  private Vertx vertx;
  private LocalMongo server;
  private MongoClient mongo;
  private DeviceStore devices;
  private RollupStore rollups;
  private Forecasts forecasts;
  private HttpServer http;
  private HttpClient client;
  private long seq;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    devices = new DeviceStore(mongo);
    rollups = new RollupStore(mongo);
    WorkerExecutor workers = vertx.createSharedWorkerExecutor("forecast", 1);
    forecasts =
        new Forecasts(
            rollups,
            devices,
            new Reporting.ForecastSettings(
                new SettingsStore(
                    mongo, new SettingsStore.Defaults(ZONE, Optional.empty(), 100_000))),
            CONFIG,
            workers,
            clock,
            meters);
    var routes = new ForecastRoutes(forecasts, new AnomalyStore(mongo), devices).operations();
    Router router = Router.router(vertx);
    router.get("/forecast").handler(routes.get("forecast"));
    router.get("/anomalies").handler(routes.get("listAnomalies"));
    router.route().failureHandler(Problem::answer);
    http = Await.result(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterEach
  void stop() throws Exception {
    // What it is about to write needs the store.
    for (String verticle : vertx.deploymentIDs()) {
      Await.result(vertx.undeploy(verticle));
    }
    Await.result(mongo.close());
    Await.result(vertx.close());
    server.close();
  }

  /** The counter twice an hour. */
  private void store(String device, double[] powerW, Instant first) throws Exception {
    List<Reading> readings = new ArrayList<>();
    double kwh = 100;
    readings.add(reading(device, first, kwh));
    for (int hour = 0; hour < powerW.length; hour++) {
      for (int half = 1; half <= 2; half++) {
        kwh += powerW[hour] / 2_000;
        readings.add(reading(device, first.plusSeconds(hour * 3_600L + half * 1_800L), kwh));
      }
    }
    Await.result(devices.fold(readings).compose(done -> rollups.fold(readings)));
  }

  private Reading reading(String device, Instant at, double kwh) {
    seq++;
    return new Reading(
        "bridge",
        "0a1b2c3d",
        seq,
        device,
        "home",
        at,
        at,
        "tele/" + device + "/SENSOR",
        "tasmota",
        new TreeMap<>(Map.of("energyImportKwh", kwh)),
        "e",
        String.format("%032x", seq),
        "{}");
  }

  private record Answer(int status, JsonObject json) {}

  private Answer get(String path) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http.actualPort() + path))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return new Answer(answer.statusCode(), new JsonObject(answer.body()));
  }

  private void deploy() throws Exception {
    Await.result(
        vertx.deployVerticle(
            new ForecastVerticle(
                forecasts, new AnomalyStore(mongo), devices, CONFIG, clock, meters)));
  }

  private boolean marked(String load) {
    try {
      JsonObject query = new JsonObject().put("_id", load);
      return Await.result(mongo.findOne("anomaly_marks", query, null)) != null;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private JsonArray watched() {
    try {
      return get("/anomalies").json().getJsonArray("watched");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void weeksGiveAForecastAndAFaultIsListedOncePageByPage() throws Exception {
    Map<String, double[]> household = HouseholdHours.of(1, ZONE, FIRST, DAYS * 24);
    double[] stuck = household.get("boiler").clone();
    Arrays.fill(stuck, (DAYS - 5) * 24, (DAYS - 5) * 24 + 8, 2_000);
    Arrays.fill(stuck, (DAYS - 2) * 24, (DAYS - 2) * 24 + 12, 2_000);
    store("boiler", stuck, FIRST);
    store("air-conditioner", household.get("air-conditioner"), FIRST);

    for (int hours : new int[] {12, 24, 48}) {
      Answer site = get("/forecast?hours=" + hours);
      assertThat(site.status()).as(site.json().encode()).isEqualTo(200);
      assertThat(site.json().getString("status")).isEqualTo("ready");
      assertThat(site.json().getString("site")).isEqualTo("home");
      assertThat(site.json().getJsonArray("points")).hasSize(hours);
      assertThat(site.json().getJsonArray("history")).hasSize(48);
      JsonObject energy = site.json().getJsonObject("energyKwh");
      assertThat(energy.getDouble("expected"))
          .isBetween(energy.getDouble("low"), energy.getDouble("high"))
          .isPositive();
    }
    JsonObject boiler = get("/forecast?device=boiler&site=home").json();
    assertThat(boiler.getString("zone")).isEqualTo("Europe/Skopje");
    JsonObject first = boiler.getJsonArray("points").getJsonObject(0);
    assertThat(first.getString("from")).isEqualTo("2026-03-01T10:00:00.000Z");
    assertThat(first.getDouble("lowW")).isLessThanOrEqualTo(first.getDouble("powerW"));
    JsonArray history = boiler.getJsonArray("history");
    assertThat(history.getJsonObject(47).getString("to")).isEqualTo(first.getString("from"));
    assertThat(history.getJsonObject(0).getDouble("powerW")).isEqualTo(2_000.0);
    assertThat(boiler.getJsonObject("model").getJsonObject("backtest").getDouble("maeW"))
        .isPositive();

    deploy();
    Await.until("the site is looked at last", () -> marked("s/home"));
    assertThat(watched()).hasSize(2);
    Answer all = get("/anomalies?device=boiler&limit=1000");
    JsonArray anomalies = all.json().getJsonArray("anomalies");
    assertThat(anomalies)
        .extracting(each -> ((JsonObject) each).getString("kind"))
        .contains("spike");
    assertThat(anomalies.getJsonObject(0).getDouble("actualW")).isNotNull();
    Set<String> ids = new HashSet<>();
    String cursor = "";
    while (cursor != null) {
      JsonObject page = get("/anomalies?device=boiler&limit=1" + cursor).json();
      page.getJsonArray("anomalies").forEach(each -> ids.add(((JsonObject) each).getString("id")));
      cursor =
          page.getString("nextCursor") == null ? null : "&cursor=" + page.getString("nextCursor");
    }
    assertThat(ids).hasSize(anomalies.size());
    assertThat(get("/anomalies?from=2026-03-01T09:59:00Z").json().getJsonArray("anomalies"))
        .isEmpty();

    // Another process, or the same one after a restart, finds the same.
    JsonArray before = get("/anomalies?limit=1000").json().getJsonArray("anomalies");
    double told = meters.counter("boe.cloud.forecast.anomalies", "kind", "spike").count();
    long learned = meters.timer("boe.cloud.forecast.learning").count();
    deploy();
    Await.until(
        "all are learned again",
        () -> meters.timer("boe.cloud.forecast.learning").count() >= learned + 3);
    assertThat(get("/anomalies?limit=1000").json().getJsonArray("anomalies")).isEqualTo(before);
    assertThat(meters.counter("boe.cloud.forecast.anomalies", "kind", "spike").count())
        .isEqualTo(told);
  }

  @Test
  void halfAWeekIsHonestlyTooLittle() throws Exception {
    double[] powerW = new double[84];
    Arrays.fill(powerW, 100);
    store("plug", powerW, Instant.parse("2026-03-01T10:00:00Z").minusSeconds(84 * 3_600L));
    JsonObject forecast = get("/forecast").json();
    assertThat(forecast.getString("status")).isEqualTo("collecting");
    assertThat(forecast.getJsonObject("collected"))
        .isEqualTo(new JsonObject().put("days", 3.5).put("needed", 7.0));
    assertThat(forecast.getJsonArray("points")).isEmpty();
    assertThat(forecast.getValue("energyKwh")).isNull();
    deploy();
    Await.until("it is watched", () -> watched().size() == 1);
    assertThat(watched().getJsonObject(0).getString("status")).isEqualTo("collecting");
    assertThat(get("/anomalies").json().getJsonArray("anomalies")).isEmpty();
  }

  @Test
  void badQuestionsAreRefused() throws Exception {
    assertThat(get("/forecast").status()).isEqualTo(404);
    store("plug", new double[] {1}, FIRST);
    for (String path : List.of("/forecast?hours=13", "/forecast?day=1", "/anomalies?cursor=x")) {
      assertThat(get(path).status()).as(path).isEqualTo(400);
    }
    for (String path :
        List.of(
            "/forecast?device=none",
            "/forecast?site=none",
            "/forecast?site=none&device=plug",
            "/anomalies?device=none")) {
      assertThat(get(path).status()).as(path).isEqualTo(404);
    }
  }
}
