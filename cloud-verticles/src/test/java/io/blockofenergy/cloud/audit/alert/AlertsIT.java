package io.blockofenergy.cloud.audit.alert;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import io.blockofenergy.cloud.FreePort;
import io.blockofenergy.cloud.delivery.MailServer;
import io.blockofenergy.cloud.delivery.Webhook;
import io.blockofenergy.cloud.ledger.Mongo;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.SecretFile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Alerts on their way to a real HTTP receiver and a real SMTP server. */
@Timeout(120)
class AlertsIT {
  @TempDir Path directory;
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final List<JsonObject> received = new CopyOnWriteArrayList<>();
  private final List<String> ids = new CopyOnWriteArrayList<>();
  private volatile int answer = 204;
  private Mongo mongo;
  private int port;

  @BeforeEach
  void open() throws Exception {
    mongo = new Mongo();
    port = FreePort.draw();
  }

  @AfterEach
  void close() throws Exception {
    mongo.close();
  }

  @Test
  void aFindingIsToldOnceBySignedWebhookAndAgainWhenItChanges() throws Exception {
    receiver();
    Alerts alerts = alerts(webhook(), Optional.empty());
    ended(alerts, "20261101T000000000-0000", "first");
    Await.until("it is told", () -> received.size() == 1);
    JsonObject alert = received.get(0);
    assertThat(alert.getString("schema")).isEqualTo("boe.alert.v1");
    assertThat(alert.getString("type")).isEqualTo("audit.findings");
    JsonObject data = alert.getJsonObject("data");
    assertThat(data.getString("summary")).isEqualTo("1 new audit finding");
    assertThat(data.getJsonArray("findings").getJsonObject(0).getString("type"))
        .isEqualTo("DELETED");

    ended(alerts, "20261102T000000000-0000", "first");
    ended(alerts, "20261103T000000000-0000", "second");
    Await.until("the change is told", () -> received.size() == 2);
    assertThat(received.get(1).getJsonObject("data").getString("audit"))
        .isEqualTo("20261103T000000000-0000");
    Await.until("both count", () -> sent("webhook", "sent") == 2);
    assertThat(Files.getPosixFilePermissions(secretFile())).hasSize(2);
  }

  @Test
  void aFindingThatSomebodyHasAcknowledgedIsNoNews() throws Exception {
    receiver();
    Mongo.await(
        mongo.client.insert(
            "audit_acknowledgements",
            new JsonObject().put("_id", "x/y").put("key", FindingKey.of(finding("known")))));
    Alerts alerts = alerts(webhook(), Optional.empty());
    ended(alerts, "20261101T000000000-0000", "known");
    ended(alerts, "20261102T000000000-0000", "unknown");
    Await.until("the other is told", () -> received.size() == 1);
    assertThat(received.get(0).encode()).contains("unknown");
  }

  @Test
  void whatAReceiverThatWasAwayHasMissedReachesItFromTheNextProcessAndOnce() throws Exception {
    Alerts first = alerts(webhook(), Optional.empty());
    ended(first, "20261101T000000000-0000", "first");
    Await.until("an attempt failed", () -> sent("webhook", "failed") >= 1);
    Mongo.await(first.stop());

    answer = 500;
    receiver();
    Alerts second = alerts(webhook(), Optional.empty());
    onContext(second::catchUp);
    Await.until("it refuses", () -> received.size() >= 1);
    answer = 200;
    Await.until("it is told", () -> sent("webhook", "sent") == 1);
    assertThat(ids).containsOnly(ids.get(0));
    Mongo.await(second.stop());

    int times = received.size();
    Alerts third = alerts(webhook(), Optional.empty());
    onContext(third::catchUp);
    ended(third, "20261103T000000000-0000", "another");
    Await.until("only what is new is told", () -> sent("webhook", "sent") == 2);
    assertThat(received).hasSize(times + 1);
  }

  @Test
  void auditsThatKeepFailingAreToldOnceAndThatTheyWorkAgain() throws Exception {
    receiver();
    Alerts alerts = alerts(webhook(), Optional.empty());
    for (int i = 1; i <= 5; i++) {
      endedWithout(alerts, "2026110" + i + "T000000000-0000", "failed");
    }
    endedWithout(alerts, "20261106T000000000-0000", "completed");
    endedWithout(alerts, "20261107T000000000-0000", "completed");
    Await.until("both are told", () -> received.size() == 2);
    assertThat(received.stream().map(alert -> alert.getString("type")))
        .containsExactly("audit.failing", "audit.recovered");
    assertThat(received.get(0).getJsonObject("data").getString("reason")).isEqualTo("no chain");
  }

  @Test
  void aFullAuditThatFailsIsToldThoughContinuousOnesComplete() throws Exception {
    receiver();
    Alerts alerts = alerts(webhook(), Optional.empty());
    endedWithout(alerts, "20261101T000000000-0000", "completed");
    full(alerts, "20261102T000000000-0000", "failed");
    endedWithout(alerts, "20261103T000000000-0000", "completed");
    endedWithout(alerts, "20261104T000000000-0000", "failed");
    full(alerts, "20261105T000000000-0000", "completed");
    Await.until("both are told", () -> received.size() == 2);
    assertThat(received.stream().map(alert -> alert.getJsonObject("data").getString("summary")))
        .containsExactly("the last full audit did not complete", "full audits work again");
    assertThat(received.get(0).getJsonObject("data").getString("reason")).isEqualTo("broke off");
  }

  @Test
  void whatTheReceiverRefusesAndWhatIsDamagedHoldsNothingUp() throws Exception {
    for (JsonObject damaged :
        List.of(
            new JsonObject()
                .put("_id", "msg_20261101T000000000a")
                .put("body", "{\"data\":{\"summary\":\"of no time\"}}"),
            new JsonObject().put("_id", "msg_20261101T000000000b").put("createdAt", "?"),
            new JsonObject().put("_id", "msg_20261101T000000000c").put("body", 7))) {
      Mongo.await(
          mongo.client.insert(
              "alerts", damaged.put("type", "audit.findings").put("webhook", "pending")));
    }
    answer = 500;
    receiver();
    Alerts alerts = alerts(webhook(), Optional.empty());
    onContext(alerts::catchUp);
    Await.until("the first has had its attempt", () -> sent("webhook", "failed") == 1);
    Await.until("the others cannot be sent", () -> sent("webhook", "refused") == 2);

    answer = 413;
    ended(alerts, "20261102T000000000-0000", "first");
    Await.until("it is refused", () -> sent("webhook", "refused") == 3);
    answer = 204;
    ended(alerts, "20261103T000000000-0000", "second");
    Await.until("the next is told", () -> sent("webhook", "sent") == 1);
    assertThat(received.get(received.size() - 1).encode()).contains("second");
    assertThat(
            Mongo.await(mongo.client.count("alerts", new JsonObject().put("webhook", "refused"))))
        .isEqualTo(3);
  }

  @Test
  void aMailSaysWhatWasFound() throws Exception {
    GreenMail server = new GreenMail(new ServerSetup(port, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    server.setUser("boe@example.org", "boe", "pass word");
    server.start();
    try {
      Path password = directory.resolve("mail.password");
      SecretFile.write(password, "pass word");
      MailServer mail =
          new MailServer(
              "127.0.0.1",
              port,
              "boe@example.org",
              Optional.of("boe"),
              Optional.of(password),
              false);
      Alerts alerts = alerts(Optional.empty(), Optional.of(mail));
      ended(alerts, "20261101T000000000-0000", "first");
      Await.until("it arrives", () -> server.getReceivedMessages().length == 1);
      var message = server.getReceivedMessages()[0];
      assertThat(message.getSubject()).isEqualTo("[Block of Energy] 1 new audit finding");
      assertThat(GreenMailUtil.getBody(message)).contains("DELETED bridge.0a0b0c0d.7");
      Await.until("it counts", () -> sent("mail", "sent") == 1);
    } finally {
      server.stop();
    }
  }

  private void receiver() throws Exception {
    HttpServer server = mongo.vertx.createHttpServer();
    server.requestHandler(this::receive);
    Mongo.await(server.listen(port, "127.0.0.1"));
  }

  /** As a receiver's author would write it from the specification. */
  private void receive(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              String signed =
                  request.getHeader("webhook-id")
                      + "."
                      + request.getHeader("webhook-timestamp")
                      + "."
                      + body.toString(StandardCharsets.UTF_8);
              if (!request.getHeader("webhook-signature").equals("v1," + hmac(signed))) {
                request.response().setStatusCode(401).end();
                return;
              }
              ids.add(request.getHeader("webhook-id"));
              received.add(body.toJsonObject());
              request.response().setStatusCode(answer).end();
            });
  }

  private String hmac(String signed) {
    try {
      String secret = Files.readString(secretFile()).strip().substring("whsec_".length());
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret), "HmacSHA256"));
      return Base64.getEncoder()
          .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Path secretFile() {
    return directory.resolve("webhook.secret");
  }

  private Optional<Webhook> webhook() {
    URI url = URI.create("http://127.0.0.1:" + port + "/alerts?to=me");
    return Optional.of(new Webhook(url, secretFile()));
  }

  private Alerts alerts(Optional<Webhook> webhook, Optional<MailServer> mail) throws Exception {
    // Runs of the past count as recent.
    AlertConfig config =
        new AlertConfig(Duration.ofDays(10_000), webhook, mail, List.of("auditor@example.org"));
    return new Alerts(mongo.vertx, mongo.client, config, Clock.systemUTC(), metrics);
  }

  private static JsonObject finding(String detail) {
    return new JsonObject()
        .put("type", "DELETED")
        .put("subject", "bridge.0a0b0c0d.7")
        .put("detail", detail)
        .put("foundAt", "2026-11-01T00:00:00.000Z");
  }

  private void ended(Alerts alerts, String run, String detail) throws Exception {
    Mongo.await(
        mongo.client.insert("audit_findings", finding(detail).put("_id", run + "/bridge.7")));
    ended(alerts, run, new JsonObject().put("state", "completed").put("findings", 1));
  }

  private void endedWithout(Alerts alerts, String run, String state) throws Exception {
    ended(
        alerts,
        run,
        new JsonObject()
            .put("kind", "continuous")
            .put("state", state)
            .put("findings", 0)
            .put("detail", "no chain"));
  }

  private void full(Alerts alerts, String run, String state) throws Exception {
    ended(
        alerts,
        run,
        new JsonObject()
            .put("kind", "full")
            .put("state", state)
            .put("findings", 0)
            .put("detail", "broke off"));
  }

  private void ended(Alerts alerts, String id, JsonObject run) throws Exception {
    Mongo.await(mongo.client.insert("audit_runs", run.copy().put("_id", id)));
    onContext(() -> alerts.ended(run.put("id", id)));
    // Each is decided about before the next comes, as audits run one after the other.
    Await.result(alerts.decided());
  }

  private void onContext(Runnable call) throws Exception {
    Promise<Void> called = Promise.promise();
    mongo.vertx.runOnContext(
        go -> {
          call.run();
          called.complete();
        });
    Mongo.await(called.future());
  }

  private double sent(String channel, String outcome) {
    return metrics
        .get("boe.cloud.alerts")
        .tags("channel", channel, "outcome", outcome)
        .counter()
        .count();
  }
}
