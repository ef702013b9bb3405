package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CounterEndsIT {
  private static final Instant FROM = Instant.parse("2026-11-23T00:00:00Z");
  private static final Instant TO = FROM.plusSeconds(3600);

  @TempDir static Path directory;
  private static Vertx vertx;
  private static LocalMongo store;
  private static MongoClient mongo;
  private static ReadingStore readings;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    store = LocalMongo.start(directory, 0);
    mongo =
        MongoClient.create(
            vertx,
            new JsonObject()
                .put("connection_string", store.connectionString())
                .put("db_name", "energy"));
    readings = new ReadingStore(mongo);
    readings.createIndexes().await(10, TimeUnit.SECONDS);
  }

  @AfterAll
  static void stop() throws Exception {
    mongo.close().await(10, TimeUnit.SECONDS);
    vertx.close().await(10, TimeUnit.SECONDS);
    store.close();
  }

  @Test
  void whateverTheCounterDidTheSpansAreThoseOfAWalkOverAllReadings() throws Exception {
    for (int seed = 1; seed <= 60; seed++) {
      String device = "plug" + seed;
      List<Reading> all = random(device, new Random(seed));
      readings.insert(all).await(10, TimeUnit.SECONDS);
      assertThat(spans(device)).as("seed %d", seed).isEqualTo(plainSpans(all));
    }
  }

  @Test
  void aDeviceWithoutReadingsOrWithoutACounterHasNoSpans() throws Exception {
    assertThat(spans("nobody")).isEmpty();
    readings.insert(List.of(reading("lamp", 1, FROM, "", null))).await(10, TimeUnit.SECONDS);
    assertThat(spans("lamp")).isEmpty();
  }

  @Test
  void aDamagedReadingAtTheEndIsNotPassedOver() throws Exception {
    readings
        .insert(List.of(reading("broken", 1, FROM.plusSeconds(1), "", 1.0)))
        .await(10, TimeUnit.SECONDS);
    mongo
        .insert(
            "readings",
            new JsonObject()
                .put("_id", "broken")
                .put("device", "broken")
                .put("measuredAt", Reading.format(FROM.plusSeconds(2))))
        .await(10, TimeUnit.SECONDS);
    assertThatThrownBy(() -> spans("broken")).isInstanceOf(DamagedReadingException.class);
  }

  @Test
  void twoMetersOfOneNameAreNotTakenForOne() throws Exception {
    Reading other =
        new Reading(
            "bridge-02",
            "0a1b2c3d",
            1,
            "twin",
            "home",
            FROM.plusSeconds(2),
            FROM.plusSeconds(2),
            "t",
            "tasmota",
            new TreeMap<>(Map.of("energyImportKwh", 7.0)),
            "",
            "0".repeat(32),
            "{}");
    readings
        .insert(
            List.of(
                reading("twin", 1, FROM.plusSeconds(1), "", 1.0),
                other,
                reading("twin", 2, FROM.plusSeconds(3), "", 2.0)))
        .await(10, TimeUnit.SECONDS);
    assertThatThrownBy(() -> spans("twin")).isInstanceOf(MixedBridgesException.class);
  }

  private static List<CounterSpan> spans(String device) throws Exception {
    return new CounterEnds(readings).spans(device, FROM, TO).await(20, TimeUnit.SECONDS);
  }

  /** Some before the period, in it and after it; epochs follow each other. */
  private static List<Reading> random(String device, Random random) {
    List<Reading> all = new ArrayList<>();
    int epoch = 0;
    long at = FROM.toEpochMilli() - random.nextInt(600_000);
    int count = random.nextInt(60);
    for (int seq = 1; seq <= count; seq++) {
      at += 1 + random.nextInt(120_000);
      epoch += random.nextInt(12) == 0 ? 1 : 0;
      Double energy = random.nextInt(4) == 0 ? null : random.nextInt(1000) / 8.0;
      all.add(reading(device, seq, Instant.ofEpochMilli(at), "e" + epoch, energy));
    }
    return all;
  }

  private static Reading reading(String device, long seq, Instant at, String epoch, Double energy) {
    TreeMap<String, Double> quantities = new TreeMap<>();
    if (energy != null) {
      quantities.put("energyImportKwh", energy);
    }
    return new Reading(
        device,
        "0a1b2c3d",
        seq,
        device,
        "home",
        at,
        at,
        "t",
        "tasmota",
        quantities,
        epoch,
        "0".repeat(32),
        "{}");
  }

  private static List<CounterSpan> plainSpans(List<Reading> all) {
    List<CounterSpan> spans = new ArrayList<>();
    Reading first = null;
    Reading before = null;
    for (Reading next : all) {
      if (!next.quantities().containsKey("energyImportKwh") || !next.measuredAt().isBefore(TO)) {
        continue;
      }
      if (next.measuredAt().isBefore(FROM)) {
        before = next;
        continue;
      }
      boolean goesOn =
          first != null
              ? first.counterEpoch().equals(next.counterEpoch())
              : before != null && before.counterEpoch().equals(next.counterEpoch());
      if (goesOn && first != null) {
        spans.set(spans.size() - 1, new CounterSpan(first, next));
      } else {
        first = goesOn ? before : next;
        spans.add(new CounterSpan(first, next));
      }
    }
    return spans;
  }
}
