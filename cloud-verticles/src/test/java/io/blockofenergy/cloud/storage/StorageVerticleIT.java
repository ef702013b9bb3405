package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.FreePort;
import io.blockofenergy.cloud.local.LocalBroker;
import io.blockofenergy.cloud.local.LocalBrokerConfig;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.cloud.topic.TopicMessage;
import io.blockofenergy.cloud.topic.TopicSender;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageVerticleIT {
  @TempDir Path directory;
  private final SigningKey key = SigningKey.generate();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<JsonObject> live = new CopyOnWriteArrayList<>();
  private Vertx vertx;
  private LocalBroker broker;
  private LocalMongo server;
  private MongoClient mongo;
  private TopicSender sender;
  private StorageVerticle storage;
  private ReadingStore store;
  private int port;
  private long sent;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    vertx
        .eventBus()
        .<JsonObject>consumer(LiveReadings.ADDRESS, message -> live.add(message.body()));
    broker = new LocalBroker(directory.resolve("broker"), new LocalBrokerConfig(0, 32 << 20, 100));
    broker.start();
    port = FreePort.draw();
    startStore();
    mongo = new MongoConfig(Optional.empty(), "energy", port).createClient(vertx);
    store = new ReadingStore(mongo);
    AmqpConfig amqp = broker.clientConfig(AmqpConfig.from(Settings.of(Map.of())));
    sender = new TopicSender(vertx, amqp, Addresses.TELEMETRY_TOPIC);
    sender.start();
    storage =
        new StorageVerticle(
            StorageConfig.from(Settings.of(Map.of())), amqp, mongo, meters, Clock.systemUTC());
    Await.result(vertx.deployVerticle(storage));
    Await.until("storage is ready", () -> storage.problem().isEmpty());
    Await.until("the sender is ready", () -> sender.problem().isEmpty());
  }

  @AfterEach
  void stop() throws Exception {
    Await.result(vertx.close());
    server.close();
    broker.close();
  }

  private void startStore() {
    server = LocalMongo.start(directory.resolve("mongo"), port);
  }

  private void send(Batch batch) throws Exception {
    send(TopicMessage.of(batch));
  }

  private void send(TopicMessage message) throws Exception {
    sent++;
    Await.result(sender.send(message));
  }

  /**
   * Until as many have left the queue as were sent: a count of those in it could come too early.
   */
  private void awaitSettled() {
    Await.until("settled", () -> broker.settledCount(Addresses.STORAGE) == sent);
  }

  private void awaitDeadLetters(int count) {
    Await.until(
        "dead-lettered",
        () -> broker.messageCount(Addresses.deadLetterQueue(Addresses.STORAGE)) == count);
  }

  private long deadLetters() {
    return broker.messageCount(Addresses.deadLetterQueue(Addresses.STORAGE));
  }

  private double count(String meter, String outcome) {
    Counter counter = meters.find(meter).tag("outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  @Test
  void aBatchIsStoredMarkedAndShown() throws Exception {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    List<Reading> readings = TestReadings.readings(1, 30, 3, now.minusSeconds(60));
    Batch batch = TestReadings.batch(key, readings);
    Await.result(mongo.insert("batches", new JsonObject().put("_id", batch.sortableId())));
    send(batch);
    awaitSettled();
    for (Reading reading : readings) {
      assertThat(Await.result(store.find(reading.id())).orElseThrow().reading()).isEqualTo(reading);
    }
    assertThat(Await.result(new DeviceStore(mongo).devices())).hasSize(3);
    JsonObject marked =
        Await.result(
            mongo.findOne("batches", new JsonObject().put("_id", batch.sortableId()), null));
    assertThat(Instant.parse(marked.getString("storedAt"))).isAfterOrEqualTo(now);
    Await.until("shown", () -> !live.isEmpty());
    JsonArray shown = live.get(0).getJsonArray("readings");
    assertThat(shown).hasSize(30);
    assertThat(shown.getJsonObject(0))
        .isEqualTo(
            new JsonObject()
                .put("id", readings.get(0).id())
                .put("device", "plug1")
                .put("site", "home")
                .put("measuredAt", Reading.format(readings.get(0).measuredAt()))
                .put(
                    "quantities",
                    new JsonObject().put("energyImportKwh", 0.225).put("powerW", 1.0)));

    send(batch);
    Await.until("repeated", () -> count("boe.cloud.storage.readings", "repeated") == 30);
    awaitSettled();
    assertThat(Await.result(store.count())).isEqualTo(30);
    assertThat(count("boe.cloud.storage.batches", "stored")).isEqualTo(2);
    assertThat(
            Await.result(
                mongo.findOne("batches", new JsonObject().put("_id", batch.sortableId()), null)))
        .isEqualTo(marked);
    assertThat(meters.get("boe.cloud.storage.latency").timer().count()).isEqualTo(2);
  }

  @Test
  void ofOldReadingsOnlyTheNewestIsShown() throws Exception {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    send(TestReadings.batch(key, TestReadings.readings(1, 10, 1, now.minusSeconds(3600))));
    send(TestReadings.batch(key, TestReadings.readings(11, 1, 1, now.minusSeconds(30))));
    awaitSettled();
    Await.until("shown", () -> shown().contains("bridge.0a1b2c3d.11"));
    assertThat(shown()).containsExactly("bridge.0a1b2c3d.10", "bridge.0a1b2c3d.11");
    assertThat(Await.result(store.count())).isEqualTo(11);
  }

  private List<String> shown() {
    return live.stream()
        .flatMap(message -> message.getJsonArray("readings").stream())
        .map(reading -> ((JsonObject) reading).getString("id"))
        .toList();
  }

  @Test
  void whatIsNoBatchIsDeadLetteredAndDisturbsNothing() throws Exception {
    Batch good = TestReadings.batch(key, TestReadings.readings(1, 5, 1, Instant.now()));
    send(
        new TopicMessage("x", null, null, Map.of("bridge", "bridge"), Map.of(), new byte[] {1, 2}));
    Batch wrong =
        new Batch(
            good.bridge(),
            good.journal(),
            good.firstSeq(),
            4,
            good.bodySha256(),
            good.prev(),
            good.signature(),
            good.body());
    send(wrong);
    send(good);
    awaitSettled();
    awaitDeadLetters(2);
    assertThat(Await.result(store.count())).isEqualTo(5);
    assertThat(count("boe.cloud.storage.batches", "malformed")).isEqualTo(1);
  }

  @Test
  void aConflictIsDeadLetteredAndTheOthersAreStored() throws Exception {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    List<Reading> readings = TestReadings.readings(1, 5, 1, now);
    Await.result(store.insert(List.of(TestReadings.reading(3, "other", now))));
    send(TestReadings.batch(key, readings));
    awaitSettled();
    awaitDeadLetters(1);
    assertThat(Await.result(store.count())).isEqualTo(5);
    assertThat(count("boe.cloud.storage.readings", "conflict")).isEqualTo(1);
    assertThat(count("boe.cloud.storage.readings", "inserted")).isEqualTo(4);
  }

  @Test
  void aStoreThatIsAwayOnlyDelays() throws Exception {
    server.close();
    send(TestReadings.batch(key, TestReadings.readings(1, 5, 1, Instant.now())));
    Await.until("tried", () -> count("boe.cloud.storage.batches", "unavailable") > 0);
    assertThat(deadLetters()).isZero();
    startStore();
    awaitSettled();
    assertThat(deadLetters()).isZero();
    assertThat(Await.result(store.count())).isEqualTo(5);
  }
}
