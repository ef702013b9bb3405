package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RollupStoreIT {
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");
  private static final Instant START = Instant.parse("2026-11-23T00:00:00Z");

  @TempDir Path directory;
  private Vertx vertx;
  private LocalMongo server;
  private MongoClient mongo;
  private ReadingStore readings;
  private RollupStore rollups;
  private WorkerExecutor workers;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    workers = vertx.createSharedWorkerExecutor("reading", 1);
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    readings = new ReadingStore(mongo);
    rollups = new RollupStore(mongo);
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

  private static Reading reading(
      long seq, String device, Instant at, String epoch, TreeMap<String, Double> quantities) {
    Reading model = TestReadings.reading(seq, device, at, "{}");
    return new Reading(
        model.bridge(),
        model.journal(),
        seq,
        device,
        model.site(),
        at,
        at,
        model.topic(),
        model.format(),
        quantities,
        epoch,
        model.salt(),
        model.payload());
  }

  private static TreeMap<String, Double> quantities(Object... pairs) {
    TreeMap<String, Double> quantities = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      quantities.put((String) pairs[i], ((Number) pairs[i + 1]).doubleValue());
    }
    return quantities;
  }

  private List<JsonObject> all() {
    return await(mongo.find(RollupStore.ROLLUPS, new JsonObject())).stream()
        .map(document -> new JsonObject(new TreeMap<>(document.getMap())))
        .toList();
  }

  @Test
  void aQuarterHourKeepsItsFirstAndLastCountersAndItsExtremePower() {
    await(
        rollups.fold(
            List.of(
                reading(
                    2,
                    "plug 1/ä",
                    START.plusSeconds(899),
                    "a b",
                    quantities("energyImportKwh", 10.5, "powerW", 100)),
                reading(
                    1,
                    "plug 1/ä",
                    START.plusSeconds(3),
                    "a b",
                    quantities("energyImportKwh", 1e21, "energyExportKwh", 3, "powerW", -4.5)),
                reading(
                    3,
                    "plug 1/ä",
                    START.plusSeconds(86_399),
                    "a b",
                    quantities("energyImportKwh", 11)),
                reading(
                    4, "plug 1/ä", START.plusSeconds(1000), "a b", quantities("voltageV", 230)))));
    assertThat(all())
        .containsExactly(
            new JsonObject()
                .put("_id", "plug%201%2F%C3%A4/2026-11-23T00/a%20b")
                .put("device", "plug 1/ä")
                .put("day", "2026-11-23")
                .put("counterEpoch", "a b")
                .put(
                    "q",
                    new JsonObject()
                        .put(
                            "00",
                            new JsonObject()
                                .put("firstImport", text("00:00:03", 1, "1e+21"))
                                .put("lastImport", text("00:14:59", 2, "10.5"))
                                .put("firstExport", text("00:00:03", 1, "3"))
                                .put("lastExport", text("00:00:03", 1, "3"))
                                .put("leastImport", 10.5)
                                .put("greatestImport", 1e21)
                                .put("leastExport", 3.0)
                                .put("greatestExport", 3.0)
                                .put("lowW", -4.5)
                                .put("peakW", 100.0))),
            new JsonObject()
                .put("_id", "plug%201%2F%C3%A4/2026-11-23T18/a%20b")
                .put("device", "plug 1/ä")
                .put("day", "2026-11-23")
                .put("counterEpoch", "a b")
                .put(
                    "q",
                    new JsonObject()
                        .put(
                            "95",
                            new JsonObject()
                                .put("firstImport", text("23:59:59", 3, "11"))
                                .put("lastImport", text("23:59:59", 3, "11"))
                                .put("leastImport", 11.0)
                                .put("greatestImport", 11.0))));
  }

  private static String text(String time, int seq, String number) {
    return "2026-11-23T" + time + ".000Z bridge.0a1b2c3d.000000000000000" + seq + " " + number;
  }

  @Test
  void ofPowerWithoutACounterTheLastOfEachMinuteIsKept() {
    Instant at = START.plusSeconds(7 * 3600 + 16 * 60);
    await(
        rollups.fold(
            List.of(
                reading(1, "plug", at.plusMillis(59_999), "", quantities("powerW", 7.25)),
                reading(2, "plug", at.plusMillis(9_000), "", quantities("powerW", 900)),
                reading(3, "plug", at.plusMillis(60_005), "", quantities("powerW", -0.0)),
                reading(
                    4,
                    "plug",
                    at.plusMillis(60_006),
                    "",
                    quantities("powerW", 5, "energyExportKwh", 1)))));
    assertThat(all().get(0).getJsonObject("q").getJsonObject("29").getJsonObject("p"))
        .isEqualTo(new JsonObject().put("01", "59999 7.25").put("02", "00005 0"));
    List<Rollup> read = await(rollups.rollups("plug", DAY, DAY.plusDays(1), workers));
    assertThat(read.get(0).quarters().get(29).powerW())
        .containsExactly(entry(119_999, 7.25), entry(120_005, 0.0));
  }

  @Test
  void aDayIsReadAsOneRollupForEachEpoch() {
    await(
        rollups.fold(
            List.of(
                TestReadings.reading(1, "plug", START),
                reading(2, "plug", START.plusSeconds(3600), "a", quantities("powerW", 2)),
                TestReadings.reading(3, "plug", START.plusSeconds(23 * 3600)),
                reading(4, "plug", START.plusSeconds(19 * 3600), "a", quantities("powerW", 4)))));
    assertThat(await(rollups.rollups("plug", DAY, DAY.plusDays(1), workers)))
        .extracting(each -> each.day() + " " + each.counterEpoch() + each.quarters().keySet())
        .containsExactly("2026-11-23 2026-01-01T00:00:00[0, 92]", "2026-11-23 a[4, 76]");
  }

  @Test
  void documentsAreReadOnTheWorkersNotOnTheEventLoop() {
    await(rollups.fold(List.of(TestReadings.reading(1, "plug", START))));
    CountDownLatch busy = new CountDownLatch(1);
    workers.executeBlocking(
        () -> {
          busy.await();
          return null;
        },
        false);
    Future<List<Rollup>> read = rollups.rollups("plug", DAY, DAY.plusDays(1), workers);
    assertThat(await(rollups.find("plug", DAY, DAY.plusDays(1)))).hasSize(1);
    assertThat(read.isComplete()).isFalse();
    busy.countDown();
    assertThat(await(read)).hasSize(1);
  }

  /** Days, devices, epochs, instants that coincide and quantities that are absent. */
  private static List<Reading> stream(Random random, int count) {
    List<Reading> stream = new ArrayList<>();
    for (int seq = 1; seq <= count; seq++) {
      TreeMap<String, Double> quantities = new TreeMap<>();
      if (random.nextInt(4) > 0) {
        quantities.put("energyImportKwh", random.nextInt(1000) / 8.0);
      }
      if (random.nextInt(4) == 0) {
        quantities.put("energyExportKwh", random.nextDouble());
      }
      if (random.nextInt(4) > 0) {
        quantities.put("powerW", random.nextBoolean() ? -0.0 : random.nextInt(3) - 1.0);
      }
      Instant at = START.plusSeconds(random.nextInt(192) * 900 + random.nextInt(3) * 30);
      stream.add(
          reading(
              seq, "plug" + random.nextInt(3), at, random.nextBoolean() ? "" : "é", quantities));
    }
    return stream;
  }

  @Test
  void repeatedLateAndShuffledDeliveriesGiveWhatOnePassGives() {
    for (int seed = 0; seed < 8; seed++) {
      Random random = new Random(seed);
      List<Reading> stream = stream(random, 500);
      await(rollups.fold(stream));
      final List<JsonObject> onePass = all();
      await(mongo.removeDocuments(RollupStore.ROLLUPS, new JsonObject()));

      List<Reading> deliveries = new ArrayList<>(stream);
      deliveries.addAll(stream.subList(0, 200));
      deliveries.addAll(stream.subList(100, 300));
      Collections.shuffle(deliveries, random);
      for (int at = 0; at < deliveries.size(); ) {
        int end = Math.min(deliveries.size(), at + 1 + random.nextInt(60));
        await(rollups.fold(deliveries.subList(at, end)));
        at = end;
      }
      assertThat(all()).as("seed %d", seed).isEqualTo(onePass);
      await(mongo.removeDocuments(RollupStore.ROLLUPS, new JsonObject()));
    }
  }

  @Test
  void rebuildingADayFromItsReadingsGivesWhatFoldingGave() {
    List<Reading> stream = stream(new Random(1), 3000);
    for (int i = 0; i < 450; i++) { // more than a page at one instant
      stream.add(
          reading(3001 + i, "plug0", START.plusSeconds(777), "", quantities("energyImportKwh", i)));
    }
    await(readings.insert(stream));
    await(rollups.fold(stream));
    final List<JsonObject> folded = all();
    await(
        mongo.updateCollection(
            RollupStore.ROLLUPS,
            new JsonObject().put("_id", "plug0/2026-11-23T00/"),
            new JsonObject().put("$set", new JsonObject().put("q.00.peakW", 9e9))));
    assertThat(all()).isNotEqualTo(folded);
    await(rollups.rebuild("plug0", DAY));
    assertThat(all()).isEqualTo(folded);
    await(rollups.rebuild("nobody", DAY));
    assertThat(all()).isEqualTo(folded);
  }

  @Test
  void aDayThatIsRebuiltWhileReadingsArriveLosesNone() {
    List<Reading> early = TestReadings.readings(1, 500, 1, START);
    await(readings.insert(early).compose(v -> rollups.fold(early)));
    List<Future<Void>> storing = new ArrayList<>();
    Future<Void> rebuilt = rollups.rebuild("plug0", DAY);
    for (int first = 501; first < 1500; first += 50) {
      List<Reading> batch = TestReadings.readings(first, 50, 1, START);
      storing.add(readings.insert(batch).compose(v -> rollups.fold(batch)));
      if (first % 100 == 1) {
        rebuilt = rebuilt.compose(v -> rollups.rebuild("plug0", DAY));
      }
    }
    await(Future.all(storing));
    await(rebuilt);
    final List<JsonObject> found = all();
    await(mongo.removeDocuments(RollupStore.ROLLUPS, new JsonObject()));
    await(rollups.fold(TestReadings.readings(1, 1500, 1, START)));
    assertThat(found).isEqualTo(all());
  }

  @Test
  void aPeriodIsThatOfTheDeviceAlone() {
    List<Reading> stream = new ArrayList<>();
    for (String device : List.of("plug", "plug/1", "plug-1", "plug0")) {
      for (int day = 0; day < 4; day++) {
        stream.add(
            TestReadings.reading(stream.size() + 1, device, START.plusSeconds(day * 86_400)));
      }
    }
    await(rollups.fold(stream));
    assertThat(await(rollups.find("plug", DAY.plusDays(1), DAY.plusDays(3))))
        .extracting(document -> document.getString("device") + document.getString("day"))
        .containsExactly("plug2026-11-24", "plug2026-11-25");
    assertThat(
            await(rollups.find("plug", LocalDate.parse("9999-12-31"), LocalDate.of(10_000, 1, 1))))
        .isEmpty();
    assertThatThrownBy(() -> rollups.find("plug", DAY, DAY))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void eachFoldChangesTheVersionsOfItsOwnDays() {
    YearMonth november = YearMonth.of(2026, 11);
    await(rollups.fold(List.of(TestReadings.reading(1, "plug", START))));
    Map<Integer, Long> first = versions("plug").get(november);
    assertThat(first).containsOnlyKeys(23);
    List<Reading> later =
        List.of(
            TestReadings.reading(2, "plug", START.plusSeconds(86_400)),
            TestReadings.reading(3, "plug", START.plusSeconds(40 * 86_400)),
            TestReadings.reading(4, "plug/2", START),
            reading(5, "plug", START, "", quantities("voltageV", 230)));
    await(rollups.fold(later));
    assertThat(versions("plug")).containsOnlyKeys(november, YearMonth.of(2027, 1));
    assertThat(versions("plug").get(november))
        .containsOnlyKeys(23, 24)
        .containsEntry(23, first.get(23));
    await(rollups.fold(later));
    assertThat(versions("plug").get(november).get(24)).isGreaterThan(1);
    await(rollups.rebuild("plug", DAY)); // there is no reading of it
    assertThat(versions("plug").get(november).get(23)).isGreaterThan(first.get(23));

    assertThat(await(rollups.lastMonthBefore("plug", YearMonth.of(2027, 1)))).contains(november);
    assertThat(await(rollups.lastMonthBefore("plug", YearMonth.of(10_000, 1))))
        .contains(YearMonth.of(2027, 1));
    assertThat(await(rollups.lastMonthBefore("plug", november))).isEmpty();
    assertThatThrownBy(() -> rollups.versions("plug", november, november))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private SortedMap<YearMonth, Map<Integer, Long>> versions(String device) {
    return await(rollups.versions(device, YearMonth.of(2026, 1), YearMonth.of(2028, 1)));
  }

  @Test
  void whatWasReadUnderAVersionThatStillHoldsIsAllThatWasFolded() {
    List<Future<Void>> folds = new ArrayList<>();
    List<Map<YearMonth, Map<Integer, Long>>> seen = new ArrayList<>();
    List<List<Rollup>> read = new ArrayList<>();
    for (int first = 1; first < 4000; first += 40) {
      folds.add(rollups.fold(TestReadings.readings(first, 40, 1, START)));
      seen.add(versions("plug0"));
      read.add(await(rollups.rollups("plug0", DAY, DAY.plusDays(1), workers)));
    }
    await(Future.all(folds));
    seen.add(versions("plug0"));
    read.add(await(rollups.rollups("plug0", DAY, DAY.plusDays(1), workers)));
    for (int i = 0; i < seen.size(); i++) {
      if (seen.get(i).equals(seen.get(seen.size() - 1))) {
        assertThat(read.get(i)).isEqualTo(read.get(read.size() - 1));
      }
    }
  }
}
