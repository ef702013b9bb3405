package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.FreePort;
import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.edge.witness.WitnessVerticle;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.Cosignature;
import io.blockofenergy.telemetry.log.InclusionProof;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A ledger on its store, and the bridge's witness, over HTTP. */
@Timeout(180)
class WitnessesIT {
  private static final String ORIGIN = "test.example/log";
  private static final SigningKey KEY = SigningKey.generate();
  private static final List<byte[]> ENTRIES = PlainTree.entries(600);

  @TempDir Path directory;
  private int port;
  private Vertx vertx;
  private String deployment;
  private Ledger ledger;

  /** A log, its witnesses and their store. */
  private static final class Ledger {
    final Mongo mongo = new Mongo();
    final LogStore store = new MongoLogStore(mongo.client);
    final Cosignatures cosignatures = new Cosignatures(mongo.client);
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final TransparencyLog log;
    final Witnesses witnesses;
    private long next = 1;

    Ledger(WitnessConfig... asked) throws Exception {
      LedgerConfig config = HastyLedger.config();
      log = new TransparencyLog(mongo.vertx, store, config, KEY, Clock.systemUTC(), metrics);
      witnesses =
          new Witnesses(
              mongo.vertx,
              List.of(asked),
              new LogReader(store),
              cosignatures,
              Clock.systemUTC(),
              metrics);
      log.onCheckpoint(witnesses::observe);
      Mongo.await(log.start());
    }

    void append(List<byte[]> hashes) throws Exception {
      Mongo.await(log.append(String.format("bridge.0a0b0c0d.%016d", next), hashes));
      next += hashes.size();
    }

    String cosigned(long treeSize) {
      try {
        Optional<LogCheckpoint> checkpoint = Mongo.await(store.checkpoint(treeSize));
        return Mongo.await(cosignatures.cosigned(checkpoint.orElseThrow())).note();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    List<JsonObject> refusals() {
      try {
        return Mongo.await(mongo.client.find("witness_refusals", new JsonObject()));
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    double count(String outcome) {
      return metrics.counter("boe.cloud.ledger.witness.requests", "outcome", outcome).count();
    }

    void close() throws Exception {
      Mongo.await(witnesses.close());
      Mongo.await(log.close());
      mongo.close();
    }
  }

  @BeforeEach
  void startWitness() throws Exception {
    vertx = Vertx.vertx();
    port = FreePort.draw();
    deploy();
  }

  @AfterEach
  void close() throws Exception {
    if (ledger != null) {
      ledger.close();
    }
    Mongo.await(vertx.close());
  }

  private void deploy() throws Exception {
    deployment =
        Mongo.await(
            vertx.deployVerticle(
                new WitnessVerticle(
                    new io.blockofenergy.edge.witness.WitnessConfig(
                        true,
                        "127.0.0.1",
                        port,
                        "witness.example/w1",
                        directory,
                        List.of(new VerifierKey(ORIGIN, KEY.publicKey()))),
                    Clock.systemUTC(),
                    new SimpleMeterRegistry())));
  }

  private WitnessConfig witness() {
    return new WitnessConfig(
        "@" + directory.resolve("witness.pub"), URI.create("http://127.0.0.1:" + port));
  }

  private VerifierKey witnessKey() throws Exception {
    return VerifierKey.parse(Files.readString(directory.resolve("witness.pub")));
  }

  private void awaitCosigned(Ledger by, long treeSize) throws Exception {
    List<VerifierKey> keys = List.of(witnessKey());
    Await.until(
        "a cosignature of " + treeSize,
        () -> !SignedNote.parse(by.cosigned(treeSize)).cosignatures(keys).isEmpty());
  }

  @Test
  void aLogThatGrowsIsCosignedAndItsNoteStaysAsTheLogSignedIt() throws Exception {
    ledger = new Ledger(witness());
    for (int size = 0; size < 600; size += 100) {
      ledger.append(ENTRIES.subList(size, size + 100));
      awaitCosigned(ledger, size + 100);
    }
    String stored = Mongo.await(ledger.store.checkpoint(600)).orElseThrow().note();
    assertThat(SignedNote.parse(stored).signatures()).hasSize(1);
    assertThat(ledger.cosigned(600)).startsWith(stored);
    assertThat(SignedNote.verify(ledger.cosigned(600), ledger.log.verifierKey()))
        .isEqualTo(new Checkpoint(ORIGIN, 600, PlainTree.root(ENTRIES)).text());
    assertThat(ledger.refusals()).isEmpty();
  }

  private static Reading reading() {
    return new Reading(
        "bridge",
        "0a0b0c0d",
        1,
        "plug7",
        "home",
        Instant.parse("2026-11-23T20:15:00Z"),
        Instant.parse("2026-11-23T20:15:01Z"),
        "tele/plug7/SENSOR",
        "tasmota",
        new TreeMap<>(),
        "",
        "0".repeat(32),
        "{}");
  }

  @Test
  void receiptsCarryTheCosignaturesAndStillVerify() throws Exception {
    Reading reading = reading();
    ledger = new Ledger(witness());
    ledger.append(List.of(reading.recordHash()));
    awaitCosigned(ledger, 1);

    VerifierKey logKey = ledger.log.verifierKey();
    Receipts receipts = new Receipts(new LogReader(ledger.store), ledger.mongo.client, logKey);
    InclusionProof receipt = InclusionProof.parse(Mongo.await(receipts.receipt(reading)));

    assertThat(receipt.verify(reading.recordHash(), logKey).size()).isEqualTo(1);
    assertThat(SignedNote.parse(receipt.checkpoint()).cosignatures(List.of(witnessKey())))
        .singleElement()
        .extracting(Cosignature::witness)
        .isEqualTo(witnessKey());
  }

  @Test
  void anAnchorThatIsCosignedIsPreferredToANewerOne() throws Exception {
    Reading reading = reading();
    ledger = new Ledger(witness());
    ledger.append(List.of(reading.recordHash()));
    awaitCosigned(ledger, 1);
    Mongo.await(vertx.undeploy(deployment));
    ledger.append(ENTRIES.subList(0, 3));
    Receipts receipts =
        new Receipts(new LogReader(ledger.store), ledger.mongo.client, ledger.log.verifierKey());

    assertThat(receiptSize(receipts, reading)).as("nothing is anchored").isEqualTo(4);
    anchored(4);
    assertThat(receiptSize(receipts, reading)).as("what is anchored").isEqualTo(4);
    anchored(1);
    assertThat(receiptSize(receipts, reading)).as("what is cosigned too").isEqualTo(1);
  }

  private void anchored(long treeSize) throws Exception {
    Mongo.await(
        ledger.mongo.client.insert(
            "anchors",
            new JsonObject()
                .put("_id", treeSize)
                .put("state", "anchored")
                .put("index", 0)
                .put("chainId", 1)
                .put("contract", "0x" + "0".repeat(40))));
  }

  private long receiptSize(Receipts receipts, Reading reading) throws Exception {
    return InclusionProof.parse(Mongo.await(receipts.receipt(reading)))
        .verify(reading.recordHash(), ledger.log.verifierKey())
        .size();
  }

  @Test
  void whatIsAnchoredIsCosignedThoughNewerOnesHaveCome() throws Exception {
    ledger = new Ledger();
    for (int size = 0; size < 4; size++) {
      ledger.append(ENTRIES.subList(size, size + 1));
    }
    List<LogCheckpoint> all = new ArrayList<>();
    for (int size = 1; size <= 4; size++) {
      all.add(Mongo.await(ledger.store.checkpoint(size)).orElseThrow());
    }
    Witnesses asked =
        new Witnesses(
            ledger.mongo.vertx,
            List.of(witness()),
            new LogReader(ledger.store),
            ledger.cosignatures,
            Clock.systemUTC(),
            ledger.metrics);
    ledger
        .mongo
        .vertx
        .getOrCreateContext()
        .runOnContext(
            now -> {
              asked.observe(all.get(0));
              asked.observe(all.get(1));
              asked.anchoring(all.get(2));
              asked.observe(all.get(3));
            });
    awaitCosigned(ledger, 4);
    awaitCosigned(ledger, 3);
    assertThat(SignedNote.parse(ledger.cosigned(2)).signatures()).hasSize(1);
    assertThat(ledger.refusals()).isEmpty();
    Mongo.await(asked.close());
  }

  @Test
  void anotherHistoryByTheSameKeyIsRefusedAndThatIsRecorded() throws Exception {
    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(0, 5));
    awaitCosigned(ledger, 5);
    ledger.close();

    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(10, 13));
    Await.until("the shorter log is refused", () -> ledger.refusals().size() == 1);
    assertThat(ledger.refusals().get(0).getString("_id")).isEqualTo("witness.example/w1/3");
    assertThat(ledger.refusals().get(0).getInteger("status")).isEqualTo(409);
    assertThat(ledger.refusals().get(0).getLong("witnessSize")).isEqualTo(5);
    assertThat(ledger.refusals().get(0).getLong("treeSize")).isEqualTo(3);
    ledger.close();

    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(10, 20));
    Await.until("the longer log is refused", () -> ledger.refusals().size() == 1);
    JsonObject refusal = ledger.refusals().get(0);
    assertThat(refusal.getInteger("status")).isEqualTo(422);
    assertThat(refusal.getLong("treeSize")).isEqualTo(10);
    assertThat(refusal.getString("detail")).contains("does not find");
    assertThat(Instant.parse(refusal.getString("at"))).isNotNull();
    assertThat(SignedNote.parse(ledger.cosigned(10)).signatures()).hasSize(1);
    assertThat(ledger.count("refused")).isEqualTo(1);
  }

  @Test
  void anotherHistoryOfTheSameSizeIsRefusedAndThatIsRecorded() throws Exception {
    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(0, 5));
    awaitCosigned(ledger, 5);
    ledger.close();

    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(10, 15));
    Await.until("the other log is refused", () -> ledger.refusals().size() == 1);
    JsonObject refusal = ledger.refusals().get(0);
    assertThat(refusal.getString("_id")).isEqualTo("witness.example/w1/5");
    assertThat(refusal.getInteger("status")).isEqualTo(409);
    assertThat(refusal.getLong("witnessSize")).isEqualTo(5);
    assertThat(refusal.getString("detail")).contains("another tree of 5 entries");
  }

  @Test
  void aConflictWithoutASizeIsARefusal() throws Exception {
    ledger = new Ledger(answering(409, ""));
    ledger.append(ENTRIES.subList(0, 5));
    Await.until("that is recorded", () -> ledger.refusals().size() == 1);
    assertThat(ledger.refusals().get(0).getInteger("status")).isEqualTo(409);
    assertThat(ledger.refusals().get(0).getLong("witnessSize")).isEqualTo(-1);
  }

  @Test
  void anAnswerThatChangesWhatIsSignedIsNoCosignature() throws Exception {
    SigningKey key = SigningKey.generate();
    String note = SignedNote.sign("a\n", "log", KEY);
    String line = Cosignature.sign("a\n\nx\n", "w", key, Instant.ofEpochSecond(1)).line();
    VerifierKey by = new VerifierKey("w", VerifierKey.Use.COSIGNATURE, key.publicKey());
    assertThatThrownBy(
            () -> new WitnessClient.Answer(200, "x\n\n" + line + "\n").cosignature(note, by))
        .isInstanceOf(MalformedProofException.class)
        .hasMessageContaining("not made of signatures");
  }

  @Test
  void linesThatWouldSpoilTheNoteAreLeftOut() throws Exception {
    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(0, 5));
    awaitCosigned(ledger, 5);
    String good = ledger.cosigned(5);
    byte[] hash = ledger.log.verifierKey().hash();
    String posing = new SignedNote.Signature(ORIGIN, hash, new byte[64]).line();
    int n = 0;
    for (String line :
        List.of(
            "— a AAAAAAAAA",
            "— a AAAAAAAAAAB=",
            "— a\u00a0b AAAAAAAA",
            "— a\u0001 AAAAAAAA",
            posing)) {
      Mongo.await(
          ledger.mongo.client.insert(
              "log_cosignatures",
              new JsonObject().put("_id", "0000000000000005/a" + n++).put("line", line)));
    }
    assertThat(ledger.cosigned(5)).isEqualTo(good);
    assertThat(SignedNote.verify(good, ledger.log.verifierKey())).isNotEmpty();
  }

  private WitnessConfig answering(int status, String body) throws Exception {
    int at =
        Mongo.await(
                vertx
                    .createHttpServer()
                    .requestHandler(request -> request.response().setStatusCode(status).end(body))
                    .listen(0, "127.0.0.1"))
            .actualPort();
    return new WitnessConfig(witnessKey().toString(), URI.create("http://127.0.0.1:" + at));
  }

  @Test
  void aWitnessThatWasAwayGoesOnWhereItWas() throws Exception {
    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(0, 5));
    awaitCosigned(ledger, 5);
    Mongo.await(vertx.undeploy(deployment));
    ledger.append(ENTRIES.subList(5, 7));
    Await.until("it is missed", () -> ledger.count("failed") > 0);
    deploy();
    awaitCosigned(ledger, 7);
    assertThat(ledger.refusals()).isEmpty();
  }

  @Test
  void aWitnessThatHasForgottenEverythingBeginsAgain() throws Exception {
    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(0, 5));
    awaitCosigned(ledger, 5);
    Mongo.await(vertx.undeploy(deployment));
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".checkpoint")).toList()) {
        Files.delete(file);
      }
    }
    deploy();
    ledger.append(ENTRIES.subList(5, 8));
    awaitCosigned(ledger, 8);
    assertThat(ledger.refusals()).isEmpty();
  }

  @Test
  void aLedgerThatStartsAnewAsksTheWitnessWhereItStands() throws Exception {
    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(0, 300));
    awaitCosigned(ledger, 300);
    Witnesses second =
        new Witnesses(
            ledger.mongo.vertx,
            List.of(witness()),
            new LogReader(ledger.store),
            ledger.cosignatures,
            Clock.systemUTC(),
            ledger.metrics);
    second.observe(ledger.log.newest());
    Await.until("asked again", () -> ledger.count("cosigned") == 2);
    assertThat(ledger.refusals()).isEmpty();
    Mongo.await(second.close());
  }

  @Test
  void aLedgerThatWasOvertakenByAnotherDoesNotTakeThatForARefusal() throws Exception {
    ledger = new Ledger(witness());
    ledger.append(ENTRIES.subList(0, 5));
    LogCheckpoint old = ledger.log.newest();
    ledger.append(ENTRIES.subList(5, 9));
    awaitCosigned(ledger, 9);
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    Witnesses overtaken =
        new Witnesses(
            ledger.mongo.vertx,
            List.of(witness()),
            new LogReader(ledger.store),
            ledger.cosignatures,
            Clock.systemUTC(),
            metrics);
    overtaken.observe(old);
    Await.until(
        "it goes on from what the other has logged",
        () ->
            metrics.counter("boe.cloud.ledger.witness.requests", "outcome", "cosigned").count()
                == 1);
    assertThat(ledger.refusals()).isEmpty();
    Mongo.await(overtaken.close());
  }

  @Test
  void witnessesThatHangOrAreAwayOrTalkWithoutEndHoldNothingBack() throws Exception {
    String key = witnessKey().toString();
    int hangs =
        Mongo.await(vertx.createNetServer().connectHandler(socket -> {}).listen(0, "127.0.0.1"))
            .actualPort();
    int talks =
        Mongo.await(
                vertx
                    .createHttpServer()
                    .requestHandler(request -> request.response().end("x".repeat(1 << 20)))
                    .listen(0, "127.0.0.1"))
            .actualPort();
    int strange =
        Mongo.await(
                vertx
                    .createHttpServer()
                    .requestHandler(
                        request -> request.response().setStatusCode(200).end("— a AAAAAAAA\n"))
                    .listen(0, "127.0.0.1"))
            .actualPort();
    ledger =
        new Ledger(
            new WitnessConfig(key, URI.create("http://127.0.0.1:" + hangs)),
            new WitnessConfig(key, URI.create("http://127.0.0.1:" + FreePort.draw())),
            new WitnessConfig(key, URI.create("http://127.0.0.1:" + talks)),
            new WitnessConfig(key, URI.create("http://127.0.0.1:" + strange)),
            new WitnessConfig(
                "@" + directory.resolve("none.pub"), URI.create("http://127.0.0.1:1")),
            witness());
    for (int size = 0; size < 500; size += 100) {
      ledger.append(ENTRIES.subList(size, size + 100));
    }
    awaitCosigned(ledger, 500);
    Await.until("the others have failed", () -> ledger.count("failed") >= 4);
    assertThat(ledger.refusals()).isEmpty();
    assertThat(SignedNote.parse(ledger.cosigned(500)).signatures()).hasSize(2);
  }
}
