package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RollupRebuildIT {
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");
  private static final Instant START = Instant.parse("2026-11-23T00:00:00Z");

  @TempDir Path directory;
  private Vertx vertx;
  private LocalMongo server;
  private MongoClient mongo;
  private ReadingStore readings;
  private RollupStore rollups;
  private RollupRebuild rebuild;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    readings = new ReadingStore(mongo);
    rollups = new RollupStore(mongo);
    rebuild = new RollupRebuild(mongo, rollups, Clock.systemUTC());
    await(readings.createIndexes());
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

  private List<JsonObject> all() {
    return await(mongo.find(RollupStore.ROLLUPS, new JsonObject())).stream()
        .map(document -> new JsonObject(new TreeMap<>(document.getMap())))
        .toList();
  }

  /** Readings of three devices, some days apart. */
  private List<JsonObject> store() {
    List<Reading> stored = new ArrayList<>();
    for (String device : List.of("plug/b", "a plug", "zähler")) {
      for (int i = 0; i < 12; i++) {
        Instant at = START.plusSeconds(i * 60_000L + (i > 6 ? 86_400L * 400 : 0));
        stored.add(TestReadings.reading(stored.size() + 1, device, at));
      }
    }
    await(readings.insert(stored).compose(v -> rollups.fold(stored)));
    return all();
  }

  private void spoil() {
    await(
        mongo.removeDocuments(
            RollupStore.ROLLUPS,
            new JsonObject().put("_id", new JsonObject().put("$gte", "plug%2Fb/2026-11-24"))));
    // As they were before days had parts, and of a day that has no readings any more.
    for (String id : List.of("a%20plug/2026-11-23/", "a%20plug/2027-01-01T06/")) {
      await(mongo.insert(RollupStore.ROLLUPS, new JsonObject().put("_id", id).put("q", 1)));
    }
  }

  private void run() {
    while (await(rebuild.step())) {
      continue;
    }
  }

  @Test
  void rollupsOfAllDevicesAndDaysAreMadeAnewAlsoAfterACrashInBetween() {
    final List<JsonObject> wanted = store();
    spoil();
    assertThat(await(rebuild.progress())).isEmpty();
    assertThat(await(rebuild.step())).isFalse();
    assertThat(await(rebuild.order(Optional.empty(), Optional.empty(), Optional.empty()))).isTrue();
    assertThat(await(rebuild.order(Optional.empty(), Optional.empty(), Optional.empty())))
        .isFalse();
    for (int i = 0; i < 5; i++) {
      assertThat(await(rebuild.step())).isTrue();
    }
    RollupRebuild.Progress half = await(rebuild.progress()).orElseThrow();
    assertThat(half.device()).contains("a plug");
    assertThat(half.days()).isEqualTo(4);
    assertThat(half.completedAt()).isEmpty();

    rebuild = new RollupRebuild(mongo, rollups, Clock.systemUTC());
    run();
    assertThat(all()).isEqualTo(wanted);
    assertThat(await(rebuild.progress()).orElseThrow().completedAt()).isPresent();
    assertThat(await(rebuild.order(Optional.of("x"), Optional.empty(), Optional.empty()))).isTrue();
  }

  @Test
  void aSpanOfADevicesDaysIsMadeAnewAndNothingElse() {
    List<JsonObject> wanted = store();
    await(mongo.removeDocuments(RollupStore.ROLLUPS, new JsonObject()));
    await(
        rebuild.order(
            Optional.of("plug/b"), Optional.of(DAY.plusDays(1)), Optional.of(DAY.plusDays(3))));
    run();
    assertThat(all())
        .isEqualTo(
            wanted.stream()
                .filter(rollup -> rollup.getString("device").equals("plug/b"))
                .filter(rollup -> rollup.getString("day").matches("2026-11-2[45]"))
                .toList());
  }

  @Test
  void rollupsOfAnOlderFormAreMadeAnewOnce() {
    final List<JsonObject> wanted = store();
    spoil();
    await(rebuild.orderWhenFormIsOlder());
    run();
    assertThat(all()).isEqualTo(wanted);
    await(rebuild.orderWhenFormIsOlder());
    assertThat(await(rebuild.step())).isFalse();
  }

  @Test
  void rollupsOfAnOlderFormAreMadeAnewAlsoWhenAnotherOrderIsRunning() {
    final List<JsonObject> wanted = store();
    await(rebuild.order(Optional.of("plug/b"), Optional.of(DAY.plusDays(1)), Optional.empty()));
    assertThat(await(rebuild.step())).isTrue();
    spoil();
    await(rebuild.orderWhenFormIsOlder());
    run();
    assertThat(all()).isEqualTo(wanted);
  }

  @Test
  void whatIsStoredMeanwhileIsNotLost() {
    store();
    await(rebuild.order(Optional.empty(), Optional.empty(), Optional.empty()));
    List<Future<Void>> storing = new ArrayList<>();
    for (int first = 1001; await(rebuild.step()); first += 20) {
      List<Reading> batch = TestReadings.readings(first, 20, 3, START);
      storing.add(readings.insert(batch).compose(v -> rollups.fold(batch)));
    }
    await(Future.all(storing));
    List<JsonObject> found = all();
    await(rebuild.order(Optional.empty(), Optional.empty(), Optional.empty()));
    run();
    assertThat(found).isEqualTo(all());
  }
}
