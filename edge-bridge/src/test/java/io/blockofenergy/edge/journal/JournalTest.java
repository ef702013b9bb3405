package io.blockofenergy.edge.journal;

import static io.blockofenergy.edge.journal.JournalFixture.MEASUREMENT;
import static io.blockofenergy.edge.journal.JournalFixture.TOPIC;
import static io.blockofenergy.edge.journal.JournalFixture.append;
import static io.blockofenergy.edge.journal.JournalFixture.appendNow;
import static io.blockofenergy.edge.journal.JournalFixture.drain;
import static io.blockofenergy.edge.journal.JournalFixture.open;
import static io.blockofenergy.edge.journal.JournalFixture.payloads;
import static io.blockofenergy.edge.journal.JournalFixture.seqs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path directory;

  @Test
  void numbersReadingsWithoutGapsAcrossRestarts() throws IOException {
    for (int run = 0; run < 3; run++) {
      try (Journal journal = open(directory)) {
        assertThat(appendNow(journal, "a" + run)).isEqualTo(run * 2 + 1);
        assertThat(appendNow(journal, "b" + run)).isEqualTo(run * 2 + 2);
      }
    }
    try (Journal journal = open(directory)) {
      List<Batch> batches = drain(journal, 6);
      assertThat(seqs(batches)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
      assertThat(payloads(batches)).containsExactly("a0", "b0", "a1", "b1", "a2", "b2");
      assertThat(batches).allMatch(batch -> batch.isSignedBy(JournalFixture.KEY.publicKey()));
      assertThat(batches.get(0).journal()).isEqualTo(journal.journalId()).matches("[0-9a-f]{8}");
    }
  }

  @Test
  void givesReadingsTheirOwnSalts() throws IOException {
    try (Journal journal = open(directory)) {
      appendNow(journal, "x");
      appendNow(journal, "x");
      Set<String> salts = new HashSet<>();
      drain(journal, 2).forEach(b -> b.readings().forEach(reading -> salts.add(reading.salt())));
      assertThat(salts).hasSize(2);
    }
  }

  @Test
  void completesAppendsInTheirOrder() throws IOException {
    try (Journal journal = open(directory)) {
      List<Long> completed = new ArrayList<>();
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int i = 0; i < 5000; i++) {
        all.add(append(journal, "p" + i).thenAccept(done -> completed.add(done.seq())));
      }
      all.forEach(CompletableFuture::join);
      assertThat(completed)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, 5000).boxed().toList());
    }
  }

  @Test
  void cutsAnUnfinishedRecordOffAtEveryLength() throws IOException {
    Path original = directory.resolve("original");
    long[] ends = new long[4];
    try (Journal journal = open(original)) {
      for (int i = 0; i < 4; i++) {
        appendNow(journal, "p" + i);
        ends[i] = Files.size(segment(original));
      }
    }
    byte[] whole = Files.readAllBytes(segment(original));
    int start = (int) ends[2];
    // Every length of the header; within the reading one length is like the other.
    for (int length = start;
        length < whole.length;
        length += length < start + JournalRecord.HEADER_BYTES ? 1 : 9) {
      Path copy = copy(original, "cut" + length);
      Files.write(segment(copy), Arrays.copyOf(whole, length));
      try (Journal journal = open(copy)) {
        assertThat(appendNow(journal, "next")).isEqualTo(4);
        if (length % 4 == 0) { // cutting costs more syncs than the rest of the test
          assertThat(payloads(drain(journal, 4))).containsExactly("p0", "p1", "p2", "next");
        }
      }
      assertThat(damagedFiles(copy)).isEmpty();
    }
  }

  @Test
  void setsADamagedMiddleAsideAndKeepsTheRest() throws IOException {
    Path original = directory.resolve("original");
    try (Journal journal = open(original)) {
      for (int i = 1; i <= 5; i++) {
        appendNow(journal, "p" + i);
      }
    }
    byte[] whole = Files.readAllBytes(segment(original));
    int record = whole.length / 5;
    for (int at = 2 * record; at < 3 * record; at += 37) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 0x10;
      Path copy = copy(original, "flip" + at);
      Files.write(segment(copy), flipped);
      SimpleMeterRegistry registry = new SimpleMeterRegistry();
      try (Journal journal = open(copy, 1 << 30, Duration.ofMillis(1), registry)) {
        assertThat(appendNow(journal, "p6")).isEqualTo(6);
        assertThat(seqs(drain(journal, 5))).containsExactly(1L, 2L, 4L, 5L, 6L);
      }
      assertThat(registry.get("boe.edge.journal.damaged").counter().count()).isEqualTo(1);
      assertThat(Files.readAllBytes(damagedFiles(copy).get(0))).isEqualTo(flipped);
      try (Journal journal = open(copy)) {
        assertThat(seqs(drain(journal, 5))).containsExactly(1L, 2L, 4L, 5L, 6L);
      }
      assertThat(damagedFiles(copy)).hasSize(1);
    }
  }

  @Test
  void usesTheNumberOfADamagedLastReadingNeverAgain() throws IOException {
    Path original = directory.resolve("original");
    try (Journal journal = open(original)) {
      for (int i = 1; i <= 5; i++) {
        appendNow(journal, "p" + i);
      }
    }
    byte[] whole = Files.readAllBytes(segment(original));
    int last = whole.length - whole.length / 5;
    for (int at = last; at < whole.length; at += at < last + JournalRecord.HEADER_BYTES ? 1 : 37) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 0x10;
      Path copy = copy(original, "end" + at);
      Files.write(segment(copy), flipped);
      try (Journal journal = open(copy)) {
        assertThat(journal.problem()).isEmpty(); // and nothing is appended before the next start
      }
      assertThat(Files.readAllBytes(damagedFiles(copy).get(0))).isEqualTo(flipped);
      try (Journal journal = open(copy)) {
        assertThat(appendNow(journal, "p6")).as("byte %d", at - last).isEqualTo(6);
        assertThat(seqs(drain(journal, 5))).containsExactly(1L, 2L, 3L, 4L, 6L);
      }
      assertThat(damagedFiles(copy)).hasSize(1);
    }
  }

  @Test
  void setsADamagedBatchAsideAndKeepsTheChain() throws IOException {
    String prev;
    try (Journal journal = open(directory)) {
      appendNow(journal, "p1");
      prev = drain(journal, 1).get(0).bodySha256();
    }
    Path file = files("batch-.*").get(0);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    try (Journal journal = open(directory)) {
      appendNow(journal, "p2");
      Batch batch = drain(journal, 1).get(0);
      assertThat(batch.firstSeq()).isEqualTo(2);
      assertThat(batch.prev()).isEqualTo(prev);
    }
    assertThat(damagedFiles(directory)).hasSize(1);
  }

  @Test
  void chainsBatchesAcrossRestartsEvenWhenAllAreAcknowledged() throws IOException {
    String prev = Batch.NO_PREV;
    for (int i = 1; i <= 4; i++) {
      try (Journal journal = open(directory)) {
        assertThat(appendNow(journal, "p" + i)).isEqualTo(i);
        Batch batch = drain(journal, 1).get(0);
        assertThat(batch.prev()).isEqualTo(prev);
        assertThat(batch.firstSeq()).isEqualTo(i);
        prev = batch.bodySha256();
        journal.acknowledged(batch.id());
        journal.acknowledged(batch.id());
        journal.acknowledged("b1.00000000.1");
        journal.rewind();
        assertThat(JournalFixture.next(journal)).isEmpty();
      }
    }
  }

  @Test
  void resendsTheSameBytesAfterRewindAndRestart() throws IOException {
    List<Batch> first;
    try (Journal journal = open(directory)) {
      IntStream.range(0, 20).forEach(i -> appendNow(journal, "p" + i));
      first = drain(journal, 20);
      journal.rewind();
      assertSame(drain(journal, 20), first);
    }
    try (Journal journal = open(directory)) {
      assertSame(drain(journal, 20), first);
    }
  }

  @Test
  void takesARedeliveryOnceAlsoAfterRestart() throws IOException {
    try (Journal journal = open(directory)) {
      assertThat(appendNow(journal, "p1")).isEqualTo(1);
      assertThat(appendNow(journal, "p2")).isEqualTo(2);
      assertThat(redeliver(journal, "p1")).isEqualTo(new Appended(0, true));
      journal.acknowledged(drain(journal, 1).get(0).id());
      assertThat(redeliver(journal, "p1")).isEqualTo(new Appended(0, true));
    }
    try (Journal journal = open(directory)) {
      assertThat(redeliver(journal, "p1")).isEqualTo(new Appended(0, true));
      assertThat(redeliver(journal, "p2")).isEqualTo(new Appended(0, true));
      assertThat(redeliver(journal, "p3")).isEqualTo(new Appended(3, false));
      assertThat(appendNow(journal, "p1")).isEqualTo(4);
    }
  }

  @Test
  void keepsToItsBoundAndGoesOnWhenBatchesAreAcknowledged() throws Exception {
    long bound = JournalConfig.MIN_MAX_BYTES;
    String filler = JournalFixture.noise(40_000);
    try (Journal journal =
        open(directory, bound, Duration.ofMillis(1), new SimpleMeterRegistry())) {
      List<CompletableFuture<Appended>> all = new ArrayList<>();
      while (!journal.isFull()) {
        CompletableFuture<Appended> result = append(journal, all.size() + filler);
        all.add(result);
        if (all.size() % 50 == 0 && !journal.isFull()) {
          CompletableFuture.anyOf(result, full(journal)).join();
        }
      }
      assertThat(size(directory)).isLessThanOrEqualTo(bound);
      List<CompletableFuture<Appended>> waiting = new ArrayList<>();
      CompletableFuture<Appended> refused;
      do {
        refused = append(journal, waiting.size() + filler);
        waiting.add(refused);
      } while (!refused.isCompletedExceptionally());
      assertThatThrownBy(refused::join)
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(UnavailableException.class);
      waiting.remove(refused);
      all.addAll(waiting);
      List<Long> seen = new ArrayList<>();
      while (seen.size() < all.size()) {
        for (Batch batch : drain(journal, 1)) {
          seen.addAll(seqs(List.of(batch)));
          journal.acknowledged(batch.id());
          assertThat(size(directory)).isLessThanOrEqualTo(bound);
        }
      }
      all.forEach(CompletableFuture::join);
      assertThat(seen)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, all.size()).boxed().toList());
    }
  }

  @Test
  void cutsBatchesOfTheRightSizeAndDeletesWhatIsSent() throws IOException {
    try (Journal journal = open(directory)) {
      List<CompletableFuture<Appended>> all = new ArrayList<>();
      for (int i = 0; i < 20_000; i++) {
        all.add(append(journal, JournalRate.payload(i)));
        if (all.size() % 2000 == 0) {
          all.get(all.size() - 1).join();
        }
      }
      List<Batch> batches = drain(journal, all.size());
      assertThat(batches).allSatisfy(batch -> assertThat(batch.body().length).isLessThan(100_000));
      assertThat(batches.size()).isLessThan(60);
      for (Batch batch : batches) {
        journal.acknowledged(batch.id());
      }
      assertThat(files("segment-.*")).hasSize(1);
      assertThat(files("batch-.*\\.batch")).isEmpty();
    }
  }

  @Test
  void tellsWhenABatchIsDue() throws Exception {
    try (Journal journal =
        open(directory, 1 << 30, Duration.ofMillis(50), new SimpleMeterRegistry())) {
      CountDownLatch ready = new CountDownLatch(1);
      assertThat(JournalFixture.next(journal)).isEmpty();
      journal.onAvailable(
          () -> {
            try {
              if (JournalFixture.next(journal).isPresent()) {
                ready.countDown();
              }
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      appendNow(journal, "p");
      assertThat(ready.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void belongsToOneProcessAndOneBridge() throws IOException {
    try (Journal journal = open(directory)) {
      assertThat(journal.isFull()).isFalse();
      assertThatThrownBy(() -> open(directory))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in use");
    }
    assertThatThrownBy(
            () ->
                Journal.open(
                    new JournalConfig(directory, 1 << 30, 8 << 20, Duration.ofSeconds(1)),
                    new BridgeIdentity("other", "home", ZoneOffset.UTC, Path.of("unused")),
                    SigningKey.generate(),
                    Clock.systemUTC(),
                    new SimpleMeterRegistry()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("belongs to bridge b1");
  }

  @Test
  void refusesWhatCannotBecomeAReadingAndUsesNoNumberForIt() throws IOException {
    try (Journal journal = open(directory)) {
      assertThatThrownBy(() -> append(journal, "lone \ud800").join())
          .hasCauseInstanceOf(io.blockofenergy.telemetry.MalformedReadingException.class);
      assertThat(appendNow(journal, "p")).isEqualTo(1);
    }
  }

  private static Appended redeliver(Journal journal, String payload) {
    return journal.append(MEASUREMENT, TOPIC, payload, true).join();
  }

  private static CompletableFuture<Void> full(Journal journal) {
    return CompletableFuture.runAsync(
        () -> {
          long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
          while (!journal.isFull() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
          }
        });
  }

  private static void assertSame(List<Batch> actual, List<Batch> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i).body()).isEqualTo(expected.get(i).body());
      assertThat(actual.get(i).applicationProperties())
          .isEqualTo(expected.get(i).applicationProperties());
    }
  }

  private List<Path> files(String form) throws IOException {
    return list(directory, form);
  }

  private static List<Path> damagedFiles(Path directory) throws IOException {
    return list(directory, "damaged-.*");
  }

  private static Path segment(Path directory) throws IOException {
    return list(directory, "segment-.*").get(0);
  }

  private static long size(Path directory) throws IOException {
    long size = 0;
    for (Path file : list(directory, ".*")) {
      try {
        size += Files.size(file);
      } catch (java.nio.file.NoSuchFileException e) {
        continue; // deleted meanwhile
      }
    }
    return size;
  }

  private static List<Path> list(Path directory, String form) throws IOException {
    try (var files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().matches(form)).sorted().toList();
    }
  }

  private Path copy(Path from, String name) throws IOException {
    Path to = Files.createDirectory(directory.resolve(name));
    for (Path file : list(from, ".*")) {
      Files.copy(file, to.resolve(file.getFileName()));
    }
    return to;
  }
}
