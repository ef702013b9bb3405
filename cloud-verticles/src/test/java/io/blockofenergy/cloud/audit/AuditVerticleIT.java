package io.blockofenergy.cloud.audit;

import static org.assertj.core.api.Assertions.assertThat;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.blockofenergy.cloud.FreePort;
import io.blockofenergy.cloud.audit.alert.AlertConfig;
import io.blockofenergy.cloud.audit.alert.Alerts;
import io.blockofenergy.cloud.schedule.Schedule;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When audits run; that the chain is away makes each of them end at once. */
@Timeout(120)
class AuditVerticleIT {
  private final Vertx vertx = Vertx.vertx();
  private final AuditConfig config =
      new AuditConfig(
          Duration.ofHours(1),
          Path.of("."),
          Duration.ZERO,
          Duration.ZERO,
          Schedule.of("0 3 1 * *"));
  private final int port = freePort();
  private final MongoClient mongo =
      MongoClient.create(
          vertx,
          new JsonObject()
              .put(
                  "connection_string",
                  "mongodb://127.0.0.1:" + port + "/?serverSelectionTimeoutMS=200")
              .put("db_name", "energy"));
  private MongoServer server;

  private static int freePort() {
    try {
      return FreePort.draw();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void open() {
    server = new MongoServer(new MemoryBackend());
  }

  @AfterEach
  void close() throws Exception {
    Await.result(vertx.close());
    server.shutdownNow();
  }

  @Test
  void aFullAuditThatWasMissedIsMadeUpOnceThoughTheStoreComesLate() throws Exception {
    AuditVerticle first = verticle(config);
    String id = Await.result(vertx.deployVerticle(first));
    Await.until("it waits for the store", () -> first.problem().isPresent());
    server.bind("127.0.0.1", port);
    Await.until("it is ready", () -> first.problem().isEmpty());
    Await.result(vertx.undeploy(id));
    assertThat(runs("full")).isZero();

    insertRunOf("2026-01-01T03:00:00.000Z");
    AuditConfig often =
        new AuditConfig(
            Duration.ofSeconds(1),
            Path.of("."),
            Duration.ZERO,
            Duration.ZERO,
            Schedule.of("0 3 1 * *"));
    String second = Await.result(vertx.deployVerticle(verticle(often)));
    Await.until("a full audit was made up for", () -> runs("full") == 2);
    Await.until("continuous ones go on", () -> runs("continuous") >= 2);
    Await.result(vertx.undeploy(second));

    long before = runs("continuous");
    Await.result(vertx.deployVerticle(verticle(often)));
    Await.until("continuous ones go on", () -> runs("continuous") >= before + 2);
    assertThat(runs("full")).isEqualTo(2);
  }

  @Test
  void runsThatSomebodyHasMadeUpStopNoSchedule() throws Exception {
    server.bind("127.0.0.1", port);
    Await.until("the store is reached", this::isReached);
    insertRunOf("2026-01-01T03:00:00.000Z");
    for (Object startedAt : Arrays.asList("9999-01-01T00:00:00.000Z", "2026", 7, null)) {
      JsonObject run = run("2026020" + runs("full") + "T030000000-0000", startedAt);
      Await.result(mongo.insert("audit_runs", run));
    }
    AuditVerticle verticle = verticle(config);
    Await.result(vertx.deployVerticle(verticle));
    Await.until("it is ready", () -> verticle.problem().isEmpty());
    Await.until("a full audit was made up for", () -> runs("full") == 6);
  }

  private boolean isReached() {
    try {
      return runs("full") == 0;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private void insertRunOf(String startedAt) throws Exception {
    Await.result(mongo.insert("audit_runs", run("20260101T030000000-0000", startedAt)));
  }

  private static JsonObject run(String id, Object startedAt) {
    return new JsonObject()
        .put("_id", id)
        .put("kind", "full")
        .put("state", "failed")
        .put("startedAt", startedAt);
  }

  private long runs(String kind) {
    try {
      return Await.result(mongo.count("audit_runs", new JsonObject().put("kind", kind)));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private AuditVerticle verticle(AuditConfig settings) throws Exception {
    VerifierKey key = new VerifierKey("test.example/log", SigningKey.generate().publicKey());
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    Clock clock = Clock.systemUTC();
    return new AuditVerticle(
        settings,
        live ->
            new Audit(
                mongo,
                new AbsentChain(),
                key,
                AuditState.inMemory(),
                settings,
                clock,
                metrics,
                live),
        mongo,
        clock,
        new Alerts(vertx, mongo, AlertConfig.NONE, clock, metrics));
  }

  private static final class AbsentChain implements ChainReader {
    @Override
    public String contract() {
      return "0x00";
    }

    @Override
    public OptionalLong count() {
      throw new UnavailableException("the chain is away");
    }

    @Override
    public Anchor anchorAt(long index) {
      throw new UnavailableException("the chain is away");
    }
  }
}
