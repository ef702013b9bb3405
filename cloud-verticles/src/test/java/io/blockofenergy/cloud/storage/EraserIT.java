package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EraserIT {
  private static final Instant START = ErasureFixture.START;

  @TempDir Path directory;
  private Vertx vertx;
  private LocalMongo server;
  private MongoClient mongo;
  private ErasureStore erasures;
  private ErasureFixture storage;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    erasures = new ErasureStore(mongo, Clock.systemUTC());
    storage = new ErasureFixture(mongo);
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

  private List<JsonObject> rollups() {
    return await(mongo.find(RollupStore.ROLLUPS, new JsonObject())).stream()
        .map(document -> new JsonObject(new TreeMap<>(document.getMap())))
        .toList();
  }

  private Erasure orderFirst(int count) {
    return await(
        erasures.order("plug0", START, START.plusSeconds(count + 1), "asked for by its owner"));
  }

  /** What the rollups are when these readings alone are stored. */
  private List<JsonObject> rollupsOf(List<Reading> readings) {
    final List<JsonObject> before = rollups();
    await(mongo.removeDocuments(RollupStore.ROLLUPS, new JsonObject()));
    await(new RollupStore(mongo).fold(readings));
    final List<JsonObject> wanted = rollups();
    await(mongo.removeDocuments(RollupStore.ROLLUPS, new JsonObject()));
    before.forEach(document -> await(mongo.insert(RollupStore.ROLLUPS, document)));
    return wanted;
  }

  @Test
  void nothingOfAnErasedReadingIsLeftButItsPlace() {
    List<Reading> readings = storage.store(1, 500);
    Erasure erasure = orderFirst(450);
    await(storage.erase());
    JsonObject tombstone =
        await(
            mongo.findOne(
                "readings", new JsonObject().put("_id", readings.get(0).sortableId()), null));
    assertThat(tombstone)
        .isEqualTo(
            new JsonObject()
                .put("_id", "bridge.0a1b2c3d.0000000000000001")
                .put("bridge", "bridge")
                .put("journal", "0a1b2c3d")
                .put("seq", 1)
                .put("device", "plug0")
                .put("site", "home")
                .put("measuredAt", "2026-11-23T00:00:01.000Z")
                .put("erased", erasure.act().id()));
    assertThat(await(erasures.find(erasure.act().id())).orElseThrow().toJson().getMap())
        .containsEntry("state", "completed")
        .containsEntry("erased", 450L);
    assertThat(rollups()).isEqualTo(rollupsOf(readings.subList(450, 500)));
  }

  @Test
  void whatReportsHaveKeptOfItsMonthIsDeleted() {
    storage.store(1, 10);
    ReportMonths months = new ReportMonths(mongo);
    YearMonth month = YearMonth.of(2026, 11);
    for (String device : List.of("plug0", "plug0x")) {
      await(months.put(device, month, new byte[] {1}));
      await(months.put(device, month.minusMonths(1), new byte[] {1}));
    }
    orderFirst(5);
    await(storage.erase());
    assertThat(await(mongo.find(ReportMonths.MONTHS, new JsonObject())))
        .extracting(document -> document.getString("_id"))
        .containsExactlyInAnyOrder("plug0/2026-10", "plug0x/2026-10", "plug0x/2026-11");
  }

  @Test
  void aReadingThatIsDeliveredAgainAfterItsErasureStaysErased() {
    List<Reading> readings = storage.store(1, 100);
    orderFirst(100);
    await(storage.erase());
    assertThat(rollups()).isEmpty();
    storage.store(1, 100);
    assertThat(rollups()).isEmpty();
    StoredReading stored = await(new ReadingStore(mongo).find(readings.get(7).id())).orElseThrow();
    assertThat(stored.isErased()).isTrue();
    assertThat(await(new DeviceStore(mongo).device("plug0")).orElseThrow().latest()).isNull();
  }

  @Test
  void aDeviceShowsTheNewestThatIsLeft() {
    List<Reading> readings = storage.store(1, 100);
    await(
        erasures.order(List.of(readings.get(99).id(), readings.get(98).id(), "b.0a1b2c3d.7"), "r"));
    await(storage.erase());
    JsonObject latest = await(new DeviceStore(mongo).device("plug0")).orElseThrow().latest();
    assertThat(latest.getString("id")).isEqualTo("bridge.0a1b2c3d.98");
    assertThat(latest.getJsonObject("quantities").getDouble("powerW")).isEqualTo(98.0);
    storage.store(101, 1);
    assertThat(await(new DeviceStore(mongo).device("plug0")).orElseThrow().latest().getString("id"))
        .isEqualTo("bridge.0a1b2c3d.101");
  }

  @Test
  void deliveriesDuringAnErasureDoNotBringItsReadingsBack() {
    List<Reading> readings = storage.store(1, 1000);
    orderFirst(900);
    List<Future<Void>> running = new ArrayList<>();
    running.add(storage.erase());
    for (int first = 0; first < 1000; first += 50) {
      running.add(storage.storing(readings.subList(first, first + 50)));
    }
    await(Future.all(running));
    assertThat(rollups()).isEqualTo(rollupsOf(readings.subList(900, 1000)));
  }

  @Test
  void anErasureThatIsCutOffAtAnyWriteIsFinishedLater() {
    List<Reading> readings = storage.store(1, 450);
    List<JsonObject> wanted = rollupsOf(readings.subList(430, 450));
    orderFirst(430);
    for (int allowed = 0; ; allowed++) {
      assertThat(allowed).isLessThan(100);
      ErasureFixture cutOff = new ErasureFixture(failingAfter(allowed));
      Future<Void> run = cutOff.erase();
      try {
        await(run);
        break;
      } catch (CompletionException e) {
        assertThat(await(erasures.nextRunning())).isPresent();
      }
    }
    await(storage.erase());
    assertThat(rollups()).isEqualTo(wanted);
    assertThat(await(erasures.erasures(10, 10)).get(0).toJson().getInteger("erased"))
        .isEqualTo(430);
  }

  @Test
  void anErasureOfManyThousandPagesEnds() {
    AtomicInteger pages = new AtomicInteger();
    List<JsonObject> page =
        Collections.nCopies(
            200,
            new JsonObject()
                .put("_id", "bridge.0a1b2c3d.0000000000000001")
                .put("device", "plug0")
                .put("measuredAt", Reading.format(START))
                .put("erased", "@act.00000000.999"));
    MongoClient full =
        store(
            (method, arguments) ->
                method.equals("findWithOptions")
                        && arguments[0].equals(ReadingStore.READINGS)
                        && pages.incrementAndGet() <= 10_000
                    ? Optional.of(mongo.findOne("none", new JsonObject(), null).map(v -> page))
                    : Optional.empty());
    Erasure erasure = orderFirst(100);
    await(new ErasureFixture(full).erase());
    assertThat(pages).hasValueGreaterThan(10_000);
    assertThat(await(erasures.find(erasure.act().id())).orElseThrow().progress().getMap())
        .containsEntry("state", "completed");
  }

  @Test
  void aDamagedErasureStopsNoneThatComesAfterIt() {
    storage.store(1, 10);
    List<Erasure> damaged = new ArrayList<>();
    for (JsonObject damage :
        List.of(
            new JsonObject().putNull("act"),
            new JsonObject().put("act", "{}"),
            new JsonObject().put("erasure.readings", new JsonArray().add(1)).put("act", "["))) {
      Erasure erasure = orderFirst(5);
      damaged.add(erasure);
      await(
          mongo.updateCollection(
              "acts",
              new JsonObject().put("_id", Act.sortableId(erasure.act().n())),
              new JsonObject().put("$set", damage)));
    }
    Erasure good = orderFirst(5);
    await(storage.erase());
    assertThat(await(erasures.find(good.act().id())).orElseThrow().toJson().getMap())
        .containsEntry("erased", 5L);
    assertThat(await(erasures.erasures(100, 10))).extracting(Erasure::act).hasSize(1);
    assertThat(await(erasures.find(damaged.get(0).act().id()))).isEmpty();
  }

  @Test
  void anErasureThatIsStoppedGoesOnAtTheNextStart() {
    List<Reading> readings = storage.store(1, 450);
    final List<JsonObject> wanted = rollupsOf(readings.subList(430, 450));
    orderFirst(430);
    AtomicReference<ErasureFixture> stopping = new AtomicReference<>();
    AtomicInteger burials = new AtomicInteger();
    stopping.set(
        new ErasureFixture(
            store(
                (method, arguments) -> {
                  if (method.equals("bulkWrite") && arguments[0].equals(ReadingStore.READINGS)) {
                    burials.incrementAndGet();
                    stopping.get().stop();
                  }
                  return Optional.empty();
                })));
    Future<Void> stopped = stopping.get().erase();
    assertThatThrownBy(() -> await(stopped)).hasMessageContaining("storage has stopped");
    assertThat(burials).hasValue(1);
    assertThat(await(erasures.nextRunning())).isPresent();
    await(storage.erase());
    assertThat(rollups()).isEqualTo(wanted);
  }

  /** The store, whose writes fail after some, as a process that was killed makes no more. */
  private MongoClient failingAfter(int writes) {
    AtomicInteger left = new AtomicInteger(writes);
    return store(
        (method, arguments) ->
            method.matches("bulkWrite.*|updateCollection|removeDocuments|insert")
                    && left.getAndDecrement() <= 0
                ? Optional.of(Future.failedFuture(new IllegalStateException("killed")))
                : Optional.empty());
  }

  /**
   * The store, with something between.
   *
   * @param between is given a method's name and arguments, and may answer in the store's place
   */
  private MongoClient store(BiFunction<String, Object[], Optional<Future<?>>> between) {
    return (MongoClient)
        Proxy.newProxyInstance(
            MongoClient.class.getClassLoader(),
            new Class<?>[] {MongoClient.class},
            (proxy, method, arguments) -> {
              Optional<Future<?>> answer = between.apply(method.getName(), arguments);
              if (answer.isPresent()) {
                return answer.get();
              }
              try {
                return method.invoke(mongo, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
