package io.blockofenergy.cloud.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoClients;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.blockofenergy.cloud.ledger.Anchoring;
import io.blockofenergy.cloud.ledger.Chain;
import io.blockofenergy.cloud.ledger.LedgerConfig;
import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.LogStore;
import io.blockofenergy.cloud.ledger.Mongo;
import io.blockofenergy.cloud.ledger.MongoLogStore;
import io.blockofenergy.cloud.ledger.ReceiptException;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.ledger.TransparencyLog;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bson.BsonRegularExpression;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Log, anchors (on a chain that can forget), receipts and audit together, on a MongoDB server. */
@Timeout(120)
class AuditIT {
  /** What the clock of ingestion is ahead. */
  private Duration ingestedLater = Duration.ZERO;

  private static final LedgerConfig CONFIG =
      new LedgerConfig(
          "test.example/log", Path.of("."), Duration.ofMillis(10), Duration.ofMillis(20), 1 << 20);

  private final FakeChain chain = new FakeChain();
  private final SigningKey key = SigningKey.generate();
  private Database mongo;
  private LogStore store;
  private TransparencyLog log;
  private Anchoring anchoring;

  @BeforeEach
  void open() throws Exception {
    mongo = new Database();
    store = new MongoLogStore(mongo.client);
    log =
        new TransparencyLog(
            mongo.vertx, store, CONFIG, key, Clock.systemUTC(), new SimpleMeterRegistry());
    Mongo.await(log.start());
    startAnchoring();
    append(1, 300, true);
    awaitAnchored(300);
    append(301, 220, true);
    awaitAnchored(520);
  }

  @AfterEach
  void close() throws Exception {
    Mongo.await(anchoring.close());
    Mongo.await(log.close());
    mongo.close();
  }

  private void startAnchoring() {
    anchoring =
        new Anchoring(
            mongo.vertx,
            mongo.client,
            store,
            log.verifierKey(),
            log::newest,
            chain,
            CONFIG.anchorInterval(),
            Clock.systemUTC(),
            new SimpleMeterRegistry());
    log.onCheckpoint(anchoring::observe);
    Anchoring started = anchoring;
    mongo.vertx.runOnContext(go -> started.start());
  }

  @Test
  void findsNothingWhenNothingWasChanged() throws Exception {
    AuditRun run = audit(AuditKind.FULL);

    assertThat(run.json().getMap())
        .containsEntry("state", "completed")
        .containsEntry("checked", 520L)
        .containsEntry("findings", 0L);
    append(521, 10, true);
    awaitAnchored(530);
    AuditRun next = audit(AuditKind.CONTINUOUS);
    assertThat(next.checked).isEqualTo(10);
    assertThat(findings(next)).isEmpty();
    assertThat(next.mark.size()).isEqualTo(530);
  }

  @Test
  void namesExactlyTheAlteredAndTheDeletedReading() throws Exception {
    Mongo.await(
        mongo.client.updateCollection(
            "readings",
            id(key(77)),
            new JsonObject().put("$set", new JsonObject().put("quantities.powerW", 1.5))));
    Mongo.await(mongo.client.removeDocument("readings", id(key(401))));

    assertThat(findings(audit(AuditKind.FULL)))
        .containsExactlyInAnyOrder("ALTERED " + readingId(77), "DELETED " + readingId(401));
  }

  @Test
  void aFieldThatIsNotOfAReadingIsAnAlteration() throws Exception {
    Mongo.await(
        mongo.client.updateCollection(
            "readings",
            id(key(5)),
            new JsonObject().put("$set", new JsonObject().put("note", "x"))));

    assertThat(findings(audit(AuditKind.FULL))).containsExactly("ALTERED " + readingId(5));
  }

  @Test
  void whatStorageHasNotYetStoredIsNoFinding() throws Exception {
    append(521, 10, false);
    awaitAnchored(530);
    AuditRun run = audit(AuditKind.CONTINUOUS);
    assertThat(findings(run)).isEmpty();
    assertThat(run.mark.size()).isEqualTo(520);

    for (int seq = 521; seq <= 530; seq++) {
      Mongo.await(mongo.client.insert("readings", document(reading(seq))));
    }
    AuditRun later = audit(AuditKind.CONTINUOUS);
    assertThat(later.checked).isEqualTo(10);
    assertThat(later.mark.size()).isEqualTo(530);
  }

  @Test
  void aRewrittenEntryIsFoundAndTheReadingIsNotAccused() throws Exception {
    byte[] bundle = Mongo.await(store.entries(0)).orElseThrow();
    bundle[40] ^= 1;
    Mongo.await(store.putEntries(Map.of(0L, bundle)));

    assertThat(findings(audit(AuditKind.FULL))).isNotEmpty().containsOnly("LOG_REWRITTEN log");
  }

  @Test
  void aRewrittenTileAMissingEntryAndARewrittenCheckpointAreFound() throws Exception {
    JsonObject tile = Mongo.await(mongo.client.findOne("log_tiles", id("1/0"), null));
    byte[] hashes = tile.getJsonObject("data").getBinary("$binary");
    hashes[0] ^= 1;
    tile.put("data", new JsonObject().put("$binary", hashes));
    Mongo.await(mongo.client.save("log_tiles", tile));
    assertThat(findings(audit(AuditKind.FULL))).containsExactly("LOG_REWRITTEN log");
    hashes[0] ^= 1;
    tile.put("data", new JsonObject().put("$binary", hashes));
    Mongo.await(mongo.client.save("log_tiles", tile));
    assertThat(findings(audit(AuditKind.FULL))).isEmpty();

    JsonObject checkpoint =
        Mongo.await(
            mongo.client.findOne("log_checkpoints", new JsonObject().put("_id", 300), null));
    Mongo.await(
        mongo.client.save(
            "log_checkpoints",
            checkpoint
                .copy()
                .put("note", checkpoint.getString("note").replace("\n300\n", "\n301\n"))));
    assertThat(findings(audit(AuditKind.FULL))).containsExactly("LOG_REWRITTEN log");
    Mongo.await(mongo.client.save("log_checkpoints", checkpoint));

    Mongo.await(mongo.client.removeDocument("log_entries", new JsonObject().put("_id", 1L)));
    assertThat(findings(audit(AuditKind.FULL))).containsExactly("LOG_REWRITTEN log");
  }

  @Test
  void aContractThatIsRecordedElsewhereIsFound() throws Exception {
    Mongo.await(anchoring.close());
    JsonObject pinned = Mongo.await(mongo.client.findOne("log_state", id("contract"), null));
    Mongo.await(
        mongo.client.save("log_state", pinned.copy().put("address", "0x" + "cd".repeat(20))));
    assertThat(findings(audit(AuditKind.FULL))).containsExactly("LOG_REWRITTEN log");

    Mongo.await(mongo.client.removeDocument("log_state", id("contract")));
    assertThat(findings(audit(AuditKind.FULL))).isEmpty();
    chain.anchors.set(0, new ChainReader.Anchor(300, new byte[32]));
    assertThat(findings(audit(AuditKind.FULL))).isNotEmpty().containsOnly("LOG_REWRITTEN log");
  }

  @Test
  void aChainWithoutTheContractIsNoChainWithoutAnchors() throws Exception {
    chain.gone = true;
    Audit audit = newAudit(Clock.systemUTC(), run -> {});
    AuditRun run = audit.begin(AuditKind.FULL);
    audit.perform(run);
    assertThat(run.state).isEqualTo("failed");
    assertThat(run.detail).contains("no contract");

    Mongo.await(anchoring.close());
    Mongo.await(mongo.client.removeDocuments("anchors", new JsonObject()));
    assertThat(findings(audit(AuditKind.FULL))).isEmpty();
  }

  @Test
  void aValueThatTheClientCannotReadIsAFindingAndHidesNoOther() throws Exception {
    poison("readings", key(77), "site");
    poison("readings", key(78), "unknown");
    Mongo.await(mongo.client.removeDocument("readings", id(key(79))));
    Mongo.await(mongo.client.removeDocument("readings", id(key(401))));
    assertThat(findings(audit(AuditKind.FULL)))
        .containsExactlyInAnyOrder(
            "ALTERED " + readingId(77),
            "ALTERED " + readingId(78),
            "DELETED " + readingId(79),
            "DELETED " + readingId(401));
  }

  @Test
  void logDocumentsOfWrongTypesAreFindingsAndHideNoOther() throws Exception {
    Mongo.await(anchoring.close());
    Mongo.await(mongo.client.removeDocument("readings", id(key(401))));
    String first = "bridge.0a0b0c0d.0000000000000001";
    JsonObject record = Mongo.await(mongo.client.findOne("log_batches", id(first), null));
    Mongo.await(mongo.client.save("log_batches", record.copy().put("count", "many")));
    assertThat(findings(audit(AuditKind.FULL)))
        .contains("LOG_REWRITTEN log", "DELETED " + readingId(401));
    poison("log_batches", first, "count");
    assertThat(findings(audit(AuditKind.FULL)))
        .contains("LOG_REWRITTEN log", "DELETED " + readingId(401));
    Mongo.await(mongo.client.save("log_batches", record.copy().put("appendedAt", 7)));
    assertThat(findings(audit(AuditKind.FULL)))
        .containsExactlyInAnyOrder("LOG_REWRITTEN log", "DELETED " + readingId(401));
    Mongo.await(mongo.client.save("log_batches", record));
    poison("log_checkpoints", 300L, "note");
    assertThat(findings(audit(AuditKind.FULL)))
        .containsExactlyInAnyOrder("LOG_REWRITTEN log", "DELETED " + readingId(401));
    poison("log_tiles", "1/0", "data");
    poison("log_checkpoints", 520L, "rootHash");
    assertThat(findings(audit(AuditKind.FULL)))
        .contains("LOG_REWRITTEN log", "DELETED " + readingId(401));
    poison("log_entries", 0L, "data");
    assertThat(findings(audit(AuditKind.FULL))).contains("LOG_REWRITTEN log");
  }

  @Test
  void aFalseNewestCheckpointIsAFindingAndHidesNoOther() throws Exception {
    Mongo.await(anchoring.close());
    Mongo.await(mongo.client.removeDocument("readings", id(key(401))));
    Mongo.await(
        mongo.client.insert(
            "log_checkpoints", new JsonObject().put("_id", 1L << 50).put("note", 1)));
    Mongo.await(mongo.client.insert("log_checkpoints", id("not a size")));
    assertThat(findings(audit(AuditKind.FULL)))
        .containsExactlyInAnyOrder("LOG_REWRITTEN log", "DELETED " + readingId(401));
  }

  @Test
  void whatSomebodyWroteIntoTheStoreNeverComesOnTheChain() throws Exception {
    Mongo.await(
        mongo.client.insert(
            "log_checkpoints",
            new JsonObject()
                .put("_id", 1L << 50)
                .put("rootHash", "ab".repeat(32))
                .put("note", "")
                .put("createdAt", "2026-11-25T00:00:00.000Z")));
    append(521, 10, true);
    awaitAnchored(530);
    Mongo.await(anchoring.close());
    assertThat(chain.sizes()).endsWith(520L, 530L);

    // Nor does a root that was put in the place of one that the chain has to be sent again.
    chain.forget(1);
    Mongo.await(
        mongo.client.updateCollection(
            "anchors",
            new JsonObject().put("_id", 530L),
            new JsonObject().put("$set", new JsonObject().put("rootHash", "ab".repeat(32)))));
    startAnchoring();
    Await.until("sent again", () -> chain.sizes().contains(530L));
    assertThat(chain.anchorAt(chain.sizes().size() - 1).root())
        .isEqualTo(Mongo.await(store.checkpoint(530)).orElseThrow().root());
  }

  @Test
  void aDeletionIsFoundWhateverTheStoreSaysOfWhatWasStored() throws Exception {
    MovableClock clock = new MovableClock();
    Audit audit = newAudit(clock, run -> {});
    perform(audit, AuditKind.CONTINUOUS);
    Mongo.await(mongo.client.removeDocument("readings", id(key(401))));
    for (String collection : List.of("batches", "log_batches")) {
      Mongo.await(
          mongo.client.updateCollectionWithOptions(
              collection,
              new JsonObject(),
              collection.equals("batches")
                  ? new JsonObject().put("$unset", new JsonObject().put("storedAt", ""))
                  : new JsonObject()
                      .put("$set", new JsonObject().put("appendedAt", "9999-01-01T00:00:00.000Z")),
              new io.vertx.ext.mongo.UpdateOptions().setMulti(true)));
    }
    AuditRun early = perform(audit, AuditKind.FULL);
    assertThat(findings(early)).isEmpty();
    assertThat(early.pending).isEqualTo(1);
    clock.ahead = Duration.ofMinutes(11);
    assertThat(findings(perform(audit, AuditKind.FULL)))
        .containsExactly("DELETED " + readingId(401));
  }

  @Test
  void aChainThatHasLostAnchorsIsNotTakenForACleanOne() throws Exception {
    Mongo.await(anchoring.close());
    audit(AuditKind.FULL);
    chain.forget(1);
    Audit audit = newAudit(Clock.systemUTC(), run -> {});
    AuditRun run = audit.begin(AuditKind.FULL);
    audit.perform(run);
    assertThat(run.state).isEqualTo("failed");
    assertThat(run.detail).contains("lost some");
  }

  /** The system's clock, put ahead at will. */
  private static final class MovableClock extends Clock {
    private volatile Duration ahead = Duration.ZERO;

    @Override
    public java.time.ZoneId getZone() {
      return java.time.ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      throw new UnsupportedOperationException();
    }

    @Override
    public java.time.Instant instant() {
      return Clock.systemUTC().instant().plus(ahead);
    }
  }

  @Test
  void aBatchThatStorageHasNotComeToIsNotCalledDeleted() throws Exception {
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    append(521, 10, false);
    awaitAnchored(530);
    AuditRun run = audit(AuditKind.CONTINUOUS, later);
    assertThat(findings(run)).isEmpty();
    assertThat(run.mark.size()).isEqualTo(520);

    ingestedLater = Duration.ofSeconds(11); // surely after the other was logged
    append(531, 5, true);
    awaitAnchored(535);
    List<String> deleted =
        IntStream.rangeClosed(521, 530).mapToObj(seq -> "DELETED " + readingId(seq)).toList();
    assertThat(findings(audit(AuditKind.FULL))).isEmpty();
    assertThat(findings(audit(AuditKind.FULL, later))).containsExactlyInAnyOrderElementsOf(deleted);
    Mongo.await(mongo.client.removeDocument("batches", id("bridge.0a0b0c0d.0000000000000531")));
    assertThat(findings(audit(AuditKind.FULL, later))).isEmpty();
    Mongo.await(mongo.client.removeDocument("batches", id("bridge.0a0b0c0d.0000000000000521")));
    assertThat(findings(audit(AuditKind.FULL, later))).containsExactlyInAnyOrderElementsOf(deleted);
  }

  @Test
  void aBatchOfABacklogThatCameAfterANewerOneIsNotCalledDeletedForThat() throws Exception {
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    append(541, 5, true); // what is measured now comes first
    append(521, 10, false); // storage has not come to this one
    awaitAnchored(535);
    assertThat(findings(audit(AuditKind.FULL, later))).isEmpty();
    ingestedLater = Duration.ofSeconds(11); // surely after the other was logged
    append(546, 5, true);
    awaitAnchored(540);
    assertThat(findings(audit(AuditKind.FULL, later)))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(521, 530).mapToObj(seq -> "DELETED " + readingId(seq)).toList());
  }

  @Test
  void anAlteredReadingIsFoundAlsoIfItsTileOrItsEntryWasRewrittenToMatch() throws Exception {
    JsonObject altered = document(reading(77)).put("site", "elsewhere");
    Mongo.await(mongo.client.save("readings", altered));
    byte[] hash = StoredReadings.stored(altered).hash();
    JsonObject tile = Mongo.await(mongo.client.findOne("log_tiles", id("0/0"), null));
    byte[] hashes = tile.getJsonObject("data").getBinary("$binary");
    byte[] changed = hashes.clone();
    System.arraycopy(MerkleTree.leafHash(hash), 0, changed, 76 * 32, 32);
    Mongo.await(
        mongo.client.save(
            "log_tiles", tile.copy().put("data", new JsonObject().put("$binary", changed))));
    assertThat(findings(audit(AuditKind.FULL)))
        .containsExactlyInAnyOrder("LOG_REWRITTEN log", "ALTERED " + readingId(77));

    Mongo.await(
        mongo.client.save("log_tiles", tile.put("data", new JsonObject().put("$binary", hashes))));
    byte[] bundle = Mongo.await(store.entries(0)).orElseThrow();
    System.arraycopy(hash, 0, bundle, 76 * 34 + 2, 32);
    Mongo.await(store.putEntries(Map.of(0L, bundle)));
    assertThat(findings(audit(AuditKind.FULL)))
        .contains("LOG_REWRITTEN log", "ALTERED " + readingId(77))
        .doesNotContain("ALTERED " + readingId(76));
  }

  @Test
  void aRunWhoseEndCouldNotBeRecordedIsRecordedByTheNext() throws Exception {
    List<String> states = new ArrayList<>();
    AtomicReference<Audit> audit = new AtomicReference<>();
    AtomicBoolean failing = new AtomicBoolean();
    audit.set(
        newAudit(
            Clock.systemUTC(),
            run -> {
              states.add(run.getString("state"));
              if (failing.getAndSet(false)) {
                throw new UnavailableException("the store failed");
              }
            }));
    AuditRun run = audit.get().begin(AuditKind.FULL);
    failing.set(true);
    audit.get().perform(run);
    assertThat(states).containsExactly("running", "completed", "completed");

    audit.get().begin(AuditKind.FULL);
    assertThat(states).containsExactly("running", "completed", "completed", "completed", "running");
  }

  /** Puts a regular expression into a document, which the client cannot read. */
  private void poison(String collection, Object id, String member) {
    try (com.mongodb.client.MongoClient raw = MongoClients.create(mongo.uri)) {
      raw.getDatabase("energy")
          .getCollection(collection)
          .updateOne(Filters.eq("_id", id), Updates.set(member, new BsonRegularExpression("x")));
    }
  }

  @Test
  void aLogThatLacksWhatIsAnchoredIsFound() throws Exception {
    Mongo.await(anchoring.close());
    Mongo.await(mongo.client.removeDocument("log_checkpoints", new JsonObject().put("_id", 520)));

    assertThat(findings(audit(AuditKind.FULL))).containsExactly("LOG_REWRITTEN log");
    startAnchoring();
    while (anchoring.fault().isEmpty()) {
      Thread.onSpinWait();
    }
    assertThat(anchoring.fault().orElseThrow()).contains("rolled back");
  }

  @Test
  void anchorsThatTheChainHasForgottenAreSentAgainInOrder() throws Exception {
    Mongo.await(anchoring.close());
    List<Long> before = chain.sizes();
    chain.forget(before.size() - 1);
    chain.faults = 2;
    startAnchoring();
    append(521, 5, true);
    awaitAnchored(525);

    List<Long> expected = new ArrayList<>(before);
    expected.add(525L);
    assertThat(chain.sizes()).isEqualTo(expected);
    assertThat(findings(audit(AuditKind.FULL))).isEmpty();
  }

  @Test
  void anAnchorWhoseReceiptWasLostInACrashIsNotSentTwice() throws Exception {
    Mongo.await(anchoring.close());
    List<Long> before = chain.sizes();
    Mongo.await(
        mongo.client.updateCollection(
            "anchors",
            new JsonObject().put("_id", 520),
            new JsonObject().put("$set", new JsonObject().put("state", "intended"))));
    startAnchoring();
    awaitAnchored(520);

    assertThat(chain.sizes()).isEqualTo(before);
  }

  @Test
  void receiptsVerifyAndNoByteOfThemCanBeChanged() throws Exception {
    Receipts receipts = new Receipts(new LogReader(store), mongo.client, log.verifierKey());
    String text = Mongo.await(receipts.receipt(reading(42)));
    byte[] receipt = text.getBytes(StandardCharsets.UTF_8);
    ReceiptVerifier verifier = new ReceiptVerifier(log.verifierKey(), null, null);
    ReceiptVerifier.Result result = verifier.verify(receipt);

    assertThat(result.fault()).isNull();
    assertThat(result.reading()).isEqualTo(reading(42));
    assertThat(result.notChecked()).anyMatch(remark -> remark.contains("is on the chain"));
    for (int i = 0; i < receipt.length; i++) {
      receipt[i] ^= 1;
      assertThat(verifier.verify(receipt).valid()).as("byte %d of\n%s", i, text).isFalse();
      receipt[i] ^= 1;
    }
  }

  @Test
  void receiptsOfUnloggedAndAlteredReadingsSayWhy() throws Exception {
    Receipts receipts = new Receipts(new LogReader(store), mongo.client, log.verifierKey());
    Mongo.await(mongo.client.insert("readings", document(reading(900))));
    Mongo.await(
        mongo.client.updateCollection(
            "readings",
            id(key(7)),
            new JsonObject().put("$set", new JsonObject().put("site", "elsewhere"))));

    assertThat(reason(receipts, 900)).isEqualTo(ReceiptException.Reason.NOT_YET_LOGGED);
    assertThat(reason(receipts, 7)).isEqualTo(ReceiptException.Reason.NOT_AS_LOGGED);
  }

  private ReceiptException.Reason reason(Receipts receipts, int seq) throws Exception {
    try {
      Mongo.await(receipts.receipt(Mongo.await(stored(key(seq))).orElseThrow()));
      return null;
    } catch (ReceiptException e) {
      return e.reason();
    }
  }

  private AuditRun audit(AuditKind kind) {
    return audit(kind, Clock.systemUTC());
  }

  private AuditRun audit(AuditKind kind, Clock clock) {
    return perform(newAudit(clock, run -> {}), kind);
  }

  private static AuditRun perform(Audit audit, AuditKind kind) {
    AuditRun run = audit.begin(kind);
    audit.perform(run);
    assertThat(run.state).as(run.detail).isEqualTo("completed");
    return run;
  }

  private Audit newAudit(Clock clock, Consumer<JsonObject> live) {
    return new Audit(
        mongo.client,
        chain,
        log.verifierKey(),
        new AuditConfig(Duration.ofMinutes(5), Duration.ofMinutes(10)),
        clock,
        new SimpleMeterRegistry(),
        live);
  }

  private List<String> findings(AuditRun run) throws Exception {
    return Mongo.await(mongo.client.find("audit_findings", new JsonObject().put("run", run.id)))
        .stream()
        .map(finding -> finding.getString("type") + " " + finding.getString("subject"))
        .toList();
  }

  private void append(int firstSeq, int count, boolean stored) throws Exception {
    String batch = String.format("bridge.0a0b0c0d.%016d", firstSeq);
    JsonObject ingested = id(batch);
    List<byte[]> hashes = new ArrayList<>();
    List<Future<String>> inserts = new ArrayList<>();
    for (int seq = firstSeq; seq < firstSeq + count; seq++) {
      Reading reading = reading(seq);
      hashes.add(reading.recordHash());
      if (stored) {
        inserts.add(mongo.client.insert("readings", document(reading)));
      }
    }
    Mongo.await(Future.all(inserts));
    ingested.put("ingestedAt", Reading.format(Instant.now().plus(ingestedLater)));
    if (stored) {
      ingested.put("storedAt", Reading.format(Instant.now()));
    }
    Mongo.await(mongo.client.insert("batches", ingested));
    Mongo.await(log.append(batch, hashes));
  }

  private void awaitAnchored(long treeSize) throws Exception {
    JsonObject query = new JsonObject().put("_id", treeSize).put("state", "anchored");
    while (Mongo.await(mongo.client.findOne("anchors", query, null)) == null) {
      Thread.onSpinWait();
    }
  }

  private Future<Optional<Reading>> stored(String id) {
    return mongo
        .client
        .findOne("readings", id(id), null)
        .map(
            document -> {
              if (document == null) {
                return Optional.empty();
              }
              document.put(
                  "id", ReadingId.parseSortable((String) document.remove("_id")).get().toString());
              return Optional.of(Reading.parse(document.toBuffer().getBytes()));
            });
  }

  private static JsonObject id(String id) {
    return new JsonObject().put("_id", id);
  }

  private static String readingId(int seq) {
    return "bridge.0a0b0c0d." + seq;
  }

  private static String key(int seq) {
    return String.format("bridge.0a0b0c0d.%016d", seq);
  }

  private static Reading reading(int seq) {
    Instant at = Instant.parse("2026-11-23T10:00:00Z").plusSeconds(seq);
    TreeMap<String, Double> quantities = new TreeMap<>();
    quantities.put("powerW", seq * 1.25);
    quantities.put("energyImportKwh", 5.0);
    return new Reading(
        "bridge",
        "0a0b0c0d",
        seq,
        "plug7",
        "home",
        at,
        at,
        "tele/plug7/SENSOR",
        "tasmota",
        quantities,
        "",
        String.format("%032x", seq),
        "{\"n\":" + seq + "}");
  }

  private static JsonObject document(Reading reading) {
    JsonObject document =
        new JsonObject(new String(reading.canonicalJson(), StandardCharsets.UTF_8));
    document.remove("id");
    return document.put("_id", reading.sortableId());
  }

  /** A MongoDB server that can also be written to past the project's client. */
  private static final class Database {
    private final Vertx vertx = Vertx.vertx();
    private final MongoServer server = new MongoServer(new MemoryBackend());
    private final String uri = "mongodb://127.0.0.1:" + server.bind().getPort();
    private final MongoClient client =
        MongoClient.create(
            vertx, new JsonObject().put("connection_string", uri).put("db_name", "energy"));

    void close() throws Exception {
      Mongo.await(client.close());
      Mongo.await(vertx.close());
      server.shutdownNow();
    }
  }

  /** A contract with the rules of ours; can fail and forget. */
  private static final class FakeChain implements Chain, ChainReader {
    private final List<Anchor> anchors = new ArrayList<>();
    private int faults;
    private boolean gone;

    synchronized List<Long> sizes() {
      return anchors.stream().map(Anchor::treeSize).toList();
    }

    synchronized void forget(int keep) {
      anchors.subList(keep, anchors.size()).clear();
    }

    @Override
    public String ensureContract(String pinned) {
      return "0x" + "ab".repeat(20);
    }

    @Override
    public long chainId() {
      return 31337;
    }

    @Override
    public synchronized Optional<Head> latest() {
      if (faults-- > 0) {
        throw new UnavailableException("no answer");
      }
      return anchors.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new Head(
                  anchors.get(anchors.size() - 1).treeSize(),
                  anchors.get(anchors.size() - 1).root()));
    }

    @Override
    public synchronized boolean isAnchored(long treeSize) {
      return sizes().contains(treeSize);
    }

    @Override
    public synchronized Receipt anchor(long treeSize, byte[] root) {
      int index = sizes().indexOf(treeSize);
      if (index < 0) {
        assertThat(sizes()).allMatch(size -> size < treeSize);
        index = anchors.size();
        anchors.add(new Anchor(treeSize, root));
      }
      return new Receipt(index, "0x" + "cd".repeat(32), index + 2);
    }

    @Override
    public String contract() {
      return "0x" + "ab".repeat(20);
    }

    @Override
    public synchronized OptionalLong count() {
      return gone ? OptionalLong.empty() : OptionalLong.of(anchors.size());
    }

    @Override
    public synchronized Anchor anchorAt(long index) {
      return anchors.get((int) index);
    }
  }
}
