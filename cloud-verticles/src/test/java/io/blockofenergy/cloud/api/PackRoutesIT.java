package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.ledger.HastyLedger;
import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.MongoLogStore;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.ledger.TransparencyLog;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.report.ReportConfig;
import io.blockofenergy.cloud.report.Reports;
import io.blockofenergy.cloud.report.pack.PackConfig;
import io.blockofenergy.cloud.report.pack.PackMaker;
import io.blockofenergy.cloud.report.pack.PackStore;
import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.schedule.Schedule;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packs and receipts of reports over HTTP, out of a real store and a real log. */
class PackRoutesIT {
  private static final List<Reading> READINGS = readings();

  @TempDir static Path directory;
  private static final Vertx vertx = Vertx.vertx();
  private static LocalMongo store;
  private static MongoClient mongo;
  private static TransparencyLog log;
  private static HttpServer http;

  @BeforeAll
  static void start() throws Exception {
    store = LocalMongo.start(directory, 0);
    mongo =
        MongoClient.create(
            vertx,
            new JsonObject()
                .put("connection_string", store.connectionString())
                .put("db_name", "energy"));
    ReadingStore readings = new ReadingStore(mongo);
    Await.result(readings.createIndexes());
    Await.result(readings.insert(READINGS));
    Await.result(new DeviceStore(mongo).fold(READINGS));
    Await.result(new RollupStore(mongo).fold(READINGS));
    JsonObject lost = new JsonObject().put("device", "lost").put("seq", READINGS.size() - 19);
    Await.result(mongo.removeDocument("readings", lost));
    ReportConfig reporting =
        new ReportConfig(ZoneId.of("UTC"), Optional.of("evn-2025"), 100_000, 1 << 20);
    SettingsStore settings = new SettingsStore(mongo, reporting.defaults());
    Await.result(
        settings
            .currentDevice("below")
            .compose(
                seen ->
                    settings.putDevice(
                        seen, Optional.empty(), Optional.empty(), Optional.of(false))));
    MongoLogStore logStore = new MongoLogStore(mongo);
    log =
        new TransparencyLog(
            vertx,
            logStore,
            HastyLedger.config(),
            SigningKey.generate(),
            Clock.systemUTC(),
            new SimpleMeterRegistry());
    Await.result(log.start());
    Await.result(
        log.append(
            "bridge.0a1b2c3d.0000000000000001",
            READINGS.stream().map(Reading::recordHash).toList()));
    Receipts receipts = new Receipts(new LogReader(logStore), mongo, log.verifierKey());
    Clock clock = new SteppingClock();
    TariffStore tariffs = new TariffStore(mongo, clock);
    WorkerExecutor workers = vertx.createSharedWorkerExecutor("reports", 2);
    ReportReceipts reports =
        new ReportReceipts(
            new Reports(mongo, settings, tariffs, reporting, workers, clock),
            tariffs,
            readings,
            receipts);
    PackConfig config =
        new PackConfig(
            Schedule.NEVER,
            List.of(),
            List.of(),
            Duration.ZERO,
            "",
            Optional.empty(),
            List.of(),
            Optional.empty());
    PackStore packs = new PackStore(mongo);
    PackMaker maker =
        new PackMaker(vertx, reports, packs, config, log.verifierKey().toString(), clock);
    PackRoutes routes = new PackRoutes(packs, maker);
    Router router = Router.router(vertx);
    router.route().handler(BodyHandler.create(false));
    router.get("/packs").handler(routes.operations().get("listPacks"));
    router.post("/packs").handler(routes.operations().get("createPack"));
    router.get("/packs/:id").handler(routes.operations().get("getPack"));
    router.get("/packs/:id/:file").handler(routes.operations().get("packFile"));
    router
        .get("/reports/:kind/receipt")
        .handler(new ReportReceiptRoutes(reports).operations().get("reportReceipt"));
    router.route().failureHandler(Problem::answer);
    http = vertx.createHttpServer().requestHandler(router);
    Await.result(http.listen(0, "127.0.0.1"));
  }

  @AfterAll
  static void stop() throws Exception {
    Await.result(log.close());
    Await.result(mongo.close());
    Await.result(vertx.close());
    store.close();
  }

  /** Later by a second whenever it is asked. */
  private static final class SteppingClock extends Clock {
    private final AtomicLong second =
        new AtomicLong(Instant.parse("2026-11-25T12:00:00Z").getEpochSecond());

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochSecond(second.incrementAndGet());
    }
  }

  /**
   * Of every hour: of the meter at home, whose counter falls once, and of one below it; of a lamp
   * in the shed, which has no counter; and of a meter at the office, whose last is gone later.
   */
  private static List<Reading> readings() {
    List<Reading> all = new ArrayList<>();
    for (int hour = 0; hour < 26; hour++) {
      double kwh = hour < 10 ? 100 + hour / 5.0 : hour / 5.0;
      for (String device : List.of("meter", "below")) {
        all.add(reading(all.size(), hour, "home", device, Map.of("energyImportKwh", kwh)));
      }
      all.add(reading(all.size(), hour, "shed", "lamp", Map.of("powerW", 60.0)));
    }
    for (int hour = 1; hour < 20; hour++) {
      all.add(reading(all.size(), hour, "office", "lost", Map.of("energyImportKwh", hour * 1.0)));
    }
    for (int hour = 1; hour < 20; hour++) {
      all.add(reading(all.size(), hour, "barn", "spoilt", Map.of("energyImportKwh", hour * 1.0)));
    }
    return all;
  }

  private static Reading reading(
      int n, int hour, String site, String device, Map<String, Double> quantities) {
    Instant at = Instant.parse("2026-11-22T23:30:00Z").plus(Duration.ofHours(hour));
    return new Reading(
        "bridge",
        "0a1b2c3d",
        n + 1,
        device,
        site,
        at,
        at,
        "tele/plug/SENSOR",
        "tasmota",
        new TreeMap<>(quantities),
        "",
        "0".repeat(32),
        "{}");
  }

  private static HttpResponse<byte[]> send(String path, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http.actualPort() + path));
    if (body != null) {
      request.POST(HttpRequest.BodyPublishers.ofString(body));
    }
    return HttpClient.newHttpClient()
        .send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static JsonObject json(HttpResponse<byte[]> answer) {
    return new JsonObject(new String(answer.body(), StandardCharsets.UTF_8));
  }

  private static ReceiptVerifier.Result verify(byte[] bundle) {
    return new ReceiptVerifier(log.verifierKey(), null, null).verify(bundle);
  }

  @Test
  void theReceiptOfAReportVerifiesAcrossAFallOfTheCounter() throws Exception {
    HttpResponse<byte[]> answer = send("/reports/daily/receipt?date=2026-11-23&site=home", null);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Disposition"))
        .contains("attachment; filename=\"home-2026-11-23.boe-bundle.json\"");
    ReceiptVerifier.Result result = verify(answer.body());
    assertThat(result.fault()).isNull();
    assertThat(result.claim()).isEqualTo("the energy, 4.6 kWh; the cost is not checked.");
    assertThat(result.steps())
        .contains("below took 4.6 kWh, which is not part of the sum.")
        .anyMatch(step -> step.startsWith("Then it fell to 2 kWh"))
        .anyMatch(step -> step.startsWith("The file has the tariff that the report names"));
    HttpResponse<byte[]> below = send("/reports/weekly/receipt?date=2026-W48&device=below", null);
    // Two of it, at 23:30 before the week and at 00:30 after the day.
    assertThat(verify(below.body()).claim())
        .isEqualTo("the energy, 4.8 kWh; the cost is not checked.");
  }

  @Test
  void aPackIsMadeOnRequestAndItsFilesAreServed() throws Exception {
    HttpResponse<byte[]> made = send("/packs", "{\"site\":\"home\",\"period\":\"2026-11-23\"}");
    assertThat(made.statusCode()).as(json(made).encode()).isEqualTo(202);
    assertThat(made.headers().firstValue("Location")).contains("/api/v1/packs/home-2026-11-23");
    assertThat(json(made).getJsonArray("files")).hasSize(3);
    assertThat(json(send("/packs/home-2026-11-23", null))).isEqualTo(json(made));
    HttpResponse<byte[]> pdf = send("/packs/home-2026-11-23/report.pdf", null);
    assertThat(pdf.headers().firstValue("Content-Type")).contains("application/pdf");
    assertThat(pdf.headers().firstValue("Content-Disposition"))
        .contains("inline; filename=\"home-2026-11-23.pdf\"");
    assertThat(Sha256.hex(pdf.body()))
        .isEqualTo(json(made).getJsonObject("sha256").getString("report.pdf"));
    assertThat(verify(send("/packs/home-2026-11-23/report.boe-bundle.json", null).body()).valid())
        .isTrue();
    assertThat(new String(send("/packs/home-2026-11-23/report.csv", null).body()))
        .contains("device,below,");

    send("/packs", "{\"site\":\"shed\",\"period\":\"2026-11-23\"}");
    JsonObject page = json(send("/packs?limit=1", null));
    assertThat(page.getJsonArray("packs").getJsonObject(0).getJsonArray("files"))
        .containsExactly("report.pdf", "report.csv");
    JsonObject next = json(send("/packs?limit=1&cursor=" + page.getString("nextCursor"), null));
    assertThat(next.getJsonArray("packs").getJsonObject(0).getString("id"))
        .isEqualTo("home-2026-11-23");
  }

  @Test
  void figuresThatTheReadingsDoNotGiveAreNotProved() throws Exception {
    for (String site : List.of("shed", "office")) {
      HttpResponse<byte[]> answer =
          send("/reports/daily/receipt?date=2026-11-23&site=" + site, null);
      assertThat(answer.statusCode()).as(site).isEqualTo(404);
      assertThat(json(answer).getString("detail")).contains("none of this report's energy");
    }
  }

  @Test
  void aDamagedReadingAtAnEndOfACounterStopsAPackRatherThanThatItsEnergyIsNotShown()
      throws Exception {
    String id =
        READINGS.stream()
            .filter(each -> each.device().equals("spoilt"))
            .reduce((one, later) -> later)
            .orElseThrow()
            .id();
    JsonObject last = new JsonObject().put("device", "spoilt").put("seq", READINGS.size());
    Await.result(
        mongo.updateCollection(
            "readings", last, new JsonObject().put("$unset", new JsonObject().put("topic", ""))));
    HttpResponse<byte[]> made = send("/packs", "{\"site\":\"barn\",\"period\":\"2026-11-23\"}");
    assertThat(made.statusCode()).isEqualTo(410);
    assertThat(json(made).getString("detail")).contains("reading " + id + " is damaged");
    assertThat(send("/packs/barn-2026-11-23", null).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest(name = "{0} {1} is answered with {2}: {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "/packs/none-2026-11 |  | 404 | no pack",
        "/packs/none-2026-11/report.pdf |  | 404 | no file report.pdf",
        "/packs/none-2026-11/report.exe |  | 404 | no pack has a file",
        "/packs?cursor=x |  | 400 | cursor",
        "/packs?size=1 |  | 400 | unknown query parameter size",
        "/packs | {} | 400 | members site and period",
        "/packs | [] | 400 | JSON",
        "/packs | {\"site\":1,\"period\":\"2026-11\"} | 400 | site must be",
        "/packs | {\"site\":\"home\",\"period\":\"2026-13\"} | 400 | no period",
        "/packs | {\"site\":\"none\",\"period\":\"2026-10-01\"} | 404 | no site none",
        "/packs | {\"site\":\"home\",\"period\":\"0001-01\"} | 400 | 1970",
        "/packs | {\"site\":\"home\",\"period\":\"2026-11-25\"} | 409 | ends at 2026-11-26",
        "/reports/hourly/receipt?date=2026-11-23 |  | 404 | no hourly report",
        "/reports/daily/receipt?site=none |  | 404 | no site none",
        "/reports/daily/receipt?date=2026-11&site=home |  | 400 | 2026-11-23",
      })
  void whatCannotBeDoneIsAProblemThatSaysWhy(String path, String body, int status, String says)
      throws Exception {
    HttpResponse<byte[]> answer = send(path, body);
    assertThat(answer.statusCode()).as(new String(answer.body())).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(json(answer).getString("detail")).contains(says);
  }
}
