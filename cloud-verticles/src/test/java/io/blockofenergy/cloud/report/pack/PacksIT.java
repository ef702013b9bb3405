package io.blockofenergy.cloud.report.pack;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.blockofenergy.cloud.FreePort;
import io.blockofenergy.cloud.delivery.MailServer;
import io.blockofenergy.cloud.delivery.Webhook;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.schedule.Schedule;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import jakarta.mail.Multipart;
import jakarta.mail.Part;
import jakarta.mail.internet.MimeMessage;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Packs in the embedded store and on their way to a real SMTP server and a real HTTP receiver. */
@Timeout(120)
class PacksIT {
  private static final Instant NOW = Instant.parse("2026-11-05T06:30:00Z");
  private static final String EVERY_DAY = "0 6 * * *";

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final List<JsonObject> posted = new CopyOnWriteArrayList<>();
  private final List<String> postedIds = new CopyOnWriteArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile Instant now;
  private volatile int answer = 204;
  private volatile String broken = "";
  private volatile int brokenAnswer = 500;
  private volatile double energyKwh = 323;
  private volatile boolean rebuilding;
  private volatile Buffer receipt = Buffer.buffer("{\"schema\":\"boe.bundle.v1\"}");
  private LocalMongo server;
  private MongoClient mongo;
  private PackStore store;
  private int mailPort;
  private int hookPort;

  @BeforeEach
  void open() throws Exception {
    server = LocalMongo.start(directory.resolve("mongo"), 0);
    mongo =
        MongoClient.create(
            vertx,
            new JsonObject()
                .put("connection_string", server.connectionString())
                .put("db_name", "energy"));
    store = new PackStore(mongo);
    mailPort = FreePort.draw();
    hookPort = FreePort.draw();
  }

  @AfterEach
  void close() throws Exception {
    Await.result(vertx.close());
    server.close();
  }

  @Test
  void aPeriodThatHasEndedWithItsGraceGetsOnePackThatGoesEachWayOnce() throws Exception {
    GreenMail mails = mailServer();
    receiver();
    try {
      String first = deploy(config(EVERY_DAY, Duration.ofHours(24)), NOW);
      Await.until("it is mailed", () -> mails.getReceivedMessages().length == 1);
      Await.until("it is posted", () -> posted.size() == 1);
      Await.until("both are marked", () -> state("home-2026-10").equals("sent"));
      Await.result(vertx.undeploy(first));

      deploy(config(EVERY_DAY, Duration.ofHours(24)), NOW.plus(Duration.ofDays(1)));
      Await.result(maker(config("never", Duration.ZERO), NOW).make("home", "2026-10"));
      Await.result(maker(config("never", Duration.ZERO), NOW).make("home", "2026-09"));
      Await.until("another one is sent", () -> state("home-2026-09").equals("sent"));
      assertThat(mails.getReceivedMessages()).hasSize(2);
      assertThat(posted).hasSize(2);

      MimeMessage mail = mails.getReceivedMessages()[0];
      assertThat(mail.getSubject()).isEqualTo("[Block of Energy] Energy of home, 2026-10");
      List<Part> attached = new ArrayList<>();
      Multipart parts = (Multipart) mail.getContent();
      for (int i = 1; i < parts.getCount(); i++) {
        attached.add(parts.getBodyPart(i));
      }
      assertThat(attached)
          .extracting(Part::getFileName)
          .containsExactly("home-2026-10.pdf", "home-2026-10.csv", "home-2026-10.boe-bundle.json");
      JsonObject data = posted.get(0).getJsonObject("data");
      byte[] pdf = attached.get(0).getInputStream().readAllBytes();
      assertThat(data.getJsonArray("files").getJsonObject(0).getMap())
          .containsEntry("sha256", Sha256.hex(pdf))
          .containsEntry("url", "https://energy.example.org/api/v1/packs/home-2026-10/report.pdf");
      assertThat(mail.getMessageID()).isEqualTo("<" + postedIds.get(0) + "@block-of-energy>");
    } finally {
      mails.stop();
    }
  }

  @Test
  void nothingIsMadeBeforeItsGraceOrOfAPeriodThatRuns() throws Exception {
    deploy(config(EVERY_DAY, Duration.ofDays(5)), NOW);
    Await.until("two periods were looked at", () -> asked.get() >= 2);
    Await.until("of the older one there is a pack", () -> !packs().isEmpty());
    assertThat(packs()).extracting(pack -> pack.getString("id")).containsExactly("home-2026-09");
    Throwable failure =
        Await.failure(maker(config("never", Duration.ZERO), NOW).make("home", "2026-11"));
    assertThat(failure).isInstanceOf(PackMaker.UnfinishedException.class);
    assertThat(Await.failure(maker(config("never", Duration.ZERO), NOW).make("home", "2026-13")))
        .isInstanceOf(PackMaker.NoPeriodException.class);
  }

  @Test
  void nothingIsMadeOfFiguresThatAreBeingMadeAnew() throws Exception {
    PackMaker maker = maker(config("never", Duration.ZERO), NOW);
    rebuilding = true;
    assertThat(Await.failure(maker.make("home", "2026-10")))
        .isInstanceOf(UnavailableException.class);
    assertThat(packs()).isEmpty();
    rebuilding = false;
    Await.result(maker.make("home", "2026-10"));
    assertThat(packs()).hasSize(1);
  }

  @Test
  void aMonthlyScheduleMakesThePackOnceTheGraceIsOverAndNotAMonthLater() throws Exception {
    now = Instant.parse("2026-11-01T06:00:10Z");
    DuePacks due = due(config("0 6 1 * *", Duration.ofHours(24)), List.of("home"));
    Await.result(due.make());
    assertThat(ids()).containsExactly("home-2026-09");
    now = Instant.parse("2026-11-01T22:59:59Z");
    Await.result(due.make());
    assertThat(ids()).containsExactly("home-2026-09");
    now = Instant.parse("2026-11-01T23:00:00Z");
    Await.result(due.make());
    assertThat(ids()).containsExactly("home-2026-10", "home-2026-09");
  }

  @Test
  void aPeriodThatHasEndedSinceTheScheduleWasDueWaitsForItsNextTime() throws Exception {
    now = Instant.parse("2026-11-14T00:00:00Z");
    DuePacks due = due(config("0 6 15 * *", Duration.ZERO), List.of("home"));
    Await.result(due.make());
    assertThat(ids()).containsExactly("home-2026-09");
    now = Instant.parse("2026-11-15T06:00:00Z");
    Await.result(due.make());
    assertThat(ids()).containsExactly("home-2026-10", "home-2026-09");
  }

  @Test
  void aSiteThatIsMisspeltIsAskedForEverMoreSeldomAndTheOthersNotAgain() throws Exception {
    now = NOW;
    DuePacks due = due(config(EVERY_DAY, Duration.ZERO), List.of("hoem", "home"));
    assertThat(Await.failure(due.make())).hasMessage("no site hoem");
    assertThat(ids()).containsExactly("home-2026-10");
    int made = asked.get();
    int failures = 0;
    for (int tick = 1; tick <= 3 * 60 * 12; tick++) {
      now = NOW.plusSeconds(20L * tick);
      failures += Await.result(due.make().map(0).otherwise(1));
    }
    assertThat(failures).isBetween(12, 22);
    assertThat(asked.get() - made).isEqualTo(failures);
  }

  private List<String> ids() {
    return packs().stream().map(pack -> pack.getString("id")).toList();
  }

  @Test
  void whatWasMadeBeforeACrashIsSentByTheNextProcessUnderTheSameId() throws Exception {
    PackConfig config = config("never", Duration.ZERO);
    JsonObject made = Await.result(maker(config, NOW).make("home", "2026-10"));
    assertThat(made.getString("state")).isEqualTo("made");
    answer = 500;
    receiver();
    String first = deploy(config, NOW);
    Await.until("the receiver fails", () -> posted.size() >= 1);
    Await.result(vertx.undeploy(first));
    int failures = posted.size();
    answer = 200;
    deploy(config, NOW);
    Await.until("it is posted again", () -> posted.size() > failures);
    assertThat(postedIds).containsOnly(postedIds.get(0));
    Await.until("it is marked", () -> webhookState("home-2026-10").equals("sent"));
  }

  @Test
  void lateReadingsMakeARevisionAndLeaveTheFirstAsItWas() throws Exception {
    PackMaker maker = maker(config("never", Duration.ZERO), NOW);
    Await.result(maker.make("home", "2026-10"));
    Buffer pdf = content("home-2026-10", PackFile.Name.PDF);
    assertThat(Await.result(maker.make("home", "2026-10")).getString("id"))
        .isEqualTo("home-2026-10");

    energyKwh = 330.5;
    receipt = null;
    JsonObject second = Await.result(maker.make("home", "2026-10"));
    assertThat(second.getMap())
        .containsEntry("id", "home-2026-10.2")
        .containsEntry("revision", 2)
        .containsEntry("replaces", "home-2026-10");
    assertThat(second.getJsonArray("files")).containsExactly("report.pdf", "report.csv");
    assertThat(Await.result(store.file("home-2026-10.2", PackFile.Name.BUNDLE))).isEmpty();
    assertThat(content("home-2026-10", PackFile.Name.PDF)).isEqualTo(pdf);
    energyKwh = 331;
    assertThat(Await.result(maker.make("home", "2026-10")).getString("replaces"))
        .isEqualTo("home-2026-10.2");
    assertThat(packs()).hasSize(3);
    PackStore.Page page = Await.result(store.list(2, Optional.empty()));
    assertThat(page.packs()).hasSize(2);
    assertThat(Await.result(store.list(2, Optional.of(page.next()))).packs()).hasSize(1);
  }

  @Test
  void oneThatTwoMakeAtOnceIsThereOnceWithItsFilesWhole() throws Exception {
    receipt = Buffer.buffer(new byte[1_300_000]);
    PackMaker maker = maker(config("never", Duration.ZERO), NOW);
    List<Future<JsonObject>> made = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      made.add(maker.make("дом / 1", "2026-10"));
    }
    for (Future<JsonObject> one : made) {
      assertThat(Await.result(one).getString("id")).isEqualTo("дом / 1-2026-10");
    }
    assertThat(packs()).hasSize(1);
    assertThat(content("дом / 1-2026-10", PackFile.Name.BUNDLE)).isEqualTo(receipt);
    assertThat(Await.result(mongo.count("pack_files", new JsonObject()))).isEqualTo(5);
  }

  @Test
  void aPackWhoseFilesAreDamagedHoldsNothingUp() throws Exception {
    PackConfig config = config("never", Duration.ZERO);
    PackMaker maker = maker(config, NOW);
    Await.result(maker.make("home", "2026-09"));
    Await.result(mongo.removeDocuments("pack_files", new JsonObject()));
    Await.result(maker.make("home", "2026-10"));
    receiver();
    deploy(config, NOW);
    Await.until("the whole one is posted", () -> posted.size() == 1);
    assertThat(posted.get(0).getJsonObject("data").getString("id")).isEqualTo("home-2026-10");
    assertThat(state("home-2026-09")).isEqualTo("failed");
  }

  @Test
  void onePackThatTheReceiverCannotTakeHoldsNoOtherUpAndIsSentAgainWhenAskedFor() throws Exception {
    PackConfig config = config("never", Duration.ZERO);
    PackMaker maker = maker(config, NOW);
    Await.result(maker.make("home", "2026-09"));
    Await.result(maker.make("home", "2026-10"));
    broken = "home-2026-09";
    receiver();
    deploy(config, NOW);
    Await.until("the other is sent", () -> webhookState("home-2026-10").equals("sent"));
    assertThat(webhookState("home-2026-09")).isEqualTo("pending");

    brokenAnswer = 410;
    Await.until("it is refused", () -> webhookState("home-2026-09").equals("refused"));
    broken = "";
    JsonObject again = Await.result(maker.make("home", "2026-09"));
    assertThat(again.getString("id")).isEqualTo("home-2026-09");
    assertThat(again.getString("state")).isEqualTo("made");
    Await.until("it is sent", () -> webhookState("home-2026-09").equals("sent"));
    assertThat(packs()).hasSize(2);
  }

  private Buffer content(String id, PackFile.Name name) throws Exception {
    return Await.result(store.file(id, name)).orElseThrow().content();
  }

  private List<JsonObject> packs() {
    try {
      return Await.result(store.list(100, Optional.empty())).packs();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private String state(String id) {
    return packs().stream()
        .filter(pack -> pack.getString("id").equals(id))
        .map(pack -> pack.getString("state"))
        .findFirst()
        .orElse("");
  }

  private String webhookState(String id) {
    return packs().stream()
        .filter(pack -> pack.getString("id").equals(id))
        .map(pack -> pack.getJsonArray("deliveries").getJsonObject(1).getString("state"))
        .findFirst()
        .orElse("");
  }

  private PackConfig config(String cron, Duration grace) {
    return new PackConfig(
        Schedule.of(cron),
        List.of("home"),
        List.of("monthly"),
        grace,
        "https://energy.example.org",
        Optional.of(
            new MailServer(
                "127.0.0.1",
                mailPort,
                "boe@example.org",
                Optional.empty(),
                Optional.empty(),
                false)),
        List.of("tenant@example.org"),
        Optional.of(
            new Webhook(
                URI.create("http://127.0.0.1:" + hookPort + "/packs"),
                directory.resolve("webhook.secret"))));
  }

  private final PackReports reports =
      new PackReports() {
        @Override
        public Future<JsonObject> report(String kind, String date, String site) {
          asked.incrementAndGet();
          if (site.equals("hoem")) {
            return Future.failedFuture("no site hoem");
          }
          JsonObject report =
              SampleReport.of(site, energyKwh).put("date", date).put("rebuilding", rebuilding);
          if (!date.equals("2026-10")) {
            boolean before = date.compareTo("2026-10") < 0;
            report.put("to", before ? "2026-09-30T22:00:00.000Z" : "2026-11-30T23:00:00.000Z");
          }
          return Future.succeededFuture(report);
        }

        @Override
        public Future<Optional<Buffer>> receipt(JsonObject report) {
          return Future.succeededFuture(Optional.ofNullable(receipt));
        }
      };

  private PackMaker maker(PackConfig config, Instant now) {
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    return new PackMaker(vertx, reports, store, config, "example.org/log+1+x", clock);
  }

  /** Of {@link #now}, and of these sites. */
  private DuePacks due(PackConfig of, List<String> sites) {
    PackConfig config =
        new PackConfig(
            of.schedule(),
            sites,
            of.kinds(),
            of.grace(),
            of.links(),
            of.mail(),
            of.receivers(),
            of.webhook());
    InstantSource time = () -> now;
    Clock clock = time.withZone(ZoneOffset.UTC);
    PackMaker maker = new PackMaker(vertx, reports, store, config, "example.org/log+1+x", clock);
    return new DuePacks(config, reports, maker, store, clock);
  }

  private String deploy(PackConfig config, Instant now) throws Exception {
    // Those that were made lie in the outbox for less than it keeps them.
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    PacksVerticle verticle =
        new PacksVerticle(config, mongo, reports, maker(config, now), clock, metrics);
    return Await.result(vertx.deployVerticle(verticle));
  }

  private GreenMail mailServer() {
    GreenMail mails =
        new GreenMail(new ServerSetup(mailPort, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    mails.start();
    return mails;
  }

  private void receiver() throws Exception {
    Await.result(
        vertx.createHttpServer().requestHandler(this::receive).listen(hookPort, "127.0.0.1"));
  }

  private void receive(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              String id = request.getHeader("webhook-id");
              String signed = id + '.' + request.getHeader("webhook-timestamp") + '.' + body;
              if (!request.getHeader("webhook-signature").equals("v1," + hmac(signed))) {
                request.response().setStatusCode(401).end();
                return;
              }
              postedIds.add(id);
              posted.add(body.toJsonObject());
              boolean isBroken =
                  body.toJsonObject().getJsonObject("data").getString("id").equals(broken);
              request.response().setStatusCode(isBroken ? brokenAnswer : answer).end();
            });
  }

  private String hmac(String signed) {
    try {
      String secret = Files.readString(directory.resolve("webhook.secret")).strip();
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring(6)), "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes("UTF-8")));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
