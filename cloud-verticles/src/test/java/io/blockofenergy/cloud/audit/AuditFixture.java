package io.blockofenergy.cloud.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoClients;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import io.blockofenergy.cloud.ingestion.BatchRegister;
import io.blockofenergy.cloud.ledger.Anchoring;
import io.blockofenergy.cloud.ledger.HastyLedger;
import io.blockofenergy.cloud.ledger.LedgerConfig;
import io.blockofenergy.cloud.ledger.LogStore;
import io.blockofenergy.cloud.ledger.Mongo;
import io.blockofenergy.cloud.ledger.MongoLogStore;
import io.blockofenergy.cloud.ledger.TransparencyLog;
import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.schedule.Schedule;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.bson.BsonRegularExpression;

/**
 * Everything that an audit looks at, made by the real log on a MongoDB server: batches that a
 * bridge has signed, their readings, rollups, entries, checkpoints and anchors on a chain that can
 * forget.
 */
final class AuditFixture {
  static final LedgerConfig CONFIG = HastyLedger.config();
  static final String JOURNAL = "0a0b0c0d";

  final Vertx vertx = Vertx.vertx();
  final FakeChain chain = new FakeChain();
  final SigningKey logKey = SigningKey.generate();
  final SigningKey bridgeKey = SigningKey.generate();
  final AuditState state = AuditState.inMemory();
  final MongoClient client;
  final LogStore store;
  final TransparencyLog log;
  Anchoring anchoring;

  /** What the clock of ingestion is ahead. */
  Duration ingestedLater = Duration.ZERO;

  private final LocalMongo server;
  private final String uri;
  private final LongFunction<Reading> readings;
  private final Map<Long, String> bodies = new HashMap<>();

  /**
   * @param directory of the store
   * @param readings makes the reading of a sequence number, always the same
   */
  AuditFixture(Path directory, LongFunction<Reading> readings) throws Exception {
    this.readings = readings;
    server = LocalMongo.start(directory.resolve("mongo"), 0);
    uri = "mongodb://127.0.0.1:" + server.port();
    client =
        MongoClient.create(
            vertx, new JsonObject().put("connection_string", uri).put("db_name", "energy"));
    store = new MongoLogStore(client);
    log =
        new TransparencyLog(
            vertx, store, CONFIG, logKey, Clock.systemUTC(), new SimpleMeterRegistry());
    bodies.put(0L, Batch.NO_PREV);
    Mongo.await(
        client.insert(
            "bridges",
            id("bridge")
                .put("publicKey", Base64.getEncoder().encodeToString(bridgeKey.publicKey()))));
    Mongo.await(log.start());
    startAnchoring();
  }

  void startAnchoring() {
    anchoring =
        new Anchoring(
            vertx,
            client,
            store,
            log.verifierKey(),
            log::newest,
            chain,
            CONFIG.anchorInterval(),
            CONFIG.anchorEntries(),
            Clock.systemUTC(),
            new SimpleMeterRegistry());
    log.onCheckpoint(anchoring::observe);
    Anchoring started = anchoring;
    vertx.runOnContext(go -> started.start());
  }

  void close() throws Exception {
    Mongo.await(anchoring.close());
    Mongo.await(log.close());
    Mongo.await(client.close());
    Mongo.await(vertx.close());
    server.close();
    state.close();
  }

  Reading reading(long seq) {
    return readings.apply(seq);
  }

  /** Takes, logs and, if wanted, stores a batch. */
  void append(long firstSeq, int count, boolean stored) throws Exception {
    take(firstSeq, count, stored);
    List<byte[]> hashes = new ArrayList<>();
    for (long seq = firstSeq; seq < firstSeq + count; seq++) {
      hashes.add(reading(seq).recordHash());
    }
    Mongo.await(log.append(key(firstSeq), hashes));
  }

  /** Cuts and signs a batch, which then has its place in its journal's chain. */
  Batch cut(long firstSeq, int count) {
    List<byte[]> lines = new ArrayList<>();
    for (long seq = firstSeq; seq < firstSeq + count; seq++) {
      lines.add(reading(seq).canonicalJson());
    }
    String prev = bodies.getOrDefault(firstSeq - 1, "ab".repeat(32));
    Batch batch = Batch.sign("bridge", JOURNAL, firstSeq, lines, prev, bridgeKey);
    bodies.put(firstSeq + count - 1, batch.bodySha256());
    return batch;
  }

  /** Takes a batch and, if wanted, stores it. */
  void take(long firstSeq, int count, boolean stored) throws Exception {
    if (stored) {
      store(firstSeq, count);
    }
    Batch batch = cut(firstSeq, count);
    Clock later = Clock.offset(Clock.systemUTC(), ingestedLater);
    Mongo.await(new BatchRegister(client, later).claim(batch));
    if (stored) {
      set("batches", batch.sortableId(), "storedAt", Reading.format(Instant.now()));
    }
  }

  /** Stores readings as storage does that comes late to them. */
  void storeLate(long firstSeq, int count) throws Exception {
    store(firstSeq, count);
    set("batches", key(firstSeq), "storedAt", Reading.format(Instant.now()));
  }

  private void store(long firstSeq, int count) throws Exception {
    List<Reading> all = LongStream.range(firstSeq, firstSeq + count).mapToObj(readings).toList();
    Mongo.await(new ReadingStore(client).insert(all));
    Mongo.await(new RollupStore(client).fold(all));
  }

  void awaitAnchored(long treeSize) {
    JsonObject query = new JsonObject().put("_id", treeSize).put("state", "anchored");
    Await.until(
        treeSize + " entries are anchored",
        () -> client.findOne("anchors", query, null).await() != null);
  }

  void set(String collection, Object id, String member, Object value) throws Exception {
    Mongo.await(
        client.updateCollection(
            collection,
            new JsonObject().put("_id", id),
            new JsonObject().put("$set", new JsonObject().put(member, value))));
  }

  void remove(String collection, Object id) throws Exception {
    Mongo.await(client.removeDocument(collection, new JsonObject().put("_id", id)));
  }

  /** What an erasure leaves of a reading; the rollups here do not depend on the ones erased. */
  void erase(String key, String act) throws Exception {
    JsonObject reading = get("readings", key);
    JsonObject tombstone = id(key).put("erased", act);
    for (String kept : List.of("bridge", "journal", "seq", "device", "site", "measuredAt")) {
      tombstone.put(kept, reading.getValue(kept));
    }
    save("readings", tombstone);
  }

  /** The log's own store refuses to. */
  void overwriteEntries(long bundle, byte[] data) throws Exception {
    JsonObject stored = get("log_entries", bundle);
    save("log_entries", stored.put("data", new JsonObject().put("$binary", data)));
  }

  JsonObject get(String collection, Object id) throws Exception {
    return Mongo.await(client.findOne(collection, new JsonObject().put("_id", id), null));
  }

  void save(String collection, JsonObject document) throws Exception {
    Mongo.await(client.save(collection, document));
  }

  /** Puts a regular expression into a document, which the project's client cannot read. */
  void poison(String collection, Object id, String member) {
    try (com.mongodb.client.MongoClient raw = MongoClients.create(uri)) {
      raw.getDatabase("energy")
          .getCollection(collection)
          .updateOne(Filters.eq("_id", id), Updates.set(member, new BsonRegularExpression("x")));
    }
  }

  Audit newAudit(Clock clock, Consumer<JsonObject> live) {
    return newAudit(state, clock, live);
  }

  Audit newAudit(AuditState state, Clock clock, Consumer<JsonObject> live) {
    return new Audit(
        client,
        chain,
        log.verifierKey(),
        state,
        new AuditConfig(
            Duration.ofMinutes(5),
            Path.of("."),
            Duration.ofMinutes(10),
            Duration.ofDays(1),
            Schedule.NEVER),
        clock,
        new SimpleMeterRegistry(),
        live);
  }

  AuditRun audit(AuditKind kind) {
    return audit(kind, Clock.systemUTC());
  }

  AuditRun audit(AuditKind kind, Clock clock) {
    return perform(newAudit(clock, run -> {}), kind);
  }

  static AuditRun perform(Audit audit, AuditKind kind) {
    AuditRun run = audit.begin(kind);
    audit.perform(run);
    assertThat(run.state).as("%s", run.detail).isEqualTo("completed");
    return run;
  }

  /** What a full audit finds: type and subject. */
  List<String> findings() throws Exception {
    return findings(audit(AuditKind.FULL));
  }

  List<String> findings(AuditRun run) throws Exception {
    return Mongo.await(client.find("audit_findings", new JsonObject().put("run", run.id))).stream()
        .map(finding -> finding.getString("type") + " " + finding.getString("subject"))
        .toList();
  }

  static JsonObject id(String id) {
    return new JsonObject().put("_id", id);
  }

  static String readingId(long seq) {
    return "bridge." + JOURNAL + '.' + seq;
  }

  static String key(long seq) {
    return String.format("bridge.%s.%016d", JOURNAL, seq);
  }

  static JsonObject document(Reading reading) {
    JsonObject document =
        new JsonObject(new String(reading.canonicalJson(), StandardCharsets.UTF_8));
    document.remove("id");
    return document.put("_id", reading.sortableId());
  }
}
