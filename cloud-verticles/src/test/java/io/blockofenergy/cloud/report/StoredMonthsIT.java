package io.blockofenergy.cloud.report;

import static io.blockofenergy.cloud.report.ReportStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.storage.ReportMonths;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of months in the store serves the reports of the next process, and only that. */
class StoredMonthsIT {
  private static final String MONTHS = "report_months";
  private static final Instant FROM = Instant.parse("2026-02-20T00:00:00Z");
  private static final Instant TO = Instant.parse("2026-05-10T00:00:00Z");
  private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");

  private ReportStore store;
  private volatile int written;
  private volatile int removed;

  @BeforeEach
  void start(@TempDir Path directory) {
    store = new ReportStore(directory, Optional.of(ReportStore.TARIFF));
    Random random = new Random(7);
    fold(new RandomMeter(random, "plug/0", "home", true).counted(FROM, TO));
    fold(new RandomMeter(random, "plug/1", "home", false).counted(FROM, TO));
    fold(new RandomMeter(random, "plug/2", "home", false).powers(FROM, TO));
  }

  @AfterEach
  void stop() {
    store.close();
  }

  private void fold(List<Reading> readings) {
    for (int at = 0; at < readings.size(); at += 2000) {
      store.fold(readings.subList(at, Math.min(readings.size(), at + 2000)));
    }
  }

  /** The report of a process that has just been started. */
  private JsonObject report() {
    return ReportStore.report(store.reports(NOW), ReportKind.YEARLY, "2026", "home", null);
  }

  private Map<String, JsonObject> documents() {
    return await(store.mongo.find(MONTHS, new JsonObject())).stream()
        .collect(Collectors.toMap(each -> each.getString("_id"), each -> each));
  }

  private Set<String> wanted() {
    return await(store.mongo.find("rollup_versions", new JsonObject())).stream()
        .map(each -> each.getString("_id"))
        .collect(Collectors.toSet());
  }

  private void awaitStored() {
    Set<String> wanted = wanted();
    assertThat(wanted).contains("plug%2F2/2026-03").hasSizeBetween(9, 12);
    Await.until("all months are stored", () -> documents().keySet().equals(wanted));
  }

  private void removeRollups() {
    await(store.mongo.removeDocuments("rollups", new JsonObject()));
  }

  private void damage(String id, JsonObject members) {
    await(
        store.mongo.updateCollection(
            MONTHS, new JsonObject().put("_id", id), new JsonObject().put("$set", members)));
  }

  private static JsonObject bytes(byte[] bytes) {
    return new JsonObject().put("bytes", new JsonObject().put("$binary", bytes));
  }

  private Reading late(long seq) {
    return ReportStore.reading(
        "plug/2", "home", seq, Instant.parse("2026-03-15T12:00:00Z"), "", "powerW", 123_456.0);
  }

  @Test
  void theReportAfterAStartIsTheSameAndReadsNoRollups() {
    final JsonObject before = report();
    awaitStored();
    removeRollups();
    assertThat(report()).isEqualTo(before);
  }

  @Test
  void ofMonthsThatHaveChangedTheDaysThatDidAreReadAnew() {
    report();
    awaitStored();
    final Map<String, JsonObject> stored = documents();
    store.fold(List.of(late(900_000)));
    JsonObject others =
        new JsonObject()
            .put(
                "$or",
                new JsonArray()
                    .add(new JsonObject().put("device", new JsonObject().put("$ne", "plug/2")))
                    .add(new JsonObject().put("day", new JsonObject().put("$ne", "2026-03-15"))));
    await(store.mongo.removeDocuments("rollups", others));
    final JsonObject after = report();
    assertThat(after.getJsonObject("summary").getDouble("peakW")).isGreaterThan(123_000);
    Await.until(
        "the month is stored anew",
        () -> !documents().get("plug%2F2/2026-03").equals(stored.get("plug%2F2/2026-03")));
    removeRollups();
    assertThat(report()).isEqualTo(after);
  }

  @Test
  void whatIsDamagedIsReadFromRollupsAndStoredAnew() {
    final JsonObject before = report();
    awaitStored();
    final Map<String, JsonObject> stored = documents();
    byte[] good = stored.get("plug%2F0/2026-03").getJsonObject("bytes").getBinary("$binary");
    byte[] newer = good.clone();
    newer[0]++;
    damage("plug%2F0/2026-03", bytes(newer));
    damage("plug%2F0/2026-04", bytes(Arrays.copyOf(good, good.length / 2)));
    damage("plug%2F1/2026-03", new JsonObject().put("bytes", "x"));
    damage("plug%2F1/2026-04", bytes(new byte[0]));
    damage("plug%2F2/2026-03", new JsonObject().putNull("bytes"));
    await(store.mongo.insert(MONTHS, new JsonObject().put("_id", "plug%2F2/2026-03x")));
    assertThat(report()).isEqualTo(before);
    await(store.mongo.removeDocuments(MONTHS, new JsonObject().put("_id", "plug%2F2/2026-03x")));
    Await.until("they are as they were", () -> documents().equals(stored));
  }

  @Test
  void aMonthWhoseVersionsHaveBegunAnewIsNotUsed() {
    report();
    awaitStored();
    await(store.mongo.removeDocuments("rollup_versions", new JsonObject()));
    removeRollups();
    store.fold(List.of(late(900_000)));
    final JsonObject after = report();
    assertThat(after.getJsonObject("summary").getDouble("energyKwh")).isLessThan(100);
    await(store.mongo.removeDocuments(MONTHS, new JsonObject()));
    assertThat(report()).isEqualTo(after);
  }

  @Test
  void itMayBeDeletedAtAnyTime() {
    final JsonObject before = report();
    awaitStored();
    await(store.mongo.removeDocuments(MONTHS, new JsonObject()));
    assertThat(report()).isEqualTo(before);
    awaitStored();
  }

  @Test
  void aMonthThatWasReadBeforeAnErasureAndIsWrittenAfterItIsNotKept() {
    YearMonth march = YearMonth.of(2026, 3);
    LocalDate day = march.atDay(15);
    MongoClient mongo =
        store(
            () -> store.rollups.rebuild("plug/0", day)); // as an erasure does, which ends before it
    RollupStore rollups = new RollupStore(store.mongo);
    StoredMonths months = months(mongo, NOW);
    Map<Integer, Long> versions =
        await(rollups.versions("plug/0", march, march.plusMonths(1))).get(march);
    months.keep("plug/0", march, new MonthSeries(versions, new DaySeries[31], Map.of()));
    months.write();
    Await.until("it was written", () -> written == 1);
    Await.until("nothing is kept", () -> removed == 1);
    assertThat(documents()).isEmpty();
  }

  /** The store, in which something happens before a month is written. */
  private MongoClient store(Supplier<Future<Void>> before) {
    return (MongoClient)
        Proxy.newProxyInstance(
            MongoClient.class.getClassLoader(),
            new Class<?>[] {MongoClient.class},
            (proxy, method, arguments) -> {
              if (method.getName().startsWith("bulkWrite")) {
                return before
                    .get()
                    .compose(v -> (Future<?>) invoke(method, arguments))
                    .onSuccess(v -> written++);
              }
              Object answer = invoke(method, arguments);
              return method.getName().equals("removeDocuments")
                  ? ((Future<?>) answer).onSuccess(v -> removed++)
                  : answer;
            });
  }

  private Object invoke(Method method, Object[] arguments) {
    try {
      return method.invoke(store.mongo, arguments);
    } catch (InvocationTargetException | IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private StoredMonths months(MongoClient mongo, Instant now) {
    return new StoredMonths(
        new ReportMonths(mongo),
        store.rollups,
        store.vertx.createSharedWorkerExecutor("report", 2),
        Clock.fixed(now, ZoneOffset.UTC));
  }

  @Test
  void theRunningMonthIsStoredWithoutTheRunningDayAndNotForOneDayMore() {
    StoredMonths months = months(store.mongo, NOW);
    YearMonth running = YearMonth.of(2026, 11);
    MonthSeries stored = months.keep("plug", running, month(1, 23, Map.of()));
    assertThat(stored.stored()).containsOnlyKeys(days(1, 22));
    assertThat(stored.versions()).containsOnlyKeys(days(1, 23));
    assertThat(kept(months, running, month(1, 22, month(1, 21, Map.of()).versions())))
        .containsOnlyKeys(days(1, 21));
    assertThat(kept(months, running, month(1, 23, month(1, 20, Map.of()).versions())))
        .containsOnlyKeys(days(1, 22));
    YearMonth past = YearMonth.of(2026, 10);
    assertThat(kept(months, past, month(1, 31, month(1, 30, Map.of()).versions())))
        .containsOnlyKeys(days(1, 31));
  }

  private static Map<Integer, Long> kept(StoredMonths months, YearMonth month, MonthSeries series) {
    return months.keep("plug", month, series).stored();
  }

  private static MonthSeries month(int from, int to, Map<Integer, Long> stored) {
    Map<Integer, Long> versions = new TreeMap<>();
    for (int day : days(from, to)) {
      versions.put(day, 5L);
    }
    return new MonthSeries(versions, new DaySeries[31], stored);
  }

  private static Integer[] days(int from, int to) {
    return IntStream.rangeClosed(from, to).boxed().toArray(Integer[]::new);
  }
}
