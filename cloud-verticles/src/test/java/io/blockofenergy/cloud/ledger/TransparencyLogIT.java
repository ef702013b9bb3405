package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TransparencyLogIT {
  private static final SigningKey KEY = SigningKey.generate();
  private static final List<byte[]> ENTRIES = PlainTree.entries(66_000);
  private static final LedgerConfig CONFIG = HastyLedger.config(Duration.ofMillis(200));

  @TempDir Path directory;

  private Mongo mongo;
  private LogStore store;
  private TransparencyLog log;

  @BeforeEach
  void open() throws Exception {
    mongo = new Mongo();
    store = new MongoLogStore(mongo.client);
  }

  @AfterEach
  void close() throws Exception {
    if (log != null) {
      Mongo.await(log.close());
    }
    mongo.close();
  }

  private SignedHead remembered() {
    return new SignedHead(directory, new VerifierKey(CONFIG.origin(), KEY.publicKey()));
  }

  private TransparencyLog newLog(LogStore over, SignedHead signed) {
    return new TransparencyLog(
        mongo.vertx, over, CONFIG, KEY, signed, Clock.systemUTC(), new SimpleMeterRegistry());
  }

  private TransparencyLog newLog(LogStore over, SigningKey key) {
    return new TransparencyLog(
        mongo.vertx, over, CONFIG, key, Clock.systemUTC(), new SimpleMeterRegistry());
  }

  private void start() throws Exception {
    log = newLog(store, KEY);
    Mongo.await(log.start());
  }

  @Test
  void theEmptyLogHasACheckpoint() throws Exception {
    start();

    Checkpoint head = head();
    assertThat(head.size()).isZero();
    assertThat(head.root()).isEqualTo(MerkleTree.emptyRoot());
  }

  @Test
  void servesProofsOfABigLogThatVerify() throws Exception {
    start();
    LogReader reader = new LogReader(store);
    assertThat(Mongo.await(log.append(id(1), ENTRIES.subList(0, 65_535)))).isZero();
    byte[] before = head().root();
    assertThat(before).isEqualTo(PlainTree.root(ENTRIES.subList(0, 65_535)));

    assertThat(Mongo.await(log.append(id(65_536), ENTRIES.subList(65_535, 65_537))))
        .isEqualTo(65_535);

    Checkpoint head = head();
    assertThat(head.size()).isEqualTo(65_537);
    assertThat(head.root()).isEqualTo(PlainTree.root(ENTRIES.subList(0, 65_537)));
    for (long index : new long[] {0, 255, 256, 65_534, 65_535, 65_536}) {
      assertThat(
              MerkleTree.verifyInclusion(
                  MerkleTree.leafHash(ENTRIES.get((int) index)),
                  index,
                  65_537,
                  Mongo.await(reader.inclusionProof(index, 65_537)),
                  head.root()))
          .isTrue();
    }
    assertThat(
            MerkleTree.verifyConsistency(
                65_535,
                before,
                65_537,
                head.root(),
                Mongo.await(reader.consistencyProof(65_535, 65_537))))
        .isTrue();
    assertThat(Mongo.await(reader.tile(0, 256, 1)))
        .hasValueSatisfying(t -> assertThat(t).hasSize(32));
    assertThat(Mongo.await(reader.tile(0, 256, 2))).isEmpty();
    assertThat(Mongo.await(reader.tile(0, 0, 256)))
        .hasValueSatisfying(t -> assertThat(t).hasSize(8192));
    assertThat(Mongo.await(reader.entries(0, 3)))
        .hasValueSatisfying(e -> assertThat(e).hasSize(102));
    assertThat(Mongo.await(reader.leafIndexOf("bridge.0a0b0c0d.65537"))).contains(65_536L);
    assertThat(Mongo.await(reader.leafIndexOf("bridge.0a0b0c0d.65538"))).isEmpty();
    assertThat(Mongo.await(reader.leafIndexOf("bridge2.0a0b0c0d.1"))).isEmpty();
  }

  @Test
  void aBatchThatComesAgainIsNotAppendedAgain() throws Exception {
    start();
    List<byte[]> batch = ENTRIES.subList(0, 5);
    Future<Long> first = log.append(id(1), batch);
    Future<Long> sameRound = log.append(id(1), batch);
    Mongo.await(log.append(id(6), ENTRIES.subList(5, 6)));

    assertThat(Mongo.await(first)).isZero();
    assertThat(Mongo.await(sameRound)).isZero();
    assertThat(Mongo.await(log.append(id(1), batch))).isZero();
    assertThat(head().size()).isEqualTo(6);
    assertThatThrownBy(() -> Mongo.await(log.append(id(1), ENTRIES.subList(0, 4))))
        .isInstanceOf(MalformedReadingException.class);
  }

  @Test
  void goesOnByItselfAfterAFailureOfTheStore() throws Exception {
    int first = 0;
    for (String write : FaultyLogStore.WRITES) {
      for (boolean happens : new boolean[] {false, true}) {
        FaultyLogStore faulty =
            new FaultyLogStore(store, FaultyLogStore.Kind.FAILS, write::equals, 1, happens);
        log = newLog(faulty.seen(), KEY);
        Mongo.await(log.start());
        deliver(id(first + 1), ENTRIES.subList(first, first + 10));
        first += 10;
        Mongo.await(log.close());

        assertThat(head().size()).as("%s, happens: %s", write, happens).isEqualTo(first);
        assertThat(head().root()).isEqualTo(PlainTree.root(ENTRIES.subList(0, first)));
      }
    }
  }

  /** As a broker would: again and again. */
  private long deliver(String id, List<byte[]> entries) throws Exception {
    while (true) {
      try {
        return Mongo.await(log.append(id, entries));
      } catch (UnavailableException e) {
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  @Test
  void waitsForAStoreThatIsAwayAtTheStart() throws Exception {
    AtomicBoolean away = new AtomicBoolean(true);
    FaultyLogStore dead =
        new FaultyLogStore(store, FaultyLogStore.Kind.DIES, name -> true, 1, false);
    LogStore gone = dead.seen();
    LogStore changing =
        (LogStore)
            Proxy.newProxyInstance(
                LogStore.class.getClassLoader(),
                new Class<?>[] {LogStore.class},
                (proxy, method, arguments) -> method.invoke(away.get() ? gone : store, arguments));
    log = newLog(changing, KEY);

    Mongo.await(log.start());

    assertThat(log.problem()).hasValueSatisfying(why -> assertThat(why).contains("store"));
    away.set(false);
    assertThat(deliver(id(1), ENTRIES.subList(0, 3))).isZero();
    assertThat(log.problem()).isEmpty();
  }

  @Test
  void aWriterWhoseStoreGoesAwaySaysSoAndLetsGoOfWhatWaits() throws Exception {
    AtomicBoolean away = new AtomicBoolean();
    LogStore gone =
        new FaultyLogStore(store, FaultyLogStore.Kind.DIES, name -> true, 1, false).seen();
    LogStore changing =
        (LogStore)
            Proxy.newProxyInstance(
                LogStore.class.getClassLoader(),
                new Class<?>[] {LogStore.class},
                (proxy, method, arguments) -> method.invoke(away.get() ? gone : store, arguments));
    log = newLog(changing, KEY);
    Mongo.await(log.start());
    Mongo.await(log.append(id(1), ENTRIES.subList(0, 3)));
    assertThat(log.problem()).isEmpty();

    away.set(true);
    Await.until("it says so", () -> log.problem().isPresent());
    away.set(false);
    Await.until("it is ready again", () -> log.problem().isEmpty());
    away.set(true);
    Await.until("it says so again", () -> log.problem().isPresent());
    Future<Long> waits = log.append(id(4), ENTRIES.subList(3, 5));
    log.refuse();

    assertThatThrownBy(() -> Mongo.await(waits)).isInstanceOf(UnavailableException.class);
    away.set(false);
  }

  @Test
  void neverSignsOnTopOfATreeThatIsNotTheSignedOne() throws Exception {
    start();
    Mongo.await(log.append(id(1), ENTRIES.subList(0, 300)));
    Mongo.await(log.close());
    byte[] tile = Mongo.await(store.tile(new Tile(1, 0))).orElseThrow();
    tile[3] ^= 1;
    JsonObject stored = new JsonObject().put("_id", "1/0").put("width", 1);
    Mongo.await(
        mongo.client.save("log_tiles", stored.put("data", new JsonObject().put("$binary", tile))));

    log = newLog(store, KEY);
    assertThatThrownBy(() -> Mongo.await(log.start()))
        .isInstanceOf(LogContradictionException.class)
        .hasMessageContaining("root");
  }

  @Test
  void neverGoesOnWithAnotherKeyOrWithALostState() throws Exception {
    start();
    Mongo.await(log.append(id(1), ENTRIES.subList(0, 3)));
    Mongo.await(log.close());

    log = newLog(store, SigningKey.generate());
    assertThatThrownBy(() -> Mongo.await(log.start()))
        .isInstanceOf(LogContradictionException.class)
        .hasMessageContaining("key");
    Mongo.await(mongo.client.dropCollection("log_state"));
    log = newLog(store, KEY);
    assertThatThrownBy(() -> Mongo.await(log.start()))
        .isInstanceOf(LogContradictionException.class)
        .hasMessageContaining("size is lost");
  }

  @Test
  void neverSignsASecondHistoryAfterItsStoreWasRolledBack() throws Exception {
    log = newLog(store, remembered());
    Mongo.await(log.start());
    for (int i = 0; i < 3; i++) {
      Mongo.await(log.append(id(i + 1), ENTRIES.subList(i, i + 1)));
    }
    Mongo.await(log.close());
    assertThat(remembered().read().orElseThrow().size()).isEqualTo(3);
    for (String part : List.of("state", "staged", "entries", "tiles", "batches", "checkpoints")) {
      Mongo.await(mongo.client.dropCollection("log_" + part));
    }

    log = newLog(store, remembered());
    assertThatThrownBy(() -> Mongo.await(log.start()))
        .isInstanceOf(LogContradictionException.class)
        .hasMessageContaining("rolled back");
    assertThat(Mongo.await(store.newestCheckpoint())).isEmpty();
    Mongo.await(log.close());

    // Another history, written by somebody who did not know of the first.
    log = newLog(store, KEY);
    Mongo.await(log.start());
    Mongo.await(log.append(id(1), ENTRIES.subList(7, 9)));
    Mongo.await(log.close());
    log = newLog(store, remembered());
    assertThatThrownBy(() -> Mongo.await(log.start()))
        .isInstanceOf(LogContradictionException.class)
        .hasMessageContaining("has only 2");
    Mongo.await(log.close());
    log = newLog(store, KEY);
    Mongo.await(log.start());
    Mongo.await(log.append(id(3), ENTRIES.subList(9, 12)));
    Mongo.await(log.close());
    log = newLog(store, remembered());
    assertThatThrownBy(() -> Mongo.await(log.start()))
        .isInstanceOf(LogContradictionException.class)
        .hasMessageContaining("has others");
    assertThatThrownBy(() -> Mongo.await(log.append(id(6), ENTRIES.subList(0, 1))))
        .isInstanceOf(UnavailableException.class);
  }

  @Test
  void aFileThatIsAheadByTheStagedRoundOrBehindIsNoContradiction() throws Exception {
    int size = 0;
    for (String write : List.of("putEntries", "putCheckpoint", "compareAndSetSize")) {
      FaultyLogStore dying =
          new FaultyLogStore(store, FaultyLogStore.Kind.DIES, write::equals, 2, false);
      log = newLog(dying.seen(), remembered());
      Mongo.await(log.start());
      try {
        while (!dying.hasBegun()) {
          Mongo.await(log.append(id(size + 1), ENTRIES.subList(size, size + 1)));
          size++;
        }
      } catch (UnavailableException died) {
        size++;
      }
      Mongo.await(log.close());
      assertThat(remembered().read().orElseThrow().size()).as(write).isEqualTo(size);

      TransparencyLog next = newLog(store, remembered());
      log = next;
      Mongo.await(log.start());
      Await.until("it takes over", () -> next.problem().isEmpty());
      Mongo.await(log.close());
      assertThat(head().size()).as(write).isEqualTo(size);
    }
    // While another machine wrote the log.
    log = newLog(store, KEY);
    Mongo.await(log.start());
    Mongo.await(log.append(id(size + 1), ENTRIES.subList(size, size + 300)));
    Mongo.await(log.close());
    log = newLog(store, remembered());
    Mongo.await(log.start());
    Mongo.await(log.append(id(size + 301), ENTRIES.subList(size + 300, size + 301)));

    assertThat(head().root()).isEqualTo(PlainTree.root(ENTRIES.subList(0, size + 301)));
    assertThat(remembered().read().orElseThrow().size()).isEqualTo(size + 301);
  }

  @Test
  void aTileThatIsStoredOnlyGrows() throws Exception {
    byte[] wide = new byte[64];
    wide[40] = 1;
    Tile tile = new Tile(0, 5);
    Mongo.await(store.putTiles(Map.of(tile, wide)));
    Mongo.await(store.putTiles(Map.of(tile, new byte[32], new Tile(0, 6), new byte[32])));
    Mongo.await(store.putTiles(Map.of(tile, wide)));

    assertThat(Mongo.await(store.tile(tile))).hasValue(wide);
    assertThat(Mongo.await(store.tile(new Tile(0, 6)))).hasValue(new byte[32]);
    Mongo.await(store.putTiles(Map.of(tile, Arrays.copyOf(wide, 96))));
    assertThat(Mongo.await(store.tile(tile))).hasValue(Arrays.copyOf(wide, 96));
    assertThatThrownBy(() -> Mongo.await(store.putTiles(Map.of(tile, new byte[64]))))
        .isInstanceOf(LogContradictionException.class);
    assertThat(Mongo.await(store.tile(tile))).hasValue(Arrays.copyOf(wide, 96));
  }

  @Test
  void afterATakeOverTheEarlierEpochChangesNothingAlthoughNothingWasAppendedSince()
      throws Exception {
    start();
    Mongo.await(log.append(id(1), ENTRIES.subList(0, 3)));
    long epoch = Mongo.await(store.lease()).orElseThrow().epoch();
    Staged next = new Staged(3, 4, ENTRIES.get(3), List.of(), Instant.EPOCH);

    assertThat(Mongo.await(store.fence(epoch + 1))).isEqualTo(epoch + 1);

    assertThat(Mongo.await(store.stage(epoch, next))).isFalse();
    assertThat(Mongo.await(store.compareAndSetSize(epoch, 3, 4))).isFalse();
    assertThat(Mongo.await(store.fence(epoch))).isEqualTo(epoch + 1);
    assertThat(Mongo.await(store.staged()).orElseThrow().toSize()).isEqualTo(3);
    assertThat(Mongo.await(store.stage(epoch + 1, next))).isTrue();
  }

  @Test
  void ofTwoProcessesOneStandsByUntilTheOtherIsDone() throws Exception {
    start();
    TransparencyLog other = newLog(store, KEY);
    Mongo.await(other.start());

    assertThat(other.problem())
        .hasValueSatisfying(why -> assertThat(why).startsWith("standing by: "));
    assertThatThrownBy(() -> Mongo.await(other.append(id(1), ENTRIES.subList(0, 10))))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("standing by");
    Mongo.await(log.append(id(1), ENTRIES.subList(0, 10)));

    Mongo.await(log.close());
    log = other;
    Await.until("it takes over", () -> other.problem().isEmpty());
    assertThat(Mongo.await(other.append(id(11), ENTRIES.subList(10, 20)))).isEqualTo(10);
    assertThat(head().root()).isEqualTo(PlainTree.root(ENTRIES.subList(0, 20)));
  }

  private Checkpoint head() throws Exception {
    String note = Mongo.await(new LogReader(store).checkpoint()).orElseThrow();
    return Checkpoint.parse(SignedNote.verify(note, log.verifierKey()));
  }

  private static String id(int firstSeq) {
    return String.format("bridge.0a0b0c0d.%016d", firstSeq);
  }
}
