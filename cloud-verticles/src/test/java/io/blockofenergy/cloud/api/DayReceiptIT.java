package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.ledger.HastyLedger;
import io.blockofenergy.cloud.ledger.LedgerConfig;
import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.MongoLogStore;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.cloud.ledger.TransparencyLog;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The day's bundle over HTTP, out of a real store and a real log. */
class DayReceiptIT {
  /** A reading an hour: one before the day in UTC, 24 of it, one after it; none is logged after. */
  private static final List<Reading> READINGS =
      IntStream.range(0, 26).mapToObj(DayReceiptIT::reading).toList();

  @TempDir static Path directory;
  private static Vertx vertx;
  private static LocalMongo store;
  private static MongoClient mongo;
  private static TransparencyLog log;
  private static int port;

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
    List<Reading> stored = new ArrayList<>(READINGS);
    stored.add(reading("bridge", "twin", 5));
    stored.add(reading("bridge-02", "twin", 6));
    readings.insert(stored).await(10, TimeUnit.SECONDS);
    new DeviceStore(mongo).fold(stored).await(10, TimeUnit.SECONDS);
    MongoLogStore logStore = new MongoLogStore(mongo);
    LedgerConfig config = HastyLedger.config();
    log =
        new TransparencyLog(
            vertx,
            logStore,
            config,
            SigningKey.generate(),
            Clock.systemUTC(),
            new SimpleMeterRegistry());
    log.start().await(10, TimeUnit.SECONDS);
    log.append(
            "bridge.0a1b2c3d.0000000000000001",
            READINGS.subList(0, 25).stream().map(Reading::recordHash).toList())
        .await(10, TimeUnit.SECONDS);
    LogReader reader = new LogReader(logStore);
    ApiVerticle api = TestApi.verticle(vertx, mongo, log.verifierKey());
    vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
    port = api.actualPort();
  }

  @AfterAll
  static void stop() throws Exception {
    log.close().await(10, TimeUnit.SECONDS);
    mongo.close().await(10, TimeUnit.SECONDS);
    vertx.close().await(10, TimeUnit.SECONDS);
    store.close();
  }

  private static Reading reading(int hour) {
    return reading("bridge", "plug 7", hour);
  }

  private static Reading reading(String bridge, String device, int hour) {
    Instant at = Instant.parse("2026-11-22T23:30:00Z").plus(Duration.ofHours(hour));
    return new Reading(
        bridge,
        device.equals("twin") ? "0a1b2c3e" : "0a1b2c3d",
        hour + 1,
        device,
        "home",
        at,
        at,
        "tele/plug/SENSOR",
        "tasmota",
        new TreeMap<>(Map.of("energyImportKwh", hour < 10 ? 100.0 + hour / 10.0 : hour / 10.0)),
        hour < 10 ? "2026-01-01" : "2026-11-23",
        "0".repeat(32),
        "{}");
  }

  private static HttpResponse<String> get(String query) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + port + "/api/v1/devices/" + query))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void theBundleOfADayVerifiesAndSumsItsCounters() throws Exception {
    HttpResponse<String> answer = get("plug%207/receipt?date=2026-11-23&zone=UTC");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.headers().firstValue("Content-Disposition"))
        .contains("attachment; filename=\"plug_7-2026-11-23.boe-bundle.json\"");
    ReceiptVerifier.Result result =
        new ReceiptVerifier(log.verifierKey(), null, null)
            .verify(answer.body().getBytes(StandardCharsets.UTF_8));
    assertThat(result.fault()).isNull();
    // 100.0 to 100.9 on the old counter, 1.0 to 2.4 on the new one.
    assertThat(result.steps()).contains("So plug 7 took 2.3 kWh on 2026-11-23.");
  }

  @ParameterizedTest(name = "{0} is answered with {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "nobody/receipt?date=2026-11-23&zone=UTC | 404 | no device",
        "plug%207/receipt?date=2026-10-23&zone=UTC | 404 | no reading",
        "plug%207/receipt?date=2026-11-23 | 400 | zone is missing",
        "plug%207/receipt?date=2026-11-23&zone=Mars | 400 | time zone",
        "plug%207/receipt?zone=UTC | 400 | date is missing",
        "plug%207/receipt?date=2026-02-30&zone=UTC | 400 | date is not a day",
        "twin/receipt?date=2026-11-23&zone=UTC | 409 | more than one bridge or site",
        "plug%207/receipt?date=2026-11-24&zone=UTC | 409 | no checkpoint includes",
      })
  void whatHasNoBundleIsAProblemThatSaysWhy(String query, int status, String says)
      throws Exception {
    HttpResponse<String> answer = get(query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).contains(says);
  }
}
