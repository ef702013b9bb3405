package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TransparencyLogIT {
  private static final SigningKey KEY = SigningKey.generate();
  private static final List<byte[]> ENTRIES = PlainTree.entries(66_000);
  private static final LedgerConfig CONFIG =
      new LedgerConfig(
          "test.example/log",
          Path.of("."),
          Duration.ofMillis(10),
          Duration.ofMillis(20),
          1000,
          1 << 20);

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

  /** Crashes before and after each of a round's writes, and begins again on what is left. */
  @Test
  void anyCrashLeadsToTheSameLog() throws Exception {
    for (boolean happened : new boolean[] {false, true}) {
      boolean crashed = true;
      for (int at = 1; crashed; at++) {
        close();
        open();
        AtomicInteger writes = new AtomicInteger(at);
        log = newLog(faulty(writes, happened, true), KEY);
        try {
          Mongo.await(log.start());
          Mongo.await(log.append(id(1), ENTRIES.subList(0, 300)));
          Mongo.await(log.append(id(301), ENTRIES.subList(300, 520)));
        } catch (UnavailableException expected) {
          // The crash.
        }
        crashed = writes.get() <= 0;
        Mongo.await(log.close());

        start();
        Mongo.await(log.append(id(1), ENTRIES.subList(0, 300)));
        Mongo.await(log.append(id(301), ENTRIES.subList(300, 520)));
        Mongo.await(log.append(id(521), ENTRIES.subList(520, 530)));

        assertThat(head().size()).as("write %d", at).isEqualTo(530);
        assertThat(head().root())
            .as("write %d, happened %s", at, happened)
            .isEqualTo(PlainTree.root(ENTRIES.subList(0, 530)));
        assertThat(Mongo.await(mongo.client.count("log_batches", new JsonObject()))).isEqualTo(3);
      }
    }
  }

  @Test
  void goesOnByItselfAfterAFailureOfTheStore() throws Exception {
    AtomicInteger writes = new AtomicInteger(Integer.MAX_VALUE);
    log = newLog(faulty(writes, true, false), KEY);
    Mongo.await(log.start());
    for (int at = 1; at <= 6; at++) {
      int first = at * 10;
      writes.set(at);
      while (true) {
        try {
          Mongo.await(log.append(id(first), ENTRIES.subList(first, first + 10)));
          break;
        } catch (UnavailableException e) {
          // As a broker would deliver it again.
        }
      }
    }

    assertThat(head().size()).isEqualTo(60);
    assertThat(head().root()).isEqualTo(PlainTree.root(ENTRIES.subList(10, 70)));
  }

  @Test
  void neverSignsOnTopOfATreeThatIsNotTheSignedOne() throws Exception {
    start();
    Mongo.await(log.append(id(1), ENTRIES.subList(0, 300)));
    Mongo.await(log.close());
    byte[] tile = Mongo.await(store.tile(new Tile(1, 0))).orElseThrow();
    tile[3] ^= 1;
    Mongo.await(store.putTiles(Map.of(new Tile(1, 0), tile)));

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
  void ofTwoProcessesOnOneLogOneIsRefused() throws Exception {
    start();
    TransparencyLog other = newLog(store, KEY);
    Mongo.await(other.start());
    Mongo.await(other.append(id(1), ENTRIES.subList(0, 10)));

    assertThatThrownBy(() -> Mongo.await(log.append(id(11), ENTRIES.subList(10, 20))))
        .isInstanceOf(UnavailableException.class);

    Mongo.await(other.close());
    assertThat(head().root()).isEqualTo(PlainTree.root(ENTRIES.subList(0, 10)));
  }

  private Checkpoint head() throws Exception {
    String note = Mongo.await(new LogReader(store).checkpoint()).orElseThrow();
    return Checkpoint.parse(SignedNote.verify(note, log.verifierKey()));
  }

  private static String id(int firstSeq) {
    return String.format("bridge.0a0b0c0d.%016d", firstSeq);
  }

  /**
   * The store, failing at the write that brings {@code writes} to zero.
   *
   * @param happened whether the failed write has nevertheless happened
   * @param forGood whether all later calls fail too
   */
  private LogStore faulty(AtomicInteger writes, boolean happened, boolean forGood) {
    List<String> writing = new ArrayList<>(List.of("createSize", "compareAndSetSize", "stage"));
    writing.addAll(List.of("createStaged"));
    return (LogStore)
        Proxy.newProxyInstance(
            LogStore.class.getClassLoader(),
            new Class<?>[] {LogStore.class},
            (proxy, method, arguments) -> {
              boolean write =
                  writing.contains(method.getName()) || method.getName().startsWith("put");
              int left = write ? writes.decrementAndGet() : writes.get();
              Future<?> failure = Future.failedFuture(new UnavailableException("cut"));
              if (forGood && (write ? left < 0 : left <= 0)) {
                return failure;
              }
              try {
                if (write && left == 0) {
                  return happened
                      ? ((Future<?>) method.invoke(store, arguments)).compose(done -> failure)
                      : failure;
                }
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
