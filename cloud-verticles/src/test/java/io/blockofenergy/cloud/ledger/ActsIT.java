package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.ingestion.BridgeRegistry;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.storage.Act;
import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.cloud.storage.MongoConfig;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Acts from their record to the log. */
class ActsIT {
  private static final Instant AT = Instant.parse("2026-11-23T10:00:00.123Z");
  private static final String KEY =
      Base64.getEncoder().encodeToString(SigningKey.generate().publicKey());

  @TempDir Path directory;
  private Vertx vertx;
  private LocalMongo server;
  private MongoClient mongo;
  private ActStore acts;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    acts = new ActStore(mongo);
  }

  @AfterEach
  void stop() {
    await(mongo.close());
    await(vertx.close());
    server.close();
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  @Test
  void actsRecordedAtTheSameTimeAreNumberedWithoutGapsAndOnceAKey() {
    List<Future<Act>> recorded = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      recorded.add(new ActStore(mongo).record("k/" + i % 20, "test", AT, Map.of("i", i % 20)));
    }
    await(Future.all(recorded));
    TreeSet<Long> numbers = new TreeSet<>();
    recorded.forEach(each -> numbers.add(each.result().n()));
    assertThat(numbers).containsExactlyElementsOf(LongStream.rangeClosed(1, 20).boxed().toList());
    Act first = await(acts.find("@act.00000000.1")).orElseThrow();
    assertThat(first.canonical())
        .startsWith("{\"at\":\"2026-11-23T10:00:00.123Z\",\"i\":")
        .endsWith(",\"id\":\"@act.00000000.1\",\"kind\":\"test\",\"schema\":\"boe.act.v1\"}");
    assertThat(await(acts.acts(Long.MAX_VALUE / 1000, 5)))
        .extracting(Act::n)
        .first()
        .isEqualTo(20L);
  }

  @Test
  void aKeyIsUsedOnlyOnceItsPinIsAnAct() {
    BridgeRegistry bridges = new BridgeRegistry(mongo, Clock.systemUTC());
    await(bridges.enrol("bridge", KEY));
    await(bridges.enrol("bridge", KEY));
    Act pinned = await(acts.find("@act.00000000.1")).orElseThrow();
    assertThat(new JsonObject(pinned.canonical()).getMap())
        .containsEntry("kind", "key-pinned")
        .containsEntry("bridge", "bridge")
        .containsEntry("publicKey", KEY);
    assertThat(await(acts.find("@act.00000000.2"))).isEmpty();

    // As a crash between the pin and its act leaves it.
    await(mongo.insert("bridges", new JsonObject().put("_id", "other").put("publicKey", KEY)));
    await(new BridgeRegistry(mongo, Clock.systemUTC()).publicKey("other"));
    JsonObject pin = await(mongo.findOne("bridges", new JsonObject().put("_id", "other"), null));
    assertThat(pin.getString("act")).isEqualTo("@act.00000000.2");
  }

  @Test
  void actsAreLoggedInTheirOrderAndOnceHoweverOftenTheyAreAppended() {
    for (int i = 1; i <= 3; i++) {
      await(acts.record("k/" + i, "test", AT, Map.of()));
    }
    LogStore store = new MongoLogStore(mongo);
    TransparencyLog log = log(store, HastyLedger.config());
    ActAppender appender = new ActAppender(vertx, acts, log, new AtomicLong());
    appender.start();
    vertx.eventBus().publish(ActStore.RECORDED, new JsonObject());
    Await.until("acts are logged", () -> await(acts.unlogged(1)).acts().isEmpty());

    // As a crash between the log's commit and the mark leaves it.
    await(
        mongo.updateCollection(
            "acts",
            new JsonObject().put("_id", Act.sortableId(2)),
            new JsonObject().put("$set", new JsonObject().put("state", "recorded"))));
    Await.until("the act is marked again", () -> await(acts.unlogged(1)).acts().isEmpty());
    await(appender.close());
    await(log.close());

    LogReader reader = new LogReader(store);
    assertThat(await(reader.newest()).orElseThrow().treeSize()).isEqualTo(3);
    byte[] entries = await(reader.entries(0, 3)).orElseThrow();
    for (int i = 0; i < 3; i++) {
      Act act = await(acts.find("@act.00000000." + (i + 1))).orElseThrow();
      assertThat(act.logged()).isTrue();
      assertThat(await(reader.leafIndexOf(act.id()))).contains((long) i);
      assertThat(Arrays.copyOfRange(entries, i * 34 + 2, i * 34 + 34))
          .isEqualTo(Sha256.hash(act.canonical().getBytes(StandardCharsets.UTF_8)));
    }
    assertThat(await(reader.leafIndexOf("@act.00000000.4"))).isEmpty();
  }

  private TransparencyLog log(LogStore store, LedgerConfig config) {
    TransparencyLog log =
        new TransparencyLog(
            vertx,
            store,
            config,
            SigningKey.generate(),
            Clock.systemUTC(),
            new SimpleMeterRegistry());
    await(log.start());
    return log;
  }

  private void damage(long n, JsonObject set) {
    await(
        mongo.updateCollection(
            "acts",
            new JsonObject().put("_id", Act.sortableId(n)),
            new JsonObject().put("$set", set)));
  }

  @Test
  void damagedDocumentsAreCountedAndStopNoOtherAct() {
    for (int i = 1; i <= 5; i++) {
      await(acts.record("k/" + i, "test", AT, Map.of()));
    }
    damage(1, new JsonObject().putNull("act"));
    damage(2, new JsonObject().put("act", "no JSON"));
    damage(4, new JsonObject().put("act", 4));
    for (Object id : List.of("@act.00000000.none", "zzz", 7)) {
      await(
          mongo.insert(
              "acts",
              new JsonObject().put("_id", id).put("key", "s/" + id).put("state", "recorded")));
    }
    AtomicLong damaged = new AtomicLong();
    LogStore store = new MongoLogStore(mongo);
    TransparencyLog log = log(store, HastyLedger.config());
    ActAppender appender = new ActAppender(vertx, acts, log, damaged);
    appender.start();
    Await.until("what can be logged is logged", () -> await(acts.unlogged(9)).acts().isEmpty());
    Await.until("the others are counted", () -> damaged.get() == 6);
    assertThat(await(acts.record("k/6", "test", AT, Map.of())).n()).isEqualTo(6);
    assertThatThrownBy(() -> await(acts.record("k/1", "test", AT, Map.of())))
        .hasMessageContaining("damaged");
    assertThatThrownBy(() -> await(acts.record("s/zzz", "test", AT, Map.of())))
        .hasMessageContaining("damaged");
    Await.until("the next is logged", () -> await(acts.unlogged(9)).acts().isEmpty());
    assertThat(await(acts.acts(100, 3))).extracting(Act::n).containsExactly(6L, 5L, 3L);
    await(appender.close());
    await(log.close());
    assertThat(await(new LogReader(store).leafIndexOf("@act.00000000.6"))).contains(2L);
  }

  @Test
  void whatTheLogRefusesForNowNoActOvertakes() {
    for (int i = 1; i <= 5; i++) {
      await(acts.record("k/" + i, "test", AT, Map.of()));
    }
    LedgerConfig hasty = HastyLedger.config();
    LedgerConfig narrow =
        new LedgerConfig(
            hasty.origin(),
            hasty.directory(),
            hasty.checkpointInterval(),
            hasty.anchorInterval(),
            hasty.anchorEntries(),
            2,
            hasty.lease());
    LogStore store = new MongoLogStore(mongo);
    TransparencyLog log = log(store, narrow);
    ActAppender appender = new ActAppender(vertx, acts, log, new AtomicLong());
    appender.start();
    Await.until("acts are logged", () -> await(acts.unlogged(9)).acts().isEmpty());
    await(appender.close());
    await(log.close());
    for (long i = 0; i < 5; i++) {
      assertThat(await(new LogReader(store).leafIndexOf(Act.id(i + 1)))).contains(i);
    }
  }
}
