package io.blockofenergy.cloud.api;

import static io.blockofenergy.cloud.api.SettingsFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.report.ReportConfig;
import io.blockofenergy.cloud.report.Reports;
import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.MongoConfig;
import io.blockofenergy.cloud.storage.RollupRebuild;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Vertx;
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
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportRoutesIT {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-24T09:00:00Z"), ZoneOffset.UTC);

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final HttpClient http = HttpClient.newHttpClient();
  private LocalMongo store;
  private MongoClient mongo;
  private String base;

  @BeforeEach
  void start() {
    store = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", store.port()).createClient(vertx);
    ReportConfig config =
        new ReportConfig(ZoneId.of("Europe/Skopje"), Optional.of("evn-2025"), 100_000, 64L << 20);
    Reports reports =
        new Reports(
            mongo,
            new SettingsStore(mongo, config.defaults()),
            new TariffStore(mongo, CLOCK),
            config,
            vertx.createSharedWorkerExecutor("report", 2),
            CLOCK);
    Router router = Router.router(vertx);
    router.get("/reports/:kind").handler(new ReportRoutes(reports).operations().get("report"));
    router.route().failureHandler(Problem::answer);
    HttpServer server =
        await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
    base = "http://127.0.0.1:" + server.actualPort() + "/reports/";
  }

  @AfterEach
  void stop() {
    await(mongo.close());
    await(vertx.close());
    store.close();
  }

  /** A kilowatt from the evening of the 22nd on, until the morning of the 24th. */
  private void measure(String device, String site) {
    List<Reading> readings = new ArrayList<>();
    Instant start = Instant.parse("2026-11-22T20:00:00Z");
    for (int i = 0; i <= 148; i++) {
      Instant at = start.plusSeconds(900L * i);
      readings.add(
          new Reading(
              "bridge",
              "0a1b2c3d",
              i + 1,
              device,
              site,
              at,
              at,
              "tele/" + device,
              "tasmota",
              new TreeMap<>(Map.of("powerW", 1000.0, "energyImportKwh", 5 + i / 4.0)),
              "",
              "00112233445566778899aabbccddeeff",
              "{}"));
    }
    await(new DeviceStore(mongo).fold(readings));
    await(new RollupStore(mongo).fold(readings));
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aDaysReportHasItsHoursItsCostAndTheDayBefore() throws Exception {
    measure("boiler", "home");
    HttpResponse<String> answer = get("daily?date=2026-11-23&site=home");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
    JsonObject report = new JsonObject(answer.body());
    assertThat(report.getString("from")).isEqualTo("2026-11-22T23:00:00.000Z");
    assertThat(report.getBoolean("complete")).isTrue();
    assertThat(report.getJsonArray("rows")).hasSize(24);
    assertThat(report.getJsonArray("verdicts")).isEmpty();
    JsonObject summary = report.getJsonObject("summary");
    assertThat(summary.getDouble("energyKwh")).isEqualTo(24.0);
    assertThat(summary.getDouble("coverage")).isEqualTo(1.0);
    assertThat(summary.getDouble("peakW")).isEqualTo(1000.0);
    // Monday: low until 7, from 13 to 15 and from 22 on, 11 hours. The first high block has 210
    // kWh.
    assertThat(summary.getJsonObject("cost").getString("total")).isEqualTo("79.43");
    assertThat(report.getJsonArray("prices")).hasSize(2);
    JsonObject before = summary.getJsonObject("previous");
    assertThat(before.getString("date")).isEqualTo("2026-11-22");
    assertThat(before.getDouble("energyKwh")).isEqualTo(2.75);
    assertThat(report.getJsonArray("devices").getJsonObject(0).getDouble("share")).isEqualTo(1.0);
  }

  @Test
  void theCurrentDayIsComparedWithTheSameShareOfTheOneBefore() throws Exception {
    measure("boiler", "home");
    JsonObject report = new JsonObject(get("daily").body());
    assertThat(report.getString("date")).isEqualTo("2026-11-24");
    assertThat(report.getBoolean("complete")).isFalse();
    JsonObject summary = report.getJsonObject("summary");
    assertThat(summary.getDouble("energyKwh")).isEqualTo(10.25);
    assertThat(summary.getJsonObject("previous").getString("upTo"))
        .isEqualTo("2026-11-23T09:00:00.000Z");
    assertThat(summary.getJsonObject("previous").getDouble("energyKwh")).isEqualTo(10.0);
  }

  @Test
  void readingsThatComeLateAreInTheNextReport() throws Exception {
    measure("boiler", "home");
    String first = get("monthly?date=2026-11").body();
    measure("heater", "home");
    JsonObject report = new JsonObject(get("monthly?date=2026-11").body());
    assertThat(report.getJsonObject("summary").getDouble("energyKwh"))
        .isEqualTo(2 * new JsonObject(first).getJsonObject("summary").getDouble("energyKwh"));
    assertThat(report.getJsonArray("rows")).hasSize(30);
  }

  @Test
  void figuresThatAreBeingMadeAnewAreSaidToBe() throws Exception {
    measure("boiler", "home");
    assertThat(rebuilding("daily?date=2026-11-23")).isFalse();
    RollupRebuild rebuild = new RollupRebuild(mongo, new RollupStore(mongo), CLOCK);
    await(
        rebuild.order(
            Optional.of("boiler"), Optional.of(LocalDate.parse("2026-11-23")), Optional.empty()));
    assertThat(rebuilding("daily?date=2026-11-23")).isTrue();
    assertThat(rebuilding("monthly?date=2026-11&device=boiler")).isTrue();
    assertThat(rebuilding("monthly?date=2026-10")).isFalse();
    JsonObject done = new JsonObject().put("device", "boiler").put("day", "2026-11-24");
    await(
        mongo.updateCollection(
            "rollup_rebuild",
            new JsonObject().put("_id", "order"),
            new JsonObject().put("$set", done)));
    assertThat(rebuilding("daily?date=2026-11-22")).isFalse();
    assertThat(rebuilding("daily?date=2026-11-24")).isTrue();
  }

  private boolean rebuilding(String path) throws Exception {
    return new JsonObject(get(path).body()).getBoolean("rebuilding");
  }

  @Test
  void asCsvItIsATableThatNoSpreadsheetTakesForFormulas() throws Exception {
    measure("=cmd(\"x\"),1", "home");
    HttpResponse<String> answer = get("daily?date=2026-11-23", "Accept", "text/csv");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/csv");
    assertThat(answer.headers().firstValue("Content-Disposition"))
        .contains("attachment; filename=\"report-2026-11-23-home.csv\"");
    String[] lines = answer.body().split("\r\n");
    assertThat(lines).hasSize(27);
    assertThat(lines[0]).startsWith("part,name,from,to,energy_kwh");
    assertThat(lines[1])
        .isEqualTo(
            "row,00:00,2026-11-22T23:00:00.000Z,2026-11-23T00:00:00.000Z,1,0,0,1000,1,false,,1.98,MKD");
    assertThat(lines[25]).startsWith("device,\"'=cmd(\"\"x\"\"),1\",");
    assertThat(lines[26]).startsWith("total,home,");
    assertThat(get("daily?date=2026-11-23&format=csv").body()).isEqualTo(answer.body());
  }

  @Test
  void whatIsAskedWronglyIsRefusedAndTheFutureIsEmpty() throws Exception {
    measure("boiler", "home");
    for (String path :
        List.of(
            "daily?date=2026-02-30",
            "daily?date=2026",
            "weekly?date=2026-W54",
            "yearly?date=9999",
            "yearly?date=1969",
            "daily?format=xml",
            "daily?dat=2026-11-23")) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(400);
    }
    assertThat(get("daily?date=1").body()).contains("2026-11-23");
    for (String path :
        List.of("hourly", "daily?site=x", "daily?device=x", "daily?device=x&site=home")) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(404);
    }
    for (String path : List.of("yearly?date=9998", "yearly?date=1970", "daily?date=2400-01-01")) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      JsonObject summary = new JsonObject(answer.body()).getJsonObject("summary");
      assertThat(summary.getDouble("energyKwh")).as(path).isZero();
      assertThat(summary.getValue("peakW")).as(path).isNull();
    }
  }

  @Test
  void anEmptyStoreHasEmptyReports() throws Exception {
    JsonObject report = new JsonObject(get("monthly?date=2026-11").body());
    assertThat(report.getJsonArray("devices")).isEqualTo(new JsonArray());
    assertThat(report.getJsonArray("rows")).hasSize(30);
    assertThat(report.getValue("currency")).isNull();
  }
}
