package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.AuditFixture.document;
import static io.blockofenergy.cloud.audit.AuditFixture.id;
import static io.blockofenergy.cloud.audit.AuditFixture.key;
import static io.blockofenergy.cloud.audit.AuditFixture.perform;
import static io.blockofenergy.cloud.audit.AuditFixture.readingId;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.Mongo;
import io.blockofenergy.cloud.ledger.ReceiptException;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.storage.RollupRebuild;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Log, anchors (on a chain that can forget), receipts and audit together, on a MongoDB server. */
@Timeout(120)
class AuditIT {
  private AuditFixture fixture;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    fixture = new AuditFixture(directory, AuditIT::reading);
    fixture.append(1, 150, true);
    fixture.append(151, 150, true);
    fixture.awaitAnchored(300);
    fixture.append(301, 220, true);
    fixture.awaitAnchored(520);
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  @Test
  void findsNothingWhenNothingWasChanged() throws Exception {
    AuditRun run = fixture.audit(AuditKind.FULL);

    assertThat(run.json().getMap())
        .containsEntry("state", "completed")
        .containsEntry("checked", 520L)
        .containsEntry("findings", 0L);
    fixture.append(521, 10, true);
    fixture.awaitAnchored(530);
    AuditRun next = fixture.audit(AuditKind.CONTINUOUS);
    assertThat(next.checked).isEqualTo(10);
    assertThat(fixture.findings(next)).isEmpty();
    assertThat(fixture.state.mark().size()).isEqualTo(530);
  }

  @Test
  void namesExactlyTheAlteredAndTheDeletedReading() throws Exception {
    Mongo.await(
        fixture.client.updateCollection(
            "readings",
            id(key(77)),
            new JsonObject().put("$set", new JsonObject().put("quantities.powerW", 1.5))));
    Mongo.await(fixture.client.removeDocument("readings", id(key(401))));

    assertThat(fixture.findings())
        .containsExactlyInAnyOrder("ALTERED " + readingId(77), "DELETED " + readingId(401));
  }

  @Test
  void aFieldThatIsNotOfAReadingIsAnAlteration() throws Exception {
    Mongo.await(
        fixture.client.updateCollection(
            "readings",
            id(key(5)),
            new JsonObject().put("$set", new JsonObject().put("note", "x"))));

    assertThat(fixture.findings()).containsExactly("ALTERED " + readingId(5));
  }

  @Test
  void whatStorageHasNotYetStoredIsNoFinding() throws Exception {
    fixture.append(521, 10, false);
    fixture.awaitAnchored(530);
    AuditRun run = fixture.audit(AuditKind.CONTINUOUS);
    assertThat(fixture.findings(run)).isEmpty();
    assertThat(fixture.state.mark().size()).isEqualTo(520);

    fixture.storeLate(521, 10);
    AuditRun later = fixture.audit(AuditKind.CONTINUOUS);
    assertThat(later.checked).isEqualTo(10);
    assertThat(fixture.state.mark().size()).isEqualTo(530);
  }

  @Test
  void aRewrittenEntryIsFoundAndTheReadingIsNotAccused() throws Exception {
    byte[] bundle = Mongo.await(fixture.store.entries(0)).orElseThrow();
    bundle[40] ^= 1;
    fixture.overwriteEntries(0, bundle);

    assertThat(fixture.findings()).isNotEmpty().containsOnly("LOG_REWRITTEN log");
  }

  @Test
  void aRewrittenTileAMissingEntryAndARewrittenCheckpointAreFound() throws Exception {
    JsonObject tile = Mongo.await(fixture.client.findOne("log_tiles", id("1/0"), null));
    byte[] hashes = tile.getJsonObject("data").getBinary("$binary");
    hashes[0] ^= 1;
    tile.put("data", new JsonObject().put("$binary", hashes));
    Mongo.await(fixture.client.save("log_tiles", tile));
    assertThat(fixture.findings()).containsExactly("LOG_REWRITTEN log");
    hashes[0] ^= 1;
    tile.put("data", new JsonObject().put("$binary", hashes));
    Mongo.await(fixture.client.save("log_tiles", tile));
    assertThat(fixture.findings()).isEmpty();

    JsonObject checkpoint =
        Mongo.await(
            fixture.client.findOne("log_checkpoints", new JsonObject().put("_id", 300), null));
    Mongo.await(
        fixture.client.save(
            "log_checkpoints",
            checkpoint
                .copy()
                .put("note", checkpoint.getString("note").replace("\n300\n", "\n301\n"))));
    assertThat(fixture.findings()).containsExactly("LOG_REWRITTEN log");
    Mongo.await(fixture.client.save("log_checkpoints", checkpoint));

    Mongo.await(fixture.client.removeDocument("log_entries", new JsonObject().put("_id", 1L)));
    assertThat(fixture.findings()).containsExactly("LOG_REWRITTEN log");
  }

  @Test
  void aContractThatIsRecordedElsewhereIsFound() throws Exception {
    Mongo.await(fixture.anchoring.close());
    JsonObject pinned = Mongo.await(fixture.client.findOne("log_state", id("contract"), null));
    Mongo.await(
        fixture.client.save("log_state", pinned.copy().put("address", "0x" + "cd".repeat(20))));
    assertThat(fixture.findings()).containsExactly("LOG_REWRITTEN log");

    Mongo.await(fixture.client.removeDocument("log_state", id("contract")));
    assertThat(fixture.findings()).isEmpty();
    fixture.chain.anchors.set(0, new ChainReader.Anchor(300, new byte[32]));
    assertThat(fixture.findings()).isNotEmpty().containsOnly("LOG_REWRITTEN log");
  }

  @Test
  void aChainWithoutTheContractIsNoChainWithoutAnchors() throws Exception {
    fixture.chain.gone = true;
    Audit audit = fixture.newAudit(Clock.systemUTC(), run -> {});
    AuditRun run = audit.begin(AuditKind.FULL);
    audit.perform(run);
    assertThat(run.state).isEqualTo("failed");
    assertThat(run.detail).contains("no contract");

    Mongo.await(fixture.anchoring.close());
    Mongo.await(fixture.client.removeDocuments("anchors", new JsonObject()));
    assertThat(fixture.findings()).isEmpty();
  }

  @Test
  void aValueThatTheClientCannotReadIsAFindingAndHidesNoOther() throws Exception {
    fixture.poison("readings", key(77), "site");
    fixture.poison("readings", key(78), "unknown");
    Mongo.await(fixture.client.removeDocument("readings", id(key(79))));
    Mongo.await(fixture.client.removeDocument("readings", id(key(401))));
    assertThat(fixture.findings())
        .containsExactlyInAnyOrder(
            "ALTERED " + readingId(77),
            "ALTERED " + readingId(78),
            "DELETED " + readingId(79),
            "DELETED " + readingId(401));
  }

  @Test
  void logDocumentsOfWrongTypesAreFindingsAndHideNoOther() throws Exception {
    Mongo.await(fixture.anchoring.close());
    Mongo.await(fixture.client.removeDocument("readings", id(key(401))));
    String first = "bridge.0a0b0c0d.0000000000000001";
    JsonObject record = Mongo.await(fixture.client.findOne("log_batches", id(first), null));
    Mongo.await(fixture.client.save("log_batches", record.copy().put("count", "many")));
    assertThat(fixture.findings()).contains("LOG_REWRITTEN log", "DELETED " + readingId(401));
    fixture.poison("log_batches", first, "count");
    assertThat(fixture.findings()).contains("LOG_REWRITTEN log", "DELETED " + readingId(401));
    Mongo.await(fixture.client.save("log_batches", record.copy().put("appendedAt", 7)));
    assertThat(fixture.findings())
        .containsExactlyInAnyOrder("LOG_REWRITTEN log", "DELETED " + readingId(401));
    Mongo.await(fixture.client.save("log_batches", record));
    fixture.poison("log_checkpoints", 300L, "note");
    assertThat(fixture.findings())
        .containsExactlyInAnyOrder("LOG_REWRITTEN log", "DELETED " + readingId(401));
    fixture.poison("log_tiles", "1/0", "data");
    fixture.poison("log_checkpoints", 520L, "rootHash");
    assertThat(fixture.findings()).contains("LOG_REWRITTEN log", "DELETED " + readingId(401));
    fixture.poison("log_entries", 0L, "data");
    assertThat(fixture.findings()).contains("LOG_REWRITTEN log");
  }

  @Test
  void aFalseNewestCheckpointIsAFindingAndHidesNoOther() throws Exception {
    Mongo.await(fixture.anchoring.close());
    Mongo.await(fixture.client.removeDocument("readings", id(key(401))));
    Mongo.await(
        fixture.client.insert(
            "log_checkpoints", new JsonObject().put("_id", 1L << 50).put("note", 1)));
    Mongo.await(fixture.client.insert("log_checkpoints", id("not a size")));
    assertThat(fixture.findings())
        .containsExactlyInAnyOrder("LOG_REWRITTEN log", "DELETED " + readingId(401));
  }

  @Test
  void whatSomebodyWroteIntoTheStoreNeverComesOnTheChain() throws Exception {
    Mongo.await(
        fixture.client.insert(
            "log_checkpoints",
            new JsonObject()
                .put("_id", 1L << 50)
                .put("rootHash", "ab".repeat(32))
                .put("note", "")
                .put("createdAt", "2026-11-25T00:00:00.000Z")));
    fixture.append(521, 10, true);
    fixture.awaitAnchored(530);
    Mongo.await(fixture.anchoring.close());
    assertThat(fixture.chain.sizes()).endsWith(520L, 530L);

    // Nor does a root that was put in the place of one that the chain has to be sent again.
    fixture.chain.forget(1);
    Mongo.await(
        fixture.client.updateCollection(
            "anchors",
            new JsonObject().put("_id", 530L),
            new JsonObject().put("$set", new JsonObject().put("rootHash", "ab".repeat(32)))));
    fixture.startAnchoring();
    Await.until("sent again", () -> fixture.chain.sizes().contains(530L));
    assertThat(fixture.chain.anchorAt(fixture.chain.sizes().size() - 1).root())
        .isEqualTo(Mongo.await(fixture.store.checkpoint(530)).orElseThrow().root());
  }

  @Test
  void aDeletionIsFoundWhateverTheStoreSaysOfWhatWasStored() throws Exception {
    MovableClock clock = new MovableClock();
    Audit audit = fixture.newAudit(clock, run -> {});
    perform(audit, AuditKind.CONTINUOUS);
    Mongo.await(fixture.client.removeDocument("readings", id(key(401))));
    for (String collection : List.of("batches", "log_batches")) {
      Mongo.await(
          fixture.client.updateCollectionWithOptions(
              collection,
              new JsonObject(),
              collection.equals("batches")
                  ? new JsonObject().put("$unset", new JsonObject().put("storedAt", ""))
                  : new JsonObject()
                      .put("$set", new JsonObject().put("appendedAt", "9999-01-01T00:00:00.000Z")),
              new io.vertx.ext.mongo.UpdateOptions().setMulti(true)));
    }
    assertThat(fixture.findings(perform(audit, AuditKind.FULL)))
        .containsExactly("DELETED " + readingId(401));

    // An audit that has never seen it lets storage have its time, but not for ever.
    audit = fixture.newAudit(AuditState.inMemory(), clock, run -> {});
    AuditRun early = perform(audit, AuditKind.FULL);
    assertThat(fixture.findings(early)).isEmpty();
    assertThat(early.pending).isEqualTo(1);
    clock.ahead = Duration.ofHours(25);
    assertThat(fixture.findings(perform(audit, AuditKind.FULL)))
        .containsExactly("DELETED " + readingId(401));
  }

  @Test
  void aChainThatHasLostAnchorsIsNotTakenForACleanOne() throws Exception {
    Mongo.await(fixture.anchoring.close());
    fixture.audit(AuditKind.FULL);
    fixture.chain.forget(1);
    Audit audit = fixture.newAudit(Clock.systemUTC(), run -> {});
    AuditRun run = audit.begin(AuditKind.FULL);
    audit.perform(run);
    assertThat(run.state).isEqualTo("failed");
    assertThat(run.detail).contains("lost some");
  }

  @Test
  void aBatchThatStorageHasNotComeToIsNotCalledDeleted() throws Exception {
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    fixture.append(521, 10, false);
    fixture.awaitAnchored(530);
    AuditRun run = fixture.audit(AuditKind.CONTINUOUS, later);
    assertThat(fixture.findings(run)).isEmpty();
    assertThat(fixture.state.mark().size()).isEqualTo(520);

    fixture.ingestedLater = Duration.ofSeconds(11); // surely after the other was logged
    fixture.append(531, 5, true);
    fixture.awaitAnchored(535);
    List<String> deleted =
        IntStream.rangeClosed(521, 530).mapToObj(seq -> "DELETED " + readingId(seq)).toList();
    assertThat(fixture.findings()).isEmpty();
    assertThat(fixture.findings(fixture.audit(AuditKind.FULL, later)))
        .containsExactlyInAnyOrderElementsOf(deleted);
    fixture.remove("batches", key(521));
    assertThat(fixture.findings(fixture.audit(AuditKind.FULL, later)))
        .contains("FORGED " + readingId(521))
        .containsAll(deleted)
        .hasSize(11);
  }

  @Test
  void aBatchOfABacklogThatCameAfterANewerOneIsNotCalledDeletedForThat() throws Exception {
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    fixture.append(541, 5, true); // what is measured now comes first
    fixture.append(521, 10, false); // storage has not come to this one
    fixture.awaitAnchored(535);
    assertThat(fixture.findings(fixture.audit(AuditKind.FULL, later))).isEmpty();
    fixture.ingestedLater = Duration.ofSeconds(11); // surely after the other was logged
    fixture.append(546, 5, true);
    fixture.awaitAnchored(540);
    assertThat(fixture.findings(fixture.audit(AuditKind.FULL, later)))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(521, 530).mapToObj(seq -> "DELETED " + readingId(seq)).toList());
  }

  @Test
  void anAlteredReadingIsFoundAlsoIfItsTileOrItsEntryWasRewrittenToMatch() throws Exception {
    JsonObject altered = document(reading(77)).put("site", "elsewhere");
    Mongo.await(fixture.client.save("readings", altered));
    byte[] hash = StoredReading.of(Optional.of(altered)).hash();
    JsonObject tile = Mongo.await(fixture.client.findOne("log_tiles", id("0/0"), null));
    byte[] hashes = tile.getJsonObject("data").getBinary("$binary");
    byte[] changed = hashes.clone();
    System.arraycopy(MerkleTree.leafHash(hash), 0, changed, 76 * 32, 32);
    Mongo.await(
        fixture.client.save(
            "log_tiles", tile.copy().put("data", new JsonObject().put("$binary", changed))));
    assertThat(fixture.findings())
        .containsExactlyInAnyOrder("LOG_REWRITTEN log", "ALTERED " + readingId(77));

    Mongo.await(
        fixture.client.save(
            "log_tiles", tile.put("data", new JsonObject().put("$binary", hashes))));
    byte[] bundle = Mongo.await(fixture.store.entries(0)).orElseThrow();
    System.arraycopy(hash, 0, bundle, 76 * 34 + 2, 32);
    fixture.overwriteEntries(0, bundle);
    assertThat(fixture.findings())
        .contains("LOG_REWRITTEN log", "ALTERED " + readingId(77))
        .doesNotContain("ALTERED " + readingId(76));
  }

  @Test
  void aRunWhoseEndCouldNotBeRecordedIsRecordedByTheNext() throws Exception {
    List<String> ends = new ArrayList<>();
    AtomicBoolean failing = new AtomicBoolean(true);
    Audit audit =
        fixture.newAudit(
            Clock.systemUTC(),
            run -> {
              if (run.getString("state").equals("completed")) {
                ends.add(run.getString("id"));
                if (failing.getAndSet(false)) {
                  throw new UnavailableException("the store failed");
                }
              }
            });
    AuditRun run = audit.begin(AuditKind.FULL);
    audit.perform(run);
    assertThat(ends).containsExactly(run.id, run.id);

    audit.begin(AuditKind.FULL);
    assertThat(ends).containsExactly(run.id, run.id, run.id);
  }

  @Test
  void aFullAuditThatWasInterruptedGoesOnWhereItStood() throws Exception {
    fixture.set("readings", key(77), "site", "elsewhere");
    fixture.remove("readings", key(401));
    fixture.set("rollups", "plug7/2026-11-23T06/", "q.40.lowW", 100.0);
    List<String> expected = fixture.findings();
    assertThat(expected).hasSize(3);
    int interruptions = 0;
    for (int after = 1; interruptions == after - 1; after++) {
      AtomicInteger saves = new AtomicInteger(after);
      AuditState state = AuditState.inMemory();
      Clock hasty = new HastyClock();
      Audit audit =
          fixture.newAudit(
              state,
              hasty,
              run -> {
                if (run.getString("phase") != null && saves.decrementAndGet() < 0) {
                  throw new AssertionError("the process ends here");
                }
              });
      audit.together = 1;
      AuditRun run = audit.begin(AuditKind.FULL);
      try {
        audit.perform(run);
      } catch (AssertionError end) {
        interruptions++;
        if (interruptions == 2) {
          fixture.append(521, 10, true); // the log and the chain do not wait
          fixture.awaitAnchored(530);
        }
        Audit next = fixture.newAudit(state, hasty, progress -> {});
        next.prepare();
        run = next.resumable().orElseThrow();
        next.perform(run);
        assertThat(next.resumable()).isEmpty();
      }
      assertThat(run.state).as("%s", run.detail).isEqualTo("completed");
      assertThat(run.checked).isEqualTo(interruptions < 3 ? 520 : 530);
      assertThat(run.findings).isEqualTo(3);
      assertThat(fixture.findings(run)).containsExactlyInAnyOrderElementsOf(expected);
    }
    assertThat(interruptions).isGreaterThan(3);
  }

  /** Ten seconds pass whenever somebody looks. */
  private static final class HastyClock extends Clock {
    private Instant now = Instant.now();

    @Override
    public Instant instant() {
      now = now.plusSeconds(10);
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void anErasureThatIsLoggedIsNoDeletionAndAnotherOneIs() throws Exception {
    String act =
        """
        {"at":"2026-11-24T00:00:00.000Z","device":"plug7","from":"2026-11-23T10:01:10.000Z",\
        "id":"@act.00000000.1","kind":"erasure","to":"2026-11-23T10:01:18.000Z"}\
        """;
    String actKey = "@act.00000000.0000000000000001";
    fixture.save("acts", id(actKey).put("act", act).put("state", "logged"));
    fixture.erase(key(77), "@act.00000000.1");
    assertThat(fixture.findings()).containsExactly("UNLOGGED " + actKey);

    Mongo.await(
        fixture.log.append(actKey, List.of(Sha256.hash(act.getBytes(StandardCharsets.UTF_8)))));
    fixture.awaitAnchored(521);
    assertThat(fixture.findings()).isEmpty();
    assertThat(fixture.findings(fixture.audit(AuditKind.CONTINUOUS))).isEmpty();

    // One that is not there, a reading after its time, and one of another device.
    fixture.erase(key(75), "@act.00000000.2");
    fixture.erase(key(78), "@act.00000000.1");
    fixture.erase(key(76), "@act.00000000.1");
    fixture.set("readings", key(76), "device", "plug8");
    assertThat(fixture.findings())
        .containsExactlyInAnyOrder(
            "DELETED " + readingId(75), "DELETED " + readingId(76), "DELETED " + readingId(78));
    fixture.save("acts", id(actKey).put("act", act.replace("24T", "25T")).put("state", "logged"));
    assertThat(fixture.findings())
        .contains("ALTERED @act.00000000.1", "DELETED " + readingId(77))
        .hasSize(5);
  }

  @Test
  void anErasureThatNamesReadingsCoversNoOthers() throws Exception {
    String ids = readingId(77) + '\n' + readingId(78) + '\n';
    String hash = Sha256.hex(ids.getBytes(StandardCharsets.UTF_8));
    String act =
        """
        {"at":"2026-11-24T00:00:00.000Z","count":2,"id":"@act.00000000.1",\
        "idsSha256":"HASH","kind":"erasure"}\
        """
            .replace("HASH", hash);
    String actKey = "@act.00000000.0000000000000001";
    fixture.save("acts", id(actKey).put("act", act).put("state", "logged"));
    Mongo.await(
        fixture.log.append(actKey, List.of(Sha256.hash(act.getBytes(StandardCharsets.UTF_8)))));
    fixture.erase(key(77), "@act.00000000.1");
    assertThat(fixture.findings()).isEmpty();
    fixture.erase(key(78), "@act.00000000.1");
    assertThat(fixture.findings()).isEmpty();
    fixture.erase(key(79), "@act.00000000.1");
    assertThat(fixture.findings()).containsExactly("DELETED @act.00000000.1");
  }

  @Test
  void aBridgeThatGotANewKeyIsNotAccusedOfItsOldBatches() throws Exception {
    String old = Base64.getEncoder().encodeToString(fixture.bridgeKey.publicKey());
    String changed = Base64.getEncoder().encodeToString(SigningKey.generate().publicKey());
    pin(1, old);
    pin(2, changed);
    fixture.set("bridges", "bridge", "publicKey", changed);
    assertThat(fixture.findings()).isEmpty();

    fixture.set(
        "bridges",
        "bridge",
        "publicKey",
        Base64.getEncoder().encodeToString(SigningKey.generate().publicKey()));
    assertThat(fixture.findings()).containsExactly("FORGED bridge");
    fixture.remove("acts", "@act.00000000.0000000000000001");
    assertThat(fixture.findings())
        .contains("DELETED @act.00000000.1", "FORGED bridge", "FORGED " + readingId(1));
  }

  private void pin(int n, String key) throws Exception {
    String act =
        new JsonObject()
            .put("at", Reading.format(Instant.now()))
            .put("bridge", "bridge")
            .put("id", "@act.00000000." + n)
            .put("kind", "key-pinned")
            .put("publicKey", key)
            .encode();
    String actKey = "@act.00000000.000000000000000" + n;
    fixture.save(
        "acts", id(actKey).put("act", act).put("kind", "key-pinned").put("state", "logged"));
    Mongo.await(
        fixture.log.append(actKey, List.of(Sha256.hash(act.getBytes(StandardCharsets.UTF_8)))));
  }

  @Test
  void anActOfTheFutureIsNotExcusedFromBeingLogged() throws Exception {
    String actKey = "@act.00000000.0000000000000001";
    String act =
        "{\"at\":\"9999-01-01T00:00:00.000Z\",\"id\":\"@act.00000000.1\",\"kind\":\"erasure\"}";
    fixture.save(
        "acts",
        id(actKey)
            .put("act", act)
            .put("kind", "erasure")
            .put("state", "logged")
            .put("erasure", new JsonObject().put("state", "running")));
    fixture.set("rollups", "plug7/2026-11-23T06/", "q.40.peakW", 1.5);
    assertThat(fixture.findings())
        .containsExactlyInAnyOrder("UNLOGGED " + actKey, "ROLLUP_DRIFT plug7/2026-11-23T06/");
  }

  @Test
  void rollupsThatAreBeingMadeAnewAreNoDriftAndThoseThatWereAre() throws Exception {
    String rollup = "plug7/2026-11-23T06/";
    // As they were before days had parts, as they are while a day is made anew, and no rollup.
    fixture.remove("rollups", rollup);
    fixture.save("rollups", id("plug7/2026-11-23/").put("q", 1));
    fixture.save("rollups", id("%/2026-11-23/").put("q", 1));
    List<String> drift =
        List.of(
            "ROLLUP_DRIFT %/2026-11-23/",
            "ROLLUP_DRIFT plug7/2026-11-23/", "ROLLUP_DRIFT " + rollup);
    assertThat(fixture.findings()).containsExactlyInAnyOrderElementsOf(drift);
    RollupRebuild rebuild =
        new RollupRebuild(fixture.client, new RollupStore(fixture.client), Clock.systemUTC());
    Mongo.await(rebuild.order(Optional.empty(), Optional.empty(), Optional.empty()));
    assertThat(fixture.findings()).containsExactly(drift.get(0));

    JsonObject order = fixture.get("rollup_rebuild", "order");
    for (JsonObject elsewhere :
        List.of(
            new JsonObject().put("only", "plug8"),
            new JsonObject().put("from", "2026-11-24"),
            new JsonObject().put("to", "2026-11-23"),
            new JsonObject().put("device", "plug8").put("day", "0000-01-01"),
            new JsonObject().put("device", "plug7").put("day", "2026-11-24"),
            new JsonObject().put("state", "completed"),
            new JsonObject().put("orderedAt", "2025-11-23T00:00:00.000Z"),
            new JsonObject().put("orderedAt", "9999-11-23T00:00:00.000Z"))) {
      fixture.save("rollup_rebuild", order.copy().mergeIn(elsewhere));
      assertThat(fixture.findings())
          .as(elsewhere.encode())
          .containsExactlyInAnyOrderElementsOf(drift);
    }
    for (JsonObject there :
        List.of(
            new JsonObject().put("device", "plug7").put("day", "2026-11-23"),
            new JsonObject().put("device", "plug6").put("day", "2026-11-25"),
            new JsonObject()
                .put("only", "plug7")
                .put("from", "2026-11-23")
                .put("to", "2026-11-24"))) {
      fixture.save("rollup_rebuild", order.copy().mergeIn(there));
      assertThat(fixture.findings()).as(there.encode()).containsExactly(drift.get(0));
    }
  }

  @Test
  void aRecordOfABatchThatTheLogDoesNotHaveHidesNothing() throws Exception {
    fixture.save(
        "log_batches",
        id("m1.deadbeef.0000000000000001")
            .put("leafStart", 1L << 50)
            .put("count", 100)
            .put("appendedAt", Reading.format(Instant.now())));
    assertThat(fixture.findings()).containsExactly("LOG_REWRITTEN log");
    fixture.save(
        "log_batches", id("m1.deadbeef.0000000000000001").put("count", 100).put("appendedAt", ""));
    assertThat(fixture.findings()).containsExactly("LOG_REWRITTEN log");
    fixture.remove("log_batches", "m1.deadbeef.0000000000000001");

    fixture.remove("batches", key(301)); // the last one of its journal
    assertThat(fixture.findings()).containsExactly("FORGED " + readingId(301));
  }

  @Test
  void aLogThatLacksWhatIsAnchoredIsFound() throws Exception {
    Mongo.await(fixture.anchoring.close());
    Mongo.await(fixture.client.removeDocument("log_checkpoints", new JsonObject().put("_id", 520)));

    assertThat(fixture.findings()).containsExactly("LOG_REWRITTEN log");
    fixture.startAnchoring();
    Await.until("the fault is seen", () -> fixture.anchoring.fault().isPresent());
    assertThat(fixture.anchoring.fault().orElseThrow()).contains("rolled back");
  }

  @Test
  void anchorsThatTheChainHasForgottenAreSentAgainInOrder() throws Exception {
    Mongo.await(fixture.anchoring.close());
    List<Long> before = fixture.chain.sizes();
    fixture.chain.forget(before.size() - 1);
    fixture.chain.faults = 2;
    fixture.startAnchoring();
    fixture.append(521, 5, true);
    fixture.awaitAnchored(525);

    List<Long> expected = new ArrayList<>(before);
    expected.add(525L);
    assertThat(fixture.chain.sizes()).isEqualTo(expected);
    assertThat(fixture.findings()).isEmpty();
  }

  @Test
  void anAnchorWhoseReceiptWasLostInACrashIsNotSentTwice() throws Exception {
    Mongo.await(fixture.anchoring.close());
    List<Long> before = fixture.chain.sizes();
    Mongo.await(
        fixture.client.updateCollection(
            "anchors",
            new JsonObject().put("_id", 520),
            new JsonObject().put("$set", new JsonObject().put("state", "intended"))));
    fixture.startAnchoring();
    fixture.awaitAnchored(520);

    assertThat(fixture.chain.sizes()).isEqualTo(before);
  }

  @Test
  void receiptsVerifyAndNoByteOfThemCanBeChanged() throws Exception {
    Receipts receipts =
        new Receipts(new LogReader(fixture.store), fixture.client, fixture.log.verifierKey());
    String text = Mongo.await(receipts.receipt(reading(42)));
    byte[] receipt = text.getBytes(StandardCharsets.UTF_8);
    ReceiptVerifier verifier = new ReceiptVerifier(fixture.log.verifierKey(), null, null);
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
    Receipts receipts =
        new Receipts(new LogReader(fixture.store), fixture.client, fixture.log.verifierKey());
    Mongo.await(fixture.client.insert("readings", document(reading(900))));
    Mongo.await(
        fixture.client.updateCollection(
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

  private static int anchorBytes(String receipt) {
    String extra =
        new String(
            java.util.Base64.getDecoder().decode(receipt.split("\n")[1].substring(6)),
            StandardCharsets.UTF_8);
    return extra.indexOf(",\"reading\"");
  }

  private Future<Optional<Reading>> stored(String id) {
    return fixture
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

  private static Reading reading(long seq) {
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
}
