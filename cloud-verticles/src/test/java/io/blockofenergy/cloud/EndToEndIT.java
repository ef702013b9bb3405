package io.blockofenergy.cloud;

import static io.blockofenergy.cloud.Installation.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.api.Browser;
import io.blockofenergy.cloud.api.DashboardPage;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.telemetry.ReadingId;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** One reading's whole way, and what the system does when it is killed or tampered with. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EndToEndIT {
  private static final String SAMPLE =
      """
      {"timestamp":"2025-08-21T18:23:28.067Z","Uptime":"0T01:00:00","UptimeSec":3600,"Vcc":3.339,
      "Heap":23,"SleepMode":"Dynamic","Sleep":50,"LoadAvg":15,"MqttCount":1,"Wifi":{"AP":1,
      "SSId":"TEST_WIFI","BSSId":"AA:BB:CC:DD:EE:FF","Channel":6,"Mode":"11n","RSSI":83,
      "Signal":-61,"LinkCount":1,"Downtime":"0T00:00:03"},"ENERGY":{
      "TotalStartTime":"2025-08-21T00:00:00","Total":10.017,"Yesterday":6.87,"Today":0.017,
      "Period":14,"Power":203,"ApparentPower":207,"ReactivePower":40,"Factor":0.98,"Voltage":223,
      "Current":0.93}}""";

  @TempDir static Path data;
  private static Installation installation;

  @BeforeAll
  static void start() throws Exception {
    installation = new Installation(data);
    installation.startCloud();
    installation.startEdge();
  }

  @AfterAll
  static void stop() throws Exception {
    installation.close();
  }

  @Test
  @Order(1)
  void aPublishedMessageIsStoredShownLoggedAnchoredAndItsReceiptVerifies() throws Exception {
    BlockingQueue<JsonObject> live = listen("live.readings");
    publish("plug7", SAMPLE);

    JsonObject event = live.poll(10, TimeUnit.SECONDS);
    assertThat(event).as("event on live.readings").isNotNull();
    assertThat(event.getJsonArray("readings").getJsonObject(0).getString("device"))
        .isEqualTo("plug7");

    JsonObject reading =
        await(
            Duration.ofSeconds(10),
            "the reading is stored",
            () -> readings("plug7").stream().map(JsonObject.class::cast).findFirst().orElse(null));
    assertThat(reading.getString("payload")).isEqualTo(SAMPLE);
    assertThat(reading.getString("measuredAt")).isEqualTo("2025-08-21T18:23:28.067Z");
    assertThat(reading.getJsonObject("quantities").getDouble("powerW")).isEqualTo(203);

    String id = reading.getString("id");
    Path receipt = data.resolve("plug7.tlog-proof");
    await(
        Duration.ofSeconds(30),
        "the receipt names its anchor",
        () -> {
          HttpResponse<String> response =
              installation.get(
                  installation.port("BOE_HTTP_PORT"), "/api/v1/readings/" + id + "/receipt");
          if (response.statusCode() != 200
              || !receiptExtra(response.body()).containsKey("anchor")) {
            return null;
          }
          return Files.writeString(receipt, response.body());
        });
    String key = Files.readString(data.resolve("cloud/ledger/log.pub")).strip();
    String rpc = "http://127.0.0.1:" + installation.port("BOE_CHAIN_PORT");
    Installation.Result verified =
        installation.runCloudJar("verify", receipt.toString(), "--key", key, "--rpc", rpc);
    assertThat(verified.code()).as(verified.output()).isZero();

    String text = Files.readString(receipt);
    Files.writeString(receipt, text.replaceFirst("\nindex (\\d)", "\nindex 9$1"));
    assertThat(installation.runCloudJar("verify", receipt.toString(), "--key", key).code())
        .isNotZero();
  }

  @Test
  @Order(2)
  void theDashboardFollowsWhatASensorPublishes() throws Exception {
    URI address = URI.create("http://127.0.0.1:" + installation.port("BOE_HTTP_PORT") + "/");
    publish("kettle", tasmota(Instant.now(), 2.0, 1500));
    try (Browser browser = Browser.start()) {
      DashboardPage page = new DashboardPage(browser, address, Duration.ofSeconds(20));
      page.open();
      page.awaitPower("kettle", 1500);
      publish("kettle", tasmota(Instant.now(), 2.001, 1750));
      page.awaitPower("kettle", 1750);
    }
  }

  @Test
  @Order(3)
  void whateverIsKilledEveryAcknowledgedReadingIsThereExactlyOnce() throws Exception {
    try (Publisher publisher = new Publisher(installation.port("BOE_MQTT_PORT"), "stress")) {
      publisher.awaitAcknowledged(300);
      installation.killEdge();
      installation.startEdge();
      publisher.awaitAcknowledged(publisher.acknowledged() + 300);
      installation.killChain();
      publisher.awaitAcknowledged(publisher.acknowledged() + 300);
      installation.killCloud();
      publisher.awaitAcknowledged(publisher.acknowledged() + 300);
      installation.startCloud();
      publisher.awaitAcknowledged(publisher.acknowledged() + 300);
      publisher.finish();
      Set<Integer> published = publisher.acknowledgedNumbers();

      List<Integer> stored =
          await(
              Duration.ofSeconds(60),
              "every acknowledged reading is stored",
              () -> {
                List<Integer> numbers =
                    readings("stress").stream()
                        .map(JsonObject.class::cast)
                        .map(reading -> new JsonObject(reading.getString("payload")))
                        .map(payload -> payload.getInteger("Number"))
                        .toList();
                return new TreeSet<>(numbers).containsAll(published) ? numbers : null;
              });
      assertThat(stored).doesNotHaveDuplicates();
    }
    long count = installation.api("/status").getJsonObject("readings").getLong("stored");
    await(
        Duration.ofSeconds(60),
        "the log has as many entries as the store has readings, and the chain has them all",
        () -> {
          JsonObject status = installation.api("/status");
          // Besides the readings the log has the act that pinned the bridge's key.
          long acts = installation.acts();
          long logged = status.getJsonObject("log").getLong("treeSize");
          assertThat(logged).isLessThanOrEqualTo(count + acts);
          JsonObject anchor = status.getJsonObject("anchor");
          return logged == count + acts && anchor != null && anchor.getLong("treeSize") == logged
              ? true
              : null;
        });
    JsonObject audit = installation.fullAudit();
    assertThat(audit.getString("state")).as(audit.encode()).isEqualTo("completed");
    assertThat(audit.getLong("checked")).isEqualTo(count);
    assertThat(audit.getLong("findings")).as(audit.encode()).isZero();
  }

  @Test
  @Order(4)
  void aReadingThatWasErasedIsGoneAndEveryProofStillHolds() throws Exception {
    JsonObject reading = readings("stress").getJsonObject(5);
    String id = reading.getString("id");
    String receipt = installation.get("/readings/" + id + "/receipt").body();
    HttpResponse<String> ordered =
        installation.post(
            "/erasures",
            new JsonObject().put("readings", List.of(id)).put("reason", "moved out").encode());
    assertThat(ordered.statusCode()).as(ordered.body()).isEqualTo(202);
    String act = new JsonObject(ordered.body()).getString("id");
    await(
        Duration.ofSeconds(30),
        "the reading is erased and the act logged",
        () ->
            installation.api("/erasures/" + act).getString("state").equals("completed")
                    && installation.api("/acts/" + act).getString("state").equals("logged")
                ? true
                : null);
    assertThat(installation.get("/readings/" + id).statusCode()).isEqualTo(410);
    assertThat(installation.get("/readings/" + id + "/receipt").statusCode()).isEqualTo(410);
    VerifierKey key =
        VerifierKey.parse(installation.api("/status").getJsonObject("log").getString("publicKey"));
    ReceiptVerifier verifier = new ReceiptVerifier(key, null, null);
    assertThat(verifier.verify(receipt.getBytes(StandardCharsets.UTF_8)).valid()).isTrue();
    String ofAct = installation.get("/acts/" + act + "/receipt").body();
    assertThat(verifier.verify(ofAct.getBytes(StandardCharsets.UTF_8)).valid()).as(ofAct).isTrue();
    assertThat(installation.fullAudit().getLong("findings")).isZero();
  }

  @Test
  @Order(5)
  void theAuditNamesExactlyTheReadingsThatWereTamperedWith() throws Exception {
    JsonArray readings = readings("stress");
    String altered = readings.getJsonObject(10).getString("id");
    String deleted = readings.getJsonObject(20).getString("id");
    String payload = readings.getJsonObject(10).getString("payload");
    Vertx vertx = Vertx.vertx();
    try {
      MongoClient mongo =
          MongoClient.create(
              vertx,
              new JsonObject()
                  .put(
                      "connection_string",
                      "mongodb://127.0.0.1:" + installation.port("BOE_MONGO_PORT"))
                  .put("db_name", "energy"));
      mongo
          .updateCollection(
              "readings",
              new JsonObject().put("_id", ReadingId.parse(altered).orElseThrow().sortable()),
              new JsonObject()
                  .put("$set", new JsonObject().put("payload", payload.replace('1', '2'))))
          .await();
      mongo
          .removeDocument(
              "readings",
              new JsonObject().put("_id", ReadingId.parse(deleted).orElseThrow().sortable()))
          .await();
    } finally {
      vertx.close().await();
    }
    JsonObject audit = installation.fullAudit();
    JsonArray findings =
        installation.api("/audits/" + audit.getString("id") + "/findings").getJsonArray("findings");
    assertThat(
            findings.stream()
                .map(JsonObject.class::cast)
                .map(finding -> finding.getString("type") + " " + finding.getString("subject")))
        .containsExactlyInAnyOrder("ALTERED " + altered, "DELETED " + deleted);
  }

  private static String tasmota(Instant time, double totalKwh, int powerW) {
    return new JsonObject()
        .put("Time", time.truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", ""))
        .put(
            "ENERGY",
            new JsonObject()
                .put("TotalStartTime", "2026-01-01T00:00:00")
                .put("Total", totalKwh)
                .put("Power", powerW))
        .encode();
  }

  private static void publish(String device, String message) throws Exception {
    Installation.Result result =
        Installation.run(
            List.of(
                "mosquitto_pub",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(installation.port("BOE_MQTT_PORT")),
                "-q",
                "1",
                "-t",
                "tele/" + device + "/SENSOR",
                "-m",
                message));
    assertThat(result.code()).as(result.output()).isZero();
  }

  private static JsonArray readings(String device) throws Exception {
    JsonArray all = new JsonArray();
    installation.eachReading(device, all::add);
    return all;
  }

  private static JsonObject receiptExtra(String receipt) {
    String line = receipt.lines().filter(l -> l.startsWith("extra ")).findFirst().orElseThrow();
    return new JsonObject(
        new String(Base64.getDecoder().decode(line.substring("extra ".length()))));
  }

  /** Listens as a browser does, on the SockJS bridge's WebSocket. */
  private static BlockingQueue<JsonObject> listen(String address) throws Exception {
    BlockingQueue<JsonObject> events = new LinkedBlockingQueue<>();
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(
                URI.create(
                    "ws://127.0.0.1:" + installation.port("BOE_HTTP_PORT") + "/eventbus/websocket"),
                new WebSocket.Listener() {
                  private final ByteArrayOutputStream frames = new ByteArrayOutputStream();

                  @Override
                  public CompletionStage<?> onBinary(
                      WebSocket webSocket, ByteBuffer data, boolean last) {
                    byte[] bytes = new byte[data.remaining()];
                    data.get(bytes);
                    frames.writeBytes(bytes);
                    if (last) {
                      events.add(new JsonObject(frames.toString()).getJsonObject("body"));
                      frames.reset();
                    }
                    webSocket.request(1);
                    return null;
                  }
                })
            .get(10, TimeUnit.SECONDS);
    socket
        .sendText(new JsonObject().put("type", "register").put("address", address).encode(), true)
        .get(10, TimeUnit.SECONDS);
    return events;
  }
}
