package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.local.LocalMongo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RollupsUnderWayIT {
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");

  @TempDir Path directory;
  private Vertx vertx;
  private LocalMongo server;
  private MongoClient mongo;
  private RollupRebuild rebuild;
  private ErasureStore erasures;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    rebuild = new RollupRebuild(mongo, new RollupStore(mongo), Clock.systemUTC());
    erasures = new ErasureStore(mongo, Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    await(mongo.close());
    await(vertx.close());
    server.close();
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  private boolean touches(String device, int from, int last) {
    return await(new RollupsUnderWay(mongo).now())
        .touch(device, DAY.plusDays(from), DAY.plusDays(last));
  }

  @Test
  void anOrderTouchesWhatItHasNotComeBy() {
    await(
        new ReadingStore(mongo)
            .insert(
                List.of(
                    TestReadings.reading(1, "a", Instant.parse("2026-11-23T10:00:00Z")),
                    TestReadings.reading(2, "b", Instant.parse("2026-11-23T10:00:00Z")))));
    assertThat(touches("a", -1000, 1000)).isFalse();
    await(rebuild.order(Optional.empty(), Optional.of(DAY), Optional.of(DAY.plusDays(2))));
    assertThat(touches("a", -2, -1)).isFalse();
    assertThat(touches("a", -1, 0)).isTrue();
    assertThat(touches("a", 1, 5)).isTrue();
    assertThat(touches("a", 2, 5)).isFalse();
    await(rebuild.step()); // comes to a
    assertThat(touches("a", 0, 0)).isTrue();
    await(rebuild.step()); // does its day
    assertThat(touches("a", 0, 0)).isFalse();
    assertThat(touches("b", 0, 0)).isTrue();
    await(rebuild.step()); // comes to b
    assertThat(touches("a", 0, 1)).isFalse();
    while (await(rebuild.step())) {
      continue;
    }
    assertThat(touches("b", -1000, 1000)).isFalse();
  }

  @Test
  void anOrderOfADeviceTouchesNoOther() {
    await(rebuild.order(Optional.of("a"), Optional.empty(), Optional.empty()));
    assertThat(touches("a", 0, 0)).isTrue();
    assertThat(touches("b", 0, 0)).isFalse();
  }

  @Test
  void anErasureTouchesItsDaysUntilItIsDone() {
    Erasure erasure =
        await(
            erasures.order(
                "a",
                Instant.parse("2026-11-23T10:00:00Z"),
                Instant.parse("2026-11-25T00:00:00Z"),
                "moved out"));
    assertThat(touches("a", -1, -1)).isFalse();
    assertThat(touches("a", -1, 0)).isTrue();
    assertThat(touches("a", 1, 1)).isTrue();
    assertThat(touches("a", 2, 2)).isFalse();
    assertThat(touches("b", 0, 0)).isFalse();
    await(erasures.complete(erasure, 0));
    assertThat(touches("a", 0, 0)).isFalse();
    await(erasures.order(List.of("bridge.0a1b2c3d.1"), "a mistake"));
    assertThat(touches("b", 0, 0)).isTrue();
  }

  @Test
  void rollupsOfAnOlderFormAreAllStillToBeMade() {
    await(rebuild.orderWhenFormIsOlder());
    while (await(rebuild.step())) {
      continue;
    }
    assertThat(touches("a", 0, 0)).isFalse();
    await(
        mongo.updateCollection(
            RollupRebuild.REBUILD,
            new JsonObject().put("_id", "form"),
            new JsonObject().put("$set", new JsonObject().put("form", 1))));
    assertThat(touches("a", 0, 0)).isTrue();
  }
}
