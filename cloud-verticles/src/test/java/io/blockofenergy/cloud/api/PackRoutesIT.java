package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.ledger.HastyLedger;
import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.MongoLogStore;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.ledger.TransparencyLog;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.report.pack.PackConfig;
import io.blockofenergy.cloud.report.pack.PackMaker;
import io.blockofenergy.cloud.report.pack.PackStore;
import io.blockofenergy.cloud.schedule.Schedule;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
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
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packs and receipts of reports over HTTP, out of a real store and a real log. */
class PackRoutesIT {
  /** Of every hour: of a counter that falls once, and of one below it. */
  private static final List<Reading> READINGS =
      IntStream.range(0, 52).mapToObj(PackRoutesIT::reading).toList();

  private static final JsonObject TARIFF =
      new JsonObject().put("currency", "EUR").put("id", "flat").put("price", "0.3");

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
    ReportReceipts reports = new ReportReceipts(new Figures(), readings, receipts);
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
        new PackMaker(
            vertx, reports, packs, config, log.verifierKey().toString(), new SteppingClock());
    PackRoutes routes = new PackRoutes(vertx, packs, maker);
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

  /** Even hours of the meter, odd ones of the one below it. */
  private static Reading reading(int i) {
    Instant at = Instant.parse("2026-11-22T23:30:00Z").plus(Duration.ofHours(i / 2));
    double kwh = i < 20 ? 100 + i / 10.0 : i / 10.0;
    return new Reading(
        "bridge",
        "0a1b2c3d",
        i + 1,
        i % 2 == 0 ? "meter" : "below",
        "home",
        at,
        at,
        "tele/plug/SENSOR",
        "tasmota",
        new TreeMap<>(Map.of("energyImportKwh", kwh)),
        "",
        "0".repeat(32),
        "{}");
  }

  /** What the figures of the readings are, worked out by hand. */
  private static final class Figures implements ReportReceipts.Source {
    @Override
    public Future<JsonObject> report(
        String kind, Optional<String> asked, Optional<String> site, Optional<String> device) {
      String date = asked.orElse("2026-11-23");
      if (!site.equals(Optional.of("home"))) {
        return Future.failedFuture(Problem.notFound("there is no such site"));
      }
      LocalDate day = LocalDate.parse(date);
      boolean wrong = day.getYear() == 2025;
      // 100.0 to 101.8 and, fallen to 2.0, on to 4.8: of the day 24 readings of each.
      JsonArray devices =
          new JsonArray()
              .add(device("meter", wrong ? 9 : 4.6, true, false))
              .add(device("below", wrong ? 9 : 4.6, false, false));
      boolean all = day.getYear() == 2024;
      JsonArray estimated = new JsonArray().add(device("lamp", 0.4, true, true));
      return Future.succeededFuture(
          new JsonObject()
              .put("schema", "boe.report.v1")
              .put("kind", kind)
              .put("date", date)
              .put("site", "home")
              .putNull("device")
              .put("zone", "UTC")
              .put("from", Reading.format(day.atStartOfDay(ZoneOffset.UTC).toInstant()))
              .put("to", Reading.format(day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant()))
              .put("generatedAt", "2026-11-25T12:00:00.000Z")
              .put("currency", "EUR")
              .put(
                  "tariff",
                  new JsonObject()
                      .put("id", "flat")
                      .put("sha256", Sha256.hex(CanonicalJson.bytes(TARIFF.getMap()))))
              .put("rows", new JsonArray())
              .put("verdicts", new JsonArray())
              .put(
                  "summary",
                  new JsonObject()
                      .put("energyKwh", all ? 0.4 : wrong ? 9 : 4.6)
                      .put("cost", new JsonObject().put("total", "1.38")))
              .put("devices", all ? estimated : devices));
    }

    private static JsonObject device(String id, double kwh, boolean counted, boolean estimated) {
      return new JsonObject()
          .put("device", id)
          .put("energyKwh", kwh)
          .put("counted", counted)
          .put("estimated", estimated);
    }

    @Override
    public Future<List<String>> evidence(JsonObject report) {
      // The last before the day, before and after the fall, and the last of the day.
      return Future.succeededFuture(
          IntStream.of(0, 18, 20, 48, 1, 19, 21, 49).mapToObj(i -> READINGS.get(i).id()).toList());
    }

    @Override
    public Future<Optional<JsonObject>> tariff(String id, String sha256) {
      return Future.succeededFuture(Optional.of(TARIFF));
    }
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
        .anyMatch(step -> step.startsWith("Then it fell to 2 kWh"));
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

    send("/packs", "{\"site\":\"home\",\"period\":\"2024-11-23\"}");
    JsonObject page = json(send("/packs?limit=1", null));
    assertThat(page.getJsonArray("packs").getJsonObject(0).getJsonArray("files"))
        .containsExactly("report.pdf", "report.csv");
    JsonObject next = json(send("/packs?limit=1&cursor=" + page.getString("nextCursor"), null));
    assertThat(next.getJsonArray("packs").getJsonObject(0).getString("id"))
        .isEqualTo("home-2026-11-23");
  }

  @Test
  void figuresThatTheReadingsDoNotGiveAreNotProved() throws Exception {
    HttpResponse<byte[]> answer = send("/reports/daily/receipt?date=2025-11-23&site=home", null);
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(json(answer).getString("detail")).contains("none of this report's energy");
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
        "/packs | {\"site\":\"none\",\"period\":\"2026-10-01\"} | 404 | no such site",
        "/packs | {\"site\":\"home\",\"period\":\"2026-11-25\"} | 409 | ends at 2026-11-26",
        "/reports/hourly/receipt?date=2026-11-23 |  | 404 | no report hourly",
        "/reports/daily/receipt?site=none |  | 404 | no such site",
      })
  void whatCannotBeDoneIsAProblemThatSaysWhy(String path, String body, int status, String says)
      throws Exception {
    HttpResponse<byte[]> answer = send(path, body);
    assertThat(answer.statusCode()).as(new String(answer.body())).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(json(answer).getString("detail")).contains(says);
  }
}
