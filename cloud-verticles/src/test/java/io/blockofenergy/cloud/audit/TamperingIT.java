package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.AuditFixture.key;
import static io.blockofenergy.cloud.audit.AuditFixture.readingId;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.ledger.Mongo;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hundred of each kind of tampering, drawn with a fixed seed: each is found and named, and
 * nothing else is reported.
 */
@Timeout(300)
class TamperingIT {
  private static final int EACH = 100;
  private static final int READINGS = 1500;
  private static final int BATCH = 60;

  private final Random random = new Random(20261125);
  private AuditFixture fixture;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    fixture = new AuditFixture(directory, TamperingIT::reading);
    for (int first = 1; first <= READINGS; first += BATCH) {
      fixture.append(first, BATCH, true);
      if (first % 300 == 1) {
        fixture.awaitAnchored(first + BATCH - 1);
      }
    }
    fixture.awaitAnchored(READINGS);
    Mongo.await(fixture.anchoring.close());
    assertThat(fixture.findings()).isEmpty();
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  /** Five plugs over ten days. */
  private static Reading reading(long seq) {
    Instant at = Instant.parse("2026-11-10T00:00:00Z").plus(Duration.ofSeconds(seq * 288));
    TreeMap<String, Double> quantities = new TreeMap<>();
    quantities.put("powerW", (seq * 7919 % 2000) / 4.0);
    quantities.put("energyImportKwh", seq / 100.0);
    return new Reading(
        "bridge",
        AuditFixture.JOURNAL,
        seq,
        "plug" + seq % 5,
        "home",
        at,
        at.plusMillis(40),
        "tele/plug" + seq % 5 + "/SENSOR",
        "tasmota",
        quantities,
        "2026-01-01T00:00:00",
        String.format("%032x", seq * 31),
        "{\"ENERGY\":{\"Power\":" + seq + "}}");
  }

  /** Different sequence numbers. */
  private List<Long> draw(int count) {
    return random.longs(1, READINGS + 1).distinct().limit(count).boxed().toList();
  }

  private void assertFound(Stream<String> expected) throws Exception {
    assertThat(fixture.findings()).containsExactlyInAnyOrderElementsOf(expected.toList());
  }

  @Test
  void alteredFieldsAreNamed() throws Exception {
    List<Long> drawn = draw(EACH);
    for (long seq : drawn) {
      switch (random.nextInt(6)) {
        case 0 ->
            fixture.set("readings", key(seq), "quantities.powerW", random.nextInt(9000) + 600.5);
        case 1 -> fixture.set("readings", key(seq), "quantities.energyImportKwh", -1.0 - seq);
        case 2 -> fixture.set("readings", key(seq), "device", "plug9");
        case 3 -> fixture.set("readings", key(seq), "measuredAt", "2026-11-09T00:00:00.000Z");
        case 4 -> fixture.set("readings", key(seq), "site", "elsewhere");
        default -> fixture.set("readings", key(seq), "counterEpoch", "");
      }
    }
    assertFound(drawn.stream().map(seq -> "ALTERED " + readingId(seq)));
  }

  @Test
  void alteredPayloadsAreNamed() throws Exception {
    List<Long> drawn = draw(EACH);
    for (long seq : drawn) {
      fixture.set("readings", key(seq), "payload", "{\"ENERGY\":{\"Power\":" + (seq + 1) + "}}");
    }
    assertFound(drawn.stream().map(seq -> "ALTERED " + readingId(seq)));
  }

  @Test
  void deletedReadingsAreNamed() throws Exception {
    List<Long> drawn = draw(EACH);
    for (long seq : drawn) {
      fixture.remove("readings", key(seq));
    }
    assertFound(drawn.stream().map(seq -> "DELETED " + readingId(seq)));
  }

  @Test
  void insertedReadingsAreNamed() throws Exception {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < EACH; i++) {
      // In a journal of nobody's, or after the end of the one there is.
      Reading real = reading(READINGS + 1 + i);
      String journal = random.nextBoolean() ? "ffff" + String.format("%04x", i) : real.journal();
      Reading inserted =
          new Reading(
              real.bridge(),
              journal,
              real.seq(),
              // Outside the days of the others, or its power would be no drift of the rollups.
              "inserted",
              real.site(),
              real.measuredAt(),
              real.receivedAt(),
              real.topic(),
              real.format(),
              new TreeMap<>(),
              real.counterEpoch(),
              real.salt(),
              real.payload());
      Mongo.await(fixture.client.insert("readings", AuditFixture.document(inserted)));
      expected.add("UNLOGGED " + inserted.id());
    }
    assertFound(expected.stream());
  }

  @Test
  void readingsThatChangedPlacesAreNamed() throws Exception {
    List<Long> drawn = draw(2 * EACH);
    for (int i = 0; i < EACH; i++) {
      long one = drawn.get(2 * i);
      long other = drawn.get(2 * i + 1);
      JsonObject first = fixture.get("readings", key(one));
      JsonObject second = fixture.get("readings", key(other));
      boolean whole = random.nextBoolean();
      fixture.save("readings", swapped(first, second, whole));
      fixture.save("readings", swapped(second, first, whole));
    }
    assertFound(drawn.stream().map(seq -> "ALTERED " + readingId(seq)));
  }

  /** The one's place with the other's contents, with its number or without. */
  private static JsonObject swapped(JsonObject place, JsonObject contents, boolean whole) {
    JsonObject swapped = contents.copy().put("_id", place.getString("_id"));
    return whole ? swapped : swapped.put("seq", place.getLong("seq"));
  }

  @Test
  void alteredRollupsAreNamed() throws Exception {
    List<JsonObject> all = Mongo.await(fixture.client.find("rollups", new JsonObject()));
    List<String> expected = new ArrayList<>();
    for (int round = 0; expected.size() < EACH; round++) {
      List<JsonObject> changed = new ArrayList<>();
      for (JsonObject rollup : all) {
        if (expected.size() + changed.size() < EACH && random.nextBoolean()) {
          alter(rollup.copy());
          changed.add(rollup);
        }
      }
      List<String> now = changed.stream().map(each -> each.getString("_id")).toList();
      assertFound(now.stream().map(id -> "ROLLUP_DRIFT " + id));
      expected.addAll(now);
      for (JsonObject rollup : changed) {
        fixture.save("rollups", rollup);
      }
      assertThat(fixture.findings()).as("after round %d", round).isEmpty();
    }
    assertThat(expected).hasSize(EACH);
  }

  private void alter(JsonObject rollup) throws Exception {
    JsonObject quarters = rollup.getJsonObject("q");
    List<String> names = List.copyOf(quarters.fieldNames());
    String quarter = names.get(random.nextInt(names.size()));
    JsonObject figures = quarters.getJsonObject(quarter);
    switch (random.nextInt(10)) {
      case 0 -> figures.put("peakW", figures.getDouble("peakW") + 1);
      case 1 -> figures.put("peakW", figures.getDouble("peakW") - 1);
      case 2 -> figures.put("lowW", figures.getDouble("lowW") - 1);
      case 3 -> figures.put("lastImport", figures.getString("lastImport") + "1");
      case 4 -> figures.remove("firstImport");
      case 5 -> quarters.remove(quarter);
      case 6 -> figures.put("leastImport", figures.getDouble("leastImport") - 0.125);
      case 7 -> figures.put("greatestImport", figures.getDouble("greatestImport") - 0.125);
      case 8 -> figures.put("p", new JsonObject().put("07", "00000 230"));
      default -> {
        fixture.remove("rollups", rollup.getString("_id"));
        return;
      }
    }
    fixture.save("rollups", rollup);
  }

  @Test
  void alteredTilesAreNamedAndNoReadingIsAccused() throws Exception {
    List<JsonObject> tiles = Mongo.await(fixture.client.find("log_tiles", new JsonObject()));
    List<JsonObject> bundles = Mongo.await(fixture.client.find("log_entries", new JsonObject()));
    for (int i = 0; i < EACH; i++) {
      boolean tile = random.nextBoolean();
      List<JsonObject> documents = tile ? tiles : bundles;
      JsonObject document = documents.get(random.nextInt(documents.size()));
      byte[] data = document.getJsonObject("data").getBinary("$binary").clone();
      data[random.nextInt(data.length)] ^= (byte) (1 << random.nextInt(8));
      String collection = tile ? "log_tiles" : "log_entries";
      fixture.save(collection, document.copy().put("data", new JsonObject().put("$binary", data)));
      assertThat(fixture.findings())
          .as("%s %s", collection, document.getValue("_id"))
          .isNotEmpty()
          .containsOnly("LOG_REWRITTEN log");
      fixture.save(collection, document);
    }
    assertThat(fixture.findings()).isEmpty();
  }

  @Test
  void aCheckpointRewrittenTogetherWithTheStoreIsNamed() throws Exception {
    List<byte[]> leaves = new ArrayList<>();
    for (long seq = 1; seq <= READINGS; seq++) {
      leaves.add(reading(seq).recordHash());
    }
    List<Long> anchored = fixture.chain.sizes();
    for (long seq : draw(EACH)) {
      Forgery forgery = new Forgery(seq);
      forgery.commit(leaves, anchored);
      assertThat(fixture.findings())
          .as("reading %d", seq)
          .isNotEmpty()
          .containsOnly("LOG_REWRITTEN log");
      forgery.undo();
    }
    assertThat(fixture.findings()).isEmpty();
  }

  /**
   * What somebody does who has the store and the log's key: another reading, its entry, every tile
   * and every checkpoint from there on, so that all fits together again. Only the chain is not his.
   */
  private final class Forgery {
    private final long seq;
    private final List<Runnable> undo = new ArrayList<>();

    Forgery(long seq) {
      this.seq = seq;
    }

    void commit(List<byte[]> leaves, List<Long> anchored) throws Exception {
      JsonObject forged =
          fixture.get("readings", key(seq)).put("payload", "{\"ENERGY\":{\"Power\":0}}");
      replace("readings", key(seq), forged);
      byte[] hash = StoredReading.of(java.util.Optional.of(forged)).hash();
      int leaf = (int) seq - 1;
      List<byte[]> rewritten = new ArrayList<>(leaves);
      rewritten.set(leaf, hash);
      rewriteData("log_entries", (long) leaf / 256, leaf % 256 * 34 + 2, hash);
      rewriteData("log_tiles", "0/" + leaf / 256, leaf % 256 * 32, MerkleTree.leafHash(hash));
      int first = leaf / 256 * 256;
      if (first + 256 <= leaves.size()) {
        byte[] above = root(rewritten.subList(first, first + 256));
        rewriteData("log_tiles", "1/0", leaf / 256 * 32, above);
      }
      for (JsonObject checkpoint :
          Mongo.await(
              fixture.client.find(
                  "log_checkpoints",
                  new JsonObject().put("_id", new JsonObject().put("$gt", leaf))))) {
        long size = checkpoint.getLong("_id");
        if (anchored.contains(size) || size == leaves.size()) {
          byte[] root = root(rewritten.subList(0, (int) size));
          Checkpoint head = new Checkpoint("test.example/log", size, root);
          replace(
              "log_checkpoints",
              size,
              checkpoint
                  .copy()
                  .put("rootHash", HexFormat.of().formatHex(root))
                  .put("note", SignedNote.sign(head.text(), "test.example/log", fixture.logKey)));
        }
      }
    }

    private void rewriteData(String collection, Object id, int at, byte[] hash) throws Exception {
      JsonObject document = fixture.get(collection, id);
      byte[] data = document.getJsonObject("data").getBinary("$binary").clone();
      System.arraycopy(hash, 0, data, at, hash.length);
      replace(collection, id, document.put("data", new JsonObject().put("$binary", data)));
    }

    private void replace(String collection, Object id, JsonObject document) throws Exception {
      JsonObject before = fixture.get(collection, id);
      fixture.save(collection, document);
      undo.add(() -> fixture.client.save(collection, before).await());
    }

    void undo() {
      undo.forEach(Runnable::run);
    }

    private byte[] root(List<byte[]> entries) {
      CompactRange tree = new CompactRange();
      entries.forEach(
          entry -> tree.append(MerkleTree.leafHash(entry), (height, index, hash) -> {}));
      return tree.root();
    }
  }

  @Test
  void batchesThatTheirBridgeHasNotSignedAreNamed() throws Exception {
    SigningKey other = SigningKey.generate();
    List<Long> batches =
        LongStream.range(0, READINGS / BATCH).map(i -> i * BATCH + 1).boxed().toList();
    List<String> expected = new ArrayList<>();
    for (long seq : batches) {
      switch (random.nextInt(5)) {
        case 0 -> fixture.set("batches", key(seq), "bodySha256", "ab".repeat(32));
        case 1 ->
            fixture.set(
                "batches",
                key(seq),
                "signature",
                Base64.getEncoder().encodeToString(other.sign(new byte[] {1})));
        case 2 -> fixture.set("batches", key(seq), "signature", 7);
        case 3 -> fixture.remove("batches", key(seq));
        default -> {
          continue;
        }
      }
      expected.add("FORGED " + readingId(seq));
    }
    // The one after a batch with another hash does not follow it any more, and may be named too.
    assertThat(fixture.findings())
        .containsAll(expected)
        .allMatch(each -> each.startsWith("FORGED "));
  }

  @Test
  void numbersThatNeverCameAreNamed() throws Exception {
    fixture.startAnchoring();
    fixture.cut(READINGS + 1, 10);
    fixture.cut(READINGS + 11, 5);
    fixture.cut(READINGS + 16, 5);
    fixture.append(READINGS + 11, 5, true);
    fixture.append(READINGS + 21, 5, true);
    fixture.awaitAnchored(READINGS + 10);
    assertThat(fixture.findings()).isEmpty();
    fixture.audit(AuditKind.CONTINUOUS);

    MovableClock clock = new MovableClock();
    clock.ahead = Duration.ofHours(25);
    List<String> missing =
        List.of(
            "MISSING " + readingId(READINGS + 1) + "-" + (READINGS + 10),
            "MISSING " + readingId(READINGS + 16) + "-" + (READINGS + 20));
    assertThat(fixture.findings(fixture.audit(AuditKind.CONTINUOUS, clock)))
        .containsExactlyElementsOf(missing);
    assertThat(fixture.findings(fixture.audit(AuditKind.FULL, clock)))
        .containsExactlyElementsOf(missing);

    fixture.append(READINGS + 1, 10, true);
    fixture.append(READINGS + 16, 5, true);
    fixture.awaitAnchored(READINGS + 25);
    assertThat(fixture.findings(fixture.audit(AuditKind.FULL, clock))).isEmpty();
  }

  @Test
  void batchesThatWereTakenAndNotLoggedAreNamed() throws Exception {
    MovableClock clock = new MovableClock();
    fixture.take(READINGS + 1, 10, true);
    assertThat(fixture.findings(fixture.audit(AuditKind.FULL, clock))).isEmpty();
    clock.ahead = Duration.ofMinutes(11);
    assertThat(fixture.findings(fixture.audit(AuditKind.FULL, clock)))
        .containsExactly("UNLOGGED " + readingId(READINGS + 1));
  }
}
