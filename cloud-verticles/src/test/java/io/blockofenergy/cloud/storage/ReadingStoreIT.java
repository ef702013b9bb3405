package io.blockofenergy.cloud.storage;

import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Updates.set;
import static com.mongodb.client.model.Updates.unset;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Updates;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.bson.Document;
import org.bson.types.Decimal128;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadingStoreIT {
  private static final Instant START = Instant.parse("2026-11-23T00:00:00Z");

  @TempDir Path directory;
  private Vertx vertx;
  private LocalMongo server;
  private MongoClient mongo;
  private com.mongodb.client.MongoClient plain;
  private MongoCollection<Document> documents;
  private ReadingStore store;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    plain = MongoClients.create(server.connectionString());
    documents = plain.getDatabase("energy").getCollection("readings");
    store = new ReadingStore(mongo);
    await(store.createIndexes());
  }

  @AfterEach
  void stop() {
    await(mongo.close());
    plain.close();
    await(vertx.close());
    server.close();
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  @Test
  void whatIsInsertedComesBackWithTheSameHash() {
    List<Reading> readings = TestReadings.readings(1, 300, 3, START);
    assertThat(await(store.insert(readings)).inserted()).isEqualTo(readings);
    Map<String, StoredReading> found =
        await(store.findAll(readings.stream().map(Reading::id).toList()));
    assertThat(found).hasSize(300);
    for (Reading reading : readings) {
      assertThat(found.get(reading.id()).reading().recordHash()).isEqualTo(reading.recordHash());
    }
    assertThat(await(store.count())).isEqualTo(300);
    assertThat(await(store.find("bridge.0a1b2c3d.301"))).isEmpty();
  }

  @Test
  void aRepeatChangesNothing() {
    List<Reading> readings = TestReadings.readings(1, 100, 3, START);
    await(store.insert(readings.subList(20, 60)));
    InsertResult second = await(store.insert(readings));
    assertThat(second.inserted()).hasSize(60).doesNotContainAnyElementsOf(readings.subList(20, 60));
    assertThat(second.repeated()).isEqualTo(40);
    assertThat(second.conflicts()).isEmpty();
    assertThat(await(store.insert(readings)).repeated()).isEqualTo(100);
    assertThat(await(store.count())).isEqualTo(100);
  }

  @Test
  void anotherReadingUnderTheSameIdIsAConflictAndStaysOut() {
    List<Reading> readings = TestReadings.readings(1, 10, 3, START);
    await(store.insert(readings));
    Reading other = TestReadings.reading(4, "elsewhere", START);
    InsertResult result = await(store.insert(List.of(other, readings.get(5))));
    assertThat(result.conflicts()).containsExactly(other.id());
    assertThat(result.repeated()).isEqualTo(1);
    assertThat(await(store.find(other.id())).orElseThrow().reading()).isEqualTo(readings.get(3));
  }

  @Test
  void pagesGiveEachReadingOnceNewestFirstWhateverTheOrderOfArrival() {
    List<Reading> readings = new ArrayList<>();
    // Thousands with few different times: pages end amid equal ones.
    for (int i = 1; i <= 4_000; i++) {
      readings.add(TestReadings.reading(i, "plug" + i % 3, START.plusSeconds(i % 7)));
    }
    Collections.shuffle(readings, new Random(3));
    for (int i = 0; i < readings.size(); i += 500) {
      await(store.insert(readings.subList(i, i + 500)));
    }
    Comparator<Reading> newestFirst =
        Comparator.comparing(Reading::measuredAt).thenComparing(Reading::sortableId).reversed();
    assertThat(pages(Optional.empty(), Optional.empty(), Optional.empty()))
        .isEqualTo(readings.stream().sorted(newestFirst).toList());
    assertThat(pages(Optional.of("plug1"), Optional.empty(), Optional.empty()))
        .isEqualTo(
            readings.stream()
                .filter(reading -> reading.device().equals("plug1"))
                .sorted(newestFirst)
                .toList());
    Instant from = START.plusSeconds(2);
    Instant to = START.plusSeconds(5);
    assertThat(pages(Optional.of("plug2"), Optional.of(from), Optional.of(to)))
        .isNotEmpty()
        .isEqualTo(
            readings.stream()
                .filter(reading -> reading.device().equals("plug2"))
                .filter(reading -> !reading.measuredAt().isBefore(from))
                .filter(reading -> reading.measuredAt().isBefore(to))
                .sorted(newestFirst)
                .toList());
    assertThat(pages(Optional.of("nobody"), Optional.empty(), Optional.empty())).isEmpty();
  }

  private List<Reading> pages(
      Optional<String> device, Optional<Instant> from, Optional<Instant> to) {
    List<Reading> all = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      ReadingPage page = await(store.query(new ReadingQuery(device, from, to, 97, cursor)));
      assertThat(page.broken()).isEmpty();
      all.addAll(page.readings());
      cursor = page.nextCursor();
    } while (cursor.isPresent());
    return all;
  }

  @Test
  void aForeignCursorOrLimitIsRefused() {
    for (String cursor : List.of("", "x", "AAAA", "%%%", "a".repeat(5000))) {
      assertThatThrownBy(
              () ->
                  new ReadingQuery(
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      10,
                      Optional.of(cursor)))
          .isInstanceOf(MalformedQueryException.class);
    }
    for (int limit : new int[] {0, -1, 1001}) {
      assertThatThrownBy(
              () ->
                  new ReadingQuery(
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      limit,
                      Optional.empty()))
          .isInstanceOf(MalformedQueryException.class);
    }
  }

  @Test
  void aPageOfLargeReadingsEndsEarlyAndTheNextGoesOn() {
    List<Reading> large = new ArrayList<>();
    for (int i = 1; i <= 500; i++) {
      large.add(TestReadings.reading(i, "plug", START.plusSeconds(i), "x".repeat(60_000)));
    }
    for (int i = 0; i < 500; i += 50) {
      await(store.insert(large.subList(i, i + 50)));
    }
    List<Reading> seen = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      ReadingPage page =
          await(
              store.query(
                  new ReadingQuery(
                      Optional.of("plug"), Optional.empty(), Optional.empty(), 1000, cursor)));
      assertThat(page.readings().stream().mapToLong(r -> r.payload().length()).sum())
          .isLessThan(20_000_000);
      seen.addAll(page.readings());
      cursor = page.nextCursor();
    } while (cursor.isPresent());
    Collections.reverse(large);
    assertThat(seen).isEqualTo(large);
  }

  @Test
  void alterationsByAPlainClientAreSeen() {
    List<Reading> readings = TestReadings.readings(1, 20, 2, START);
    await(store.insert(readings));
    documents.updateOne(eq("_id", readings.get(0).sortableId()), set("quantities.powerW", 7.5));
    documents.updateOne(eq("_id", readings.get(1).sortableId()), set("note", "added"));
    documents.updateOne(eq("_id", readings.get(2).sortableId()), unset("salt"));
    documents.updateOne(eq("_id", readings.get(3).sortableId()), set("measuredAt", new Date()));
    documents.updateOne(eq("_id", readings.get(4).sortableId()), set("site", 5));
    documents.updateOne(eq("_id", readings.get(5).sortableId()), set("payload", new Decimal128(7)));
    documents.updateOne(
        eq("_id", readings.get(6).sortableId()),
        set("payload", new org.bson.BsonRegularExpression("a")));
    documents.updateOne(
        eq("_id", readings.get(7).sortableId()), set("measuredAt", "2026-11-23T00:00:08Z"));
    documents.updateOne(
        eq("_id", readings.get(8).sortableId()), set("payload", new org.bson.BsonTimestamp(3, 4)));
    documents.updateOne(eq("_id", readings.get(9).sortableId()), set("seq", 11L));
    // The same numbers in other types are the same reading.
    documents.updateOne(
        eq("_id", readings.get(10).sortableId()),
        Updates.combine(set("seq", 11), set("quantities.powerW", 11)));
    documents.deleteOne(eq("_id", readings.get(11).sortableId()));

    Map<String, StoredReading> found =
        await(store.findAll(readings.stream().map(Reading::id).toList()));
    assertThat(found.get(readings.get(0).id()).reading().recordHash())
        .isNotEqualTo(readings.get(0).recordHash());
    for (int i = 1; i < 10; i++) {
      assertThat(found.get(readings.get(i).id()))
          .as("%d", i)
          .matches(stored -> !stored.isReading() && !stored.fault().isEmpty());
    }
    assertThat(found.get(readings.get(1).id()).fault()).contains("note");
    assertThat(found.get(readings.get(2).id()).fault()).contains("salt");
    assertThat(found.get(readings.get(10).id()).reading()).isEqualTo(readings.get(10));
    assertThat(found).doesNotContainKey(readings.get(11).id()).hasSize(19);

    // None of them keeps the others out of a page.
    ReadingPage page =
        await(
            store.query(
                new ReadingQuery(
                    Optional.empty(), Optional.empty(), Optional.empty(), 100, Optional.empty())));
    assertThat(page.readings()).hasSize(10);
    assertThat(page.broken()).hasSize(8);
  }

  @Test
  void devicesAreTheSameInWhateverOrderReadingsCome() {
    List<Reading> readings = TestReadings.readings(1, 200, 4, START);
    DeviceStore devices = new DeviceStore(mongo);
    await(devices.fold(readings));
    List<Device> expected = await(devices.devices());
    for (int round = 0; round < 3; round++) {
      await(mongo.removeDocuments("devices", new JsonObject()));
      List<Reading> shuffled = new ArrayList<>(readings);
      Collections.shuffle(shuffled, new Random(round));
      for (int i = 0; i < 200; i += 20) {
        await(devices.fold(shuffled.subList(i, i + 20)));
        await(devices.fold(shuffled.subList(i / 2, i / 2 + 20)));
      }
      assertThat(await(devices.devices())).hasSize(4).isEqualTo(expected);
    }
    Device plug1 = await(devices.device("plug1")).orElseThrow();
    assertThat(plug1).isEqualTo(expected.get(1));
    assertThat(plug1.firstMeasuredAt()).isEqualTo("2026-11-23T00:00:01.000Z");
    assertThat(plug1.lastMeasuredAt()).isEqualTo("2026-11-23T00:03:17.000Z");
    assertThat(plug1.latest().getString("id")).isEqualTo("bridge.0a1b2c3d.197");
    assertThat(await(devices.sites()))
        .containsExactly(new Site("home", 4, "2026-11-23T00:03:20.000Z"));
    assertThat(await(devices.device("nobody"))).isEmpty();
  }

  @Test
  void aDeviceShowsTheNewestOfEachQuantity() {
    DeviceStore devices = new DeviceStore(mongo);
    Reading power = only(1, "powerW", 169);
    Reading energy = only(2, "energyImportKwh", 12.5);
    Reading lessPower = only(3, "powerW", 100);
    await(devices.fold(List.of(power, energy)));
    assertThat(latest(devices))
        .isEqualTo(new JsonObject().put("powerW", 169.0).put("energyImportKwh", 12.5));
    await(devices.fold(List.of(lessPower)));
    await(devices.fold(List.of(power))); // a repeat of an old one changes nothing
    assertThat(latest(devices))
        .isEqualTo(new JsonObject().put("powerW", 100.0).put("energyImportKwh", 12.5));
  }

  private static JsonObject latest(DeviceStore devices) {
    return await(devices.device("meter")).orElseThrow().latest().getJsonObject("quantities");
  }

  private static Reading only(long seq, String quantity, double value) {
    Reading whole = TestReadings.reading(seq, "meter", START.plusSeconds(seq));
    return new Reading(
        whole.bridge(),
        whole.journal(),
        seq,
        whole.device(),
        whole.site(),
        whole.measuredAt(),
        whole.receivedAt(),
        whole.topic(),
        whole.format(),
        new TreeMap<>(Map.of(quantity, value)),
        "",
        whole.salt(),
        whole.payload());
  }

  @Test
  void aStoreThatIsAwayIsUnavailable() {
    server.close();
    assertThatThrownBy(() -> await(store.insert(TestReadings.readings(1, 1, 1, START))))
        .hasCauseInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> await(store.find("a"))).hasCauseInstanceOf(UnavailableException.class);
    server = LocalMongo.start(directory, 0);
  }
}
