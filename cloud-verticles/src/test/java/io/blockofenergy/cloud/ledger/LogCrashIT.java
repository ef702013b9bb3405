package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writers that die or are paused at each of the writes to the store. Whatever was published then
 * must be one history, in which each batch is once.
 */
@Timeout(240)
class LogCrashIT {
  private static final SigningKey KEY = SigningKey.generate();
  private static final List<byte[]> ENTRIES = PlainTree.entries(8000);
  private static final LedgerConfig CONFIG = HastyLedger.config(Duration.ofMillis(100));

  private record Delivery(String id, List<byte[]> entries) {}

  @TempDir Path directory;

  private Mongo mongo;
  private LogStore store;
  private SignedHead signed;

  @BeforeEach
  void open() throws Exception {
    mongo = new Mongo();
    signed =
        new SignedHead(
            Files.createTempDirectory(directory, "log"),
            new VerifierKey(CONFIG.origin(), KEY.publicKey()));
    store = new MongoLogStore(mongo.client);
  }

  @AfterEach
  void close() throws Exception {
    mongo.close();
  }

  private TransparencyLog newLog(LogStore over) {
    return new TransparencyLog(
        mongo.vertx, over, CONFIG, KEY, signed, Clock.systemUTC(), new SimpleMeterRegistry());
  }

  private static List<Delivery> deliveries(Random random, int count, int least) {
    List<Delivery> deliveries = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < count; i++) {
      int to = from + least + random.nextInt(random.nextInt(4) == 0 ? 600 : 60);
      deliveries.add(
          new Delivery(
              String.format("bridge.0a0b0c0d.%016d", from + 1), ENTRIES.subList(from, to)));
      from = to;
    }
    return deliveries;
  }

  @Test
  void aProcessThatDiesAtAnyWriteLosesAndDoublesNothing() throws Exception {
    Random random = new Random(20261125);
    for (String write : FaultyLogStore.WRITES) {
      for (boolean happens : new boolean[] {false, true}) {
        close();
        open();
        boolean once = write.startsWith("create") || write.equals("fence");
        int at = once ? 1 : 1 + random.nextInt(5);
        FaultyLogStore faulty =
            new FaultyLogStore(store, FaultyLogStore.Kind.DIES, write::equals, at, happens);
        List<Delivery> deliveries = deliveries(random, 8, 1);
        TransparencyLog log = newLog(faulty.seen());
        int next = 0;
        try {
          Mongo.await(log.start());
          while (next < deliveries.size() && !faulty.hasBegun()) {
            Delivery delivery = deliveries.get(next);
            Mongo.await(log.append(delivery.id, delivery.entries));
            next++;
          }
        } catch (UnavailableException died) {
          // What was not settled is delivered again.
        }
        assertThat(faulty.hasBegun()).as("%s %d", write, at).isTrue();
        Mongo.await(log.close());

        TransparencyLog successor = newLog(store);
        Mongo.await(successor.start());
        for (Delivery delivery : deliveries.subList(Math.max(0, next - 1), deliveries.size())) {
          deliver(successor, delivery);
        }
        checkHistory(deliveries, write + " " + at + " happens: " + happens);
        Mongo.await(successor.close());
      }
    }
  }

  @Test
  void aWriterThatWasPausedAtAnyWriteChangesNothingAfterATakeOver() throws Exception {
    Random random = new Random(6962);
    for (String write : FaultyLogStore.WRITES) {
      for (boolean happens : new boolean[] {false, true}) {
        close();
        open();
        boolean once = write.startsWith("create") || write.equals("fence");
        int at = once ? 1 : 1 + random.nextInt(3);
        String what = write + " " + at + " happens: " + happens;
        FaultyLogStore faulty =
            new FaultyLogStore(store, FaultyLogStore.Kind.PAUSES, write::equals, at, happens);
        // So long that what it was writing is soon far behind: nobody will write it again.
        List<Delivery> deliveries = deliveries(random, 10, 150);
        TransparencyLog paused = newLog(faulty.seen());
        paused.start();
        Await.until("it runs or is paused", () -> faulty.hasBegun() || isWriting(paused));
        for (int i = 0; i < 4 && !faulty.hasBegun(); i++) {
          Delivery delivery = deliveries.get(i);
          var appended = paused.append(delivery.id, delivery.entries);
          Await.until(what, () -> faulty.hasBegun() || appended.isComplete());
        }
        assertThat(faulty.hasBegun()).as(what).isTrue();

        TransparencyLog other = newLog(store);
        Mongo.await(other.start());
        for (Delivery delivery : deliveries.subList(0, 6)) {
          deliver(other, delivery);
        }
        faulty.goOn();
        deliver(other, deliveries.get(6));
        Await.until(
            "it stands by",
            () -> paused.problem().filter(why -> why.startsWith("standing by")).isPresent());
        deliver(other, deliveries.get(7));
        Mongo.await(other.close());
        deliver(paused, deliveries.get(8));
        deliver(paused, deliveries.get(9));

        checkHistory(deliveries, what);
        Mongo.await(paused.close());
      }
    }
  }

  /** Both deliver everything while the lease goes from one to the other and back. */
  @Test
  void twoWritersThatBothAreFedMakeOneHistory() throws Exception {
    List<Delivery> deliveries = deliveries(new Random(9162), 40, 1);
    TransparencyLog one = newLog(store);
    TransparencyLog other = newLog(store);
    Mongo.await(one.start());
    Mongo.await(other.start());
    for (int i = 0; i < deliveries.size(); i++) {
      Delivery delivery = deliveries.get(i);
      if (i == 15) {
        // Somebody else takes the lease although its holder is well.
        Lease lease = Mongo.await(store.lease()).orElseThrow();
        Lease thief = new Lease("", lease.epoch() + 1, 0, java.time.Instant.EPOCH);
        Await.until("it is taken", () -> take(thief));
      }
      var first = one.append(delivery.id, delivery.entries);
      var second = other.append(delivery.id, delivery.entries);
      Await.until("both are answered", () -> first.isComplete() && second.isComplete());
      if (first.failed() && second.failed()) {
        i--;
        LockSupport.parkNanos(1_000_000);
      }
    }
    checkHistory(deliveries, "two writers");
    Mongo.await(one.close());
    Mongo.await(other.close());
  }

  private boolean take(Lease thief) {
    try {
      Lease now = Mongo.await(store.lease()).orElseThrow();
      return Mongo.await(store.takeLease(now, thief));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isWriting(TransparencyLog log) {
    return log.problem().isEmpty();
  }

  private static void deliver(TransparencyLog log, Delivery delivery) throws Exception {
    while (true) {
      try {
        Mongo.await(log.append(delivery.id, delivery.entries));
        return;
      } catch (UnavailableException e) {
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  /** All checkpoints are of prefixes of one sequence, which has each batch once. */
  private void checkHistory(List<Delivery> deliveries, String what) throws Exception {
    Map<Long, JsonObject> batches = new TreeMap<>();
    for (JsonObject batch : Mongo.await(mongo.client.find("log_batches", new JsonObject()))) {
      batches.put(batch.getLong("leafStart"), batch);
    }
    List<byte[]> sequence = new ArrayList<>();
    for (JsonObject batch : batches.values()) {
      Delivery delivery =
          deliveries.stream()
              .filter(each -> each.id.equals(batch.getString("_id")))
              .findFirst()
              .orElseThrow();
      assertThat(batch.getLong("leafStart")).as(what).isEqualTo(sequence.size());
      assertThat(batch.getInteger("count")).as(what).isEqualTo(delivery.entries.size());
      sequence.addAll(delivery.entries);
    }
    assertThat(batches).as(what).hasSize(deliveries.size());

    int size = sequence.size();
    LogReader reader = new LogReader(store);
    TransparencyLog verifying = newLog(store);
    String newest = Mongo.await(reader.checkpoint()).orElseThrow();
    assertThat(Checkpoint.parse(SignedNote.verify(newest, verifying.verifierKey())).size())
        .as(what)
        .isEqualTo(size);
    PlainTree tree = new PlainTree(sequence);
    for (JsonObject document :
        Mongo.await(mongo.client.find("log_checkpoints", new JsonObject()))) {
      Checkpoint signed =
          Checkpoint.parse(SignedNote.verify(document.getString("note"), verifying.verifierKey()));
      assertThat(signed.root())
          .as("%s: checkpoint of %d", what, signed.size())
          .isEqualTo(tree.root((int) signed.size()));
    }
    for (int n = 0; n * 256 < size; n++) {
      int width = Math.min(256, size - n * 256);
      byte[] bundle = Mongo.await(reader.entries(n, width)).orElseThrow();
      byte[] tile = Mongo.await(reader.tile(0, n, width)).orElseThrow();
      int first = n * 256;
      assertThat(bundle).as("%s: bundle %d", what, n).isEqualTo(tree.bundle(first, width));
      assertThat(tile).as("%s: tile %d", what, n).isEqualTo(tree.tile(0, n, width));
    }
    assertThat(
            IntStream.range(0, 3).mapToObj(level -> Arrays.toString(stored(level, size))).toList())
        .as(what)
        .isEqualTo(
            IntStream.range(0, 3)
                .mapToObj(level -> Arrays.toString(expected(tree, level, size)))
                .toList());
  }

  private byte[] stored(int level, int size) {
    try {
      int width = RightEdge.width(size, level);
      return width == 0
          ? new byte[0]
          : Mongo.await(store.tile(RightEdge.tile(size, level))).orElseThrow();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] expected(PlainTree tree, int level, int size) {
    int width = RightEdge.width(size, level);
    return width == 0
        ? new byte[0]
        : tree.tile(level, (int) RightEdge.tile(size, level).n(), width);
  }
}
