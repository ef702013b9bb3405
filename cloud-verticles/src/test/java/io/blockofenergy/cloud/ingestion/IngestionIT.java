package io.blockofenergy.cloud.ingestion;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.FreePort;
import io.blockofenergy.cloud.ingestion.RefusedException.Reason;
import io.blockofenergy.cloud.local.BrokerHubEvents;
import io.blockofenergy.cloud.local.BusEnrolment;
import io.blockofenergy.cloud.local.LocalBroker;
import io.blockofenergy.cloud.local.LocalBrokerConfig;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.cloud.topic.Settlement;
import io.blockofenergy.cloud.topic.TopicMessage;
import io.blockofenergy.cloud.topic.TopicReceiver;
import io.blockofenergy.cloud.topic.TopicSender;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestionIT {
  private static final AmqpConfig BASE = AmqpConfig.from(Settings.of(Map.of()));
  private static final IngestionConfig CONFIG = IngestionConfig.from(Settings.of(Map.of()));

  @TempDir Path data;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final TestBridge bridge = new TestBridge("bridge1");
  private final List<TopicMessage> stored = new CopyOnWriteArrayList<>();
  private final List<TopicMessage> logged = new CopyOnWriteArrayList<>();
  private final List<TopicMessage> dead = new CopyOnWriteArrayList<>();
  private Vertx vertx;
  private LocalMongo store;
  private int storePort;
  private int brokerPort;
  private LocalBroker broker;
  private AmqpConfig amqp;
  private TopicSender hub;
  private BrokerHubEvents events;
  private MongoClient mongo;
  private IngestionVerticle ingestion;
  private String deployment;
  private BusEnrolment enrolment;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    storePort = FreePort.draw();
    brokerPort = FreePort.draw();
    startStore();
    startBroker();
    amqp = broker.clientConfig(BASE);
    mongo =
        MongoClient.create(
            vertx,
            new JsonObject()
                .put(
                    "connection_string",
                    "mongodb://127.0.0.1:" + storePort + "/?serverSelectionTimeoutMS=300")
                .put("db_name", "energy"));
    ingestion = new IngestionVerticle(CONFIG, amqp, mongo, meters, Clock.systemUTC());
    deployment = Await.result(vertx.deployVerticle(ingestion));
    enrolment = new BusEnrolment(vertx);
    hub = new TopicSender(vertx, amqp, Addresses.HUB_EVENTS);
    hub.start();
    events = new BrokerHubEvents(hub, Clock.systemUTC());
    collect(Addresses.STORAGE, stored);
    collect(Addresses.LEDGER, logged);
    collect(Addresses.INGESTION_DEAD_LETTERS, dead);
    Await.until("ready", () -> ingestion.problem().isEmpty());
  }

  @AfterEach
  void stop() throws Exception {
    Await.result(vertx.undeploy(deployment));
    assertThat(ingestion.problem()).isPresent();
    Await.result(mongo.close());
    Await.result(hub.close());
    Await.result(vertx.close());
    broker.close();
    store.close();
  }

  @Test
  void aGoodBatchReachesBothSubscriptionsAsTheBridgeCutIt() throws Exception {
    enrol();
    Batch batch = bridge.next(20);
    publish(batch);
    Await.until("stored", () -> stored.size() == 1);
    Await.until("logged", () -> logged.size() == 1);
    assertThat(stored.get(0).batch()).usingRecursiveComparison().isEqualTo(batch);
    assertThat(logged.get(0).batch()).usingRecursiveComparison().isEqualTo(batch);
    Await.until("settled", () -> broker.messageCount(Addresses.HUB_EVENTS) == 0);
    assertThat(batches("published")).isEqualTo(1);
    assertThat(meters.counter("boe.cloud.ingestion.readings").count()).isEqualTo(20);
  }

  @Test
  void theLedgerIsToldOfAPinOnce() throws Exception {
    List<Object> told = new CopyOnWriteArrayList<>();
    vertx.eventBus().consumer(ActStore.RECORDED, nudge -> told.add(nudge.body()));
    enrol();
    Await.until("it is told", () -> !told.isEmpty());
    assertThat(Await.result(new ActStore(mongo).find("@act.00000000.1"))).isPresent();
    enrol();
    assertThat(told).hasSize(1);
  }

  @Test
  void batchesOfSeveralBridgesPassInTheirOrder() throws Exception {
    List<Future<Void>> sent = new ArrayList<>();
    for (int b = 0; b < 4; b++) {
      TestBridge each = new TestBridge("b" + b);
      Await.result(enrolment.enrol(each.id, each.publicKey()));
      for (int i = 0; i < 20; i++) {
        sent.add(send(each.next(5)));
      }
    }
    Await.result(Future.all(sent));
    Await.until("all stored", () -> stored.size() == 80);
    for (int b = 0; b < 4; b++) {
      String id = "b" + b;
      assertThat(stored.stream().map(TopicMessage::batch).filter(x -> x.bridge().equals(id)))
          .extracting(Batch::firstSeq)
          .isSorted()
          .hasSize(20);
    }
  }

  @Test
  void batchesOutOfOrderAreFine() throws Exception {
    enrol();
    Batch first = bridge.next(5);
    Batch second = bridge.next(5);
    Batch third = bridge.next(5);
    for (Batch batch : List.of(third, first, second)) {
      publish(batch);
    }
    Await.until("all stored", () -> stored.size() == 3);
    assertThat(dead).isEmpty();
  }

  @Test
  void aRepeatIsPublishedAgainAndCountsNoReadings() throws Exception {
    enrol();
    Batch batch = bridge.next(5);
    publish(batch);
    publish(batch);
    Await.until("stored twice", () -> stored.size() == 2);
    assertThat(stored.get(1).batch()).usingRecursiveComparison().isEqualTo(batch);
    Await.until("counted", () -> batches("repeated") == 1);
    assertThat(meters.counter("boe.cloud.ingestion.readings").count()).isEqualTo(5);
    assertThat(dead).isEmpty();
  }

  @Test
  void anotherBatchWithAnyOfTheSameSequenceNumbersIsAConflict() throws Exception {
    enrol();
    publish(bridge.batch(11, 10, Batch.NO_PREV));
    Await.until("stored", () -> stored.size() == 1);
    List<Batch> conflicting =
        List.of(
            bridge.batch(11, 10, Batch.NO_PREV),
            bridge.batch(11, 5, Batch.NO_PREV),
            bridge.batch(20, 5, Batch.NO_PREV),
            bridge.batch(7, 5, Batch.NO_PREV),
            bridge.batch(1, 100, Batch.NO_PREV),
            bridge.batch(13, 2, Batch.NO_PREV));
    for (Batch batch : conflicting) {
      publish(batch);
    }
    Await.until("refused", () -> dead.size() == conflicting.size());
    assertThat(dead).allSatisfy(letter -> assertReason(letter, Reason.SEQUENCE_CONFLICT));
    publish(bridge.batch(1, 10, Batch.NO_PREV));
    publish(bridge.batch(21, 1, Batch.NO_PREV));
    Await.until("neighbours are stored", () -> stored.size() == 3);
  }

  @Test
  void aRefusedMessageIsKeptWholeWithItsReason() throws Exception {
    Batch batch = bridge.next(5);
    publish(batch);
    Await.until("refused", () -> dead.size() == 1);
    TopicMessage letter = dead.get(0);
    List<JsonObject> records = Await.result(mongo.find("dead_letters", new JsonObject()));
    assertThat(records).hasSize(1);
    assertThat(records.get(0).getMap())
        .containsEntry("reason", "UNKNOWN_BRIDGE")
        .containsEntry("bytes", letter.body().length)
        .containsKeys("at", "detail", "bridge", "message");
    assertReason(letter, Reason.UNKNOWN_BRIDGE);
    assertThat(letter.applicationProperties())
        .containsAllEntriesOf(batch.applicationProperties())
        .containsEntry("deviceId", bridge.id);
    assertThat(letter.body()).isEqualTo(batch.body());
    assertThat(letter.messageId()).isEqualTo(batch.id());
    assertThat(letter.contentType()).isEqualTo(Batch.CONTENT_TYPE);
    assertThat(letter.contentEncoding()).isEqualTo(Batch.CONTENT_ENCODING);
    Await.until("settled", () -> broker.messageCount(Addresses.HUB_EVENTS) == 0);
    Await.until(
        "counted",
        () ->
            meters.counter("boe.cloud.ingestion.dead.letters", "reason", "unknown_bridge").count()
                == 1);
    assertThat(stored).isEmpty();

    enrol();
    publish(bridge.next(5));
    Await.until("the next one passes", () -> stored.size() == 1);
  }

  @Test
  void aSignatureByAnotherKeyIsRefused() throws Exception {
    enrol();
    TestBridge impostor = new TestBridge(bridge.id);
    publish(impostor.next(5));
    Await.until("refused", () -> dead.size() == 1);
    assertReason(dead.get(0), Reason.BAD_SIGNATURE);
  }

  @Test
  void whoSentItIsWhomTheHubNames() throws Exception {
    enrol();
    TestBridge other = new TestBridge("other");
    Await.result(enrolment.enrol(other.id, other.publicKey()));
    Batch batch = bridge.next(5);
    Map<String, String> claims = new HashMap<>(batch.applicationProperties());
    claims.put("bridge", bridge.id);
    claims.put("iothub-connection-device-id", bridge.id);
    publish(other.id, claims, batch.body());
    Await.until("refused", () -> dead.size() == 1);
    assertReason(dead.get(0), Reason.BAD_SIGNATURE);
    assertThat(dead.get(0).applicationProperties()).containsEntry("deviceId", other.id);
  }

  @Test
  void aMessageThatTheHubDoesNotNameIsRefused() throws Exception {
    enrol();
    Batch batch = bridge.next(5);
    Await.result(
        hub.send(
            new TopicMessage(
                batch.id(), null, null, batch.applicationProperties(), Map.of(), batch.body())));
    Await.until("refused", () -> dead.size() == 1);
    assertReason(dead.get(0), Reason.UNIDENTIFIED);
  }

  @Test
  void anotherBodyThanTheSignedOneIsRefused() throws Exception {
    enrol();
    Batch batch = bridge.next(5);
    byte[] other = batch.body().clone();
    other[other.length / 2] ^= 1;
    publish(bridge.id, batch.applicationProperties(), other);
    Await.until("refused", () -> dead.size() == 1);
    assertReason(dead.get(0), Reason.BODY_MISMATCH);
  }

  @Test
  void whatIsNotOfItsFormIsRefused() throws Exception {
    enrol();
    Batch good = bridge.next(2);
    Map<String, String> wrongSchema = new HashMap<>(good.applicationProperties());
    wrongSchema.put("schema", "boe.batch.v9");
    publish(bridge.id, wrongSchema, good.body());
    publish(bridge.id, Map.of(), new byte[0]);
    publish(bridge.id, Map.of("any", "thing"), "hello".getBytes());
    // Signed by the right bridge, but not what it says.
    byte[] first = bridge.reading(101).canonicalJson();
    byte[] gap = bridge.reading(103).canonicalJson();
    publish(signed(101, List.of(first, gap)));
    publish(signed(201, List.of(first)));
    publish(signed(301, List.of("{}".getBytes())));
    byte[] loose = new String(first).replace("\":", "\": ").getBytes();
    publish(signed(101, List.of(loose)));
    Batch unsigned =
        new Batch(
            bridge.id,
            bridge.journal,
            1,
            1,
            Sha256.hex("no gzip".getBytes()),
            Batch.NO_PREV,
            "",
            "no gzip".getBytes());
    String signature =
        java.util.Base64.getEncoder().encodeToString(bridge.key.sign(unsigned.signedBytes()));
    Map<String, String> noGzip = new HashMap<>(unsigned.applicationProperties());
    noGzip.put("signature", signature);
    publish(bridge.id, noGzip, unsigned.body());
    Await.until("refused", () -> dead.size() == 8);
    assertThat(dead).allSatisfy(letter -> assertReason(letter, Reason.MALFORMED));
    publish(good);
    Await.until("the good one passes", () -> stored.size() == 1);
  }

  @Test
  void theFirstKeyIsPinnedAndAnotherRefused() throws Exception {
    enrol();
    enrol();
    Await.result(enrolment.enrol(bridge.id, null));
    assertCode(enrolment.enrol(bridge.id, new TestBridge("x").publicKey()), 403);
    assertCode(enrolment.enrol("newcomer", null), 403);
    assertCode(enrolment.enrol("newcomer", "c2hvcnQ="), 403);
    assertCode(enrolment.enrol("not a bridge", bridge.publicKey()), 403);
    publish(bridge.next(1));
    Await.until("the pinned key is in force", () -> stored.size() == 1);
  }

  @Test
  void batchesWaitForTheStoreAndPassWhenItIsBack() throws Exception {
    enrol();
    store.close();
    Batch batch = bridge.next(5);
    publish(batch);
    Await.until("deferred", () -> batches("deferred") > 0);
    assertThat(Await.failure(enrolment.enrol("bridge2", bridge.publicKey())))
        .isInstanceOf(UnavailableException.class);
    assertThat(dead).isEmpty();
    startStore();
    Await.until("stored", () -> stored.size() == 1);
    Await.until("settled", () -> broker.messageCount(Addresses.HUB_EVENTS) == 0);
  }

  @Test
  void nothingIsLostWhenTheBrokerRestartsMidStream() throws Exception {
    enrol();
    int count = 120;
    List<Batch> cut = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      cut.add(bridge.next(3));
    }
    List<Future<Void>> sent = new ArrayList<>();
    for (Batch batch : cut) {
      sent.add(sendUntilAccepted(batch));
    }
    Await.until("under way", () -> stored.size() > 20);
    broker.close();
    Await.until("noticed", () -> ingestion.problem().isPresent());
    startBroker();
    Await.result(Future.all(sent));
    Await.until("all stored", () -> distinct(stored) == count);
    Await.until("all logged", () -> distinct(logged) == count);
    Await.until("all settled", () -> broker.messageCount(Addresses.HUB_EVENTS) == 0);
    assertThat(ingestion.problem()).isEmpty();
    assertThat(dead).isEmpty();
  }

  private void enrol() throws Exception {
    Await.result(enrolment.enrol(bridge.id, bridge.publicKey()));
  }

  private Batch signed(long firstSeq, List<byte[]> lines) {
    return Batch.sign(bridge.id, bridge.journal, firstSeq, lines, Batch.NO_PREV, bridge.key);
  }

  private Future<Void> sendUntilAccepted(Batch batch) {
    return send(batch).recover(failure -> sendUntilAccepted(batch));
  }

  private Future<Void> send(Batch batch) {
    return events.publish(
        batch.bridge(),
        batch.applicationProperties(),
        batch.id(),
        Batch.CONTENT_TYPE,
        Batch.CONTENT_ENCODING,
        Buffer.buffer(batch.body()));
  }

  private void publish(Batch batch) throws Exception {
    Await.result(send(batch));
  }

  private void publish(String device, Map<String, String> properties, byte[] body)
      throws Exception {
    Await.result(
        events.publish(
            device,
            properties,
            "id",
            Batch.CONTENT_TYPE,
            Batch.CONTENT_ENCODING,
            Buffer.buffer(body)));
  }

  private void collect(String address, List<TopicMessage> into) {
    new TopicReceiver(
            vertx,
            amqp,
            address,
            50,
            delivery -> {
              into.add(delivery.message());
              return Future.succeededFuture(Settlement.accept());
            })
        .start();
  }

  private void startBroker() throws Exception {
    broker = new LocalBroker(data, new LocalBrokerConfig(brokerPort, 32 << 20, 100));
    broker.start();
  }

  private void startStore() {
    store = LocalMongo.start(data.resolve("mongo"), storePort);
  }

  private double batches(String outcome) {
    Counter counter = meters.find("boe.cloud.ingestion.batches").tag("outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  private static long distinct(List<TopicMessage> messages) {
    return messages.stream().map(TopicMessage::messageId).distinct().count();
  }

  private static void assertReason(TopicMessage letter, Reason reason) {
    assertThat(letter.applicationProperties())
        .containsEntry("deadLetterReason", reason.name())
        .containsKey("deadLetterDescription");
  }

  private static void assertCode(Future<Void> enrolment, int code) {
    assertThat(Await.failure(enrolment))
        .isInstanceOfSatisfying(
            ReplyException.class, failure -> assertThat(failure.failureCode()).isEqualTo(code));
  }
}
