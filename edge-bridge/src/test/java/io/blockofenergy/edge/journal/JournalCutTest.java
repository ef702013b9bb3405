package io.blockofenergy.edge.journal;

import static io.blockofenergy.edge.Await.await;
import static io.blockofenergy.edge.journal.JournalFixture.append;
import static io.blockofenergy.edge.journal.JournalFixture.appendNow;
import static io.blockofenergy.edge.journal.JournalFixture.drain;
import static io.blockofenergy.edge.journal.JournalFixture.next;
import static io.blockofenergy.edge.journal.JournalFixture.open;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.edge.journal.BatchSource.Lane;
import io.blockofenergy.telemetry.Batch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When the journal cuts batches, and in which order it hands them out. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class JournalCutTest {
  /** Enough for several batches, and more than one segment. */
  private static final int MANY = 20_000;

  @TempDir Path directory;

  @Test
  void fullBatchesAreCutAndSegmentsGivenBackWhileNobodyAsks() throws IOException {
    try (Journal journal = open(directory)) {
      appendMany(journal, 0);
      await(() -> bytes("segment-.*") < 4 << 20);
      assertThat(files("batch-.*")).hasSizeGreaterThan(5);
      assertThat(bytes("batch-.*")).isLessThan(MANY * 150L); // of more than 900 bytes a reading
    }
  }

  @Test
  void readingsThatLingerMakeABatchOnlyWhenOneCouldBeSent() throws IOException {
    try (Journal journal = open(directory)) { // lingers for a millisecond
      appendNow(journal, "first");
      appendMany(journal, 0);
      Batch batch = drain(journal, 1).get(0);
      assertThat(batch.firstSeq()).isEqualTo(1);
      assertThat(batch.count()).isGreaterThan(300);
    }
  }

  @Test
  void theNewestComesFirstAndTheBacklogInOrderBesideIt() throws IOException {
    try (Journal journal = open(directory)) {
      appendMany(journal, 0);
      await(() -> bytes("segment-.*") < 4 << 20);
      journal.next(Lane.LIVE);
      journal.rewind();
      Batch live = awaitLive(journal);
      assertThat(journal.next(Lane.BACKLOG).orElseThrow().firstSeq()).isEqualTo(1);
      long news = appendNow(journal, "news");
      Batch newest = live;
      while (newest.lastSeq() < news) {
        newest = awaitLive(journal);
      }
      assertThat(newest.lastSeq()).isEqualTo(news);
      assertThat(live.firstSeq()).isGreaterThan(1);
      Batch second = journal.next(Lane.BACKLOG).orElseThrow();
      Batch third = journal.next(Lane.BACKLOG).orElseThrow();
      assertThat(third.firstSeq()).isEqualTo(second.lastSeq() + 1);
      assertThat(third.prev()).isEqualTo(second.bodySha256());
    }
  }

  @Test
  void acknowledgementsInAnyOrderLeaveNothingToSendAndKeepTheChain() throws IOException {
    String prev;
    try (Journal journal = open(directory)) {
      appendMany(journal, 0);
      List<Batch> batches = drain(journal, MANY);
      prev = batches.get(batches.size() - 1).bodySha256();
      batches.stream()
          .sorted(Comparator.comparingLong(Batch::firstSeq).reversed())
          .filter(batch -> batch.firstSeq() != 1)
          .forEach(batch -> acknowledge(journal, batch));
    }
    try (Journal journal = open(directory)) {
      Batch left = next(journal).orElseThrow();
      assertThat(left.firstSeq()).isEqualTo(1);
      acknowledge(journal, left);
      assertThat(appendNow(journal, "next")).isEqualTo(MANY + 1);
      assertThat(drain(journal, 1).get(0).prev()).isEqualTo(prev);
    }
  }

  @Test
  void anOutageThatIsLongerThanTheRoomForReadingsFitsCompressed() throws IOException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    long bound = 2 * JournalConfig.MIN_MAX_BYTES;
    try (Journal journal = open(directory, bound, Duration.ofMillis(1), registry)) {
      long appended = 0;
      while (appended < 2 * bound) {
        appendMany(journal, (int) appended);
        appended += MANY * 900L;
      }
      assertThat(journal.isFull()).isFalse();
      await(() -> registry.get("boe.edge.journal.fullness").gauge().value() < 0.9);
    }
  }

  private static Batch awaitLive(Journal journal) throws IOException {
    while (true) {
      Optional<Batch> batch = journal.next(Lane.LIVE);
      if (batch.isPresent()) {
        return batch.get();
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static void appendMany(Journal journal, int from) {
    List<CompletableFuture<Appended>> window =
        IntStream.range(from, from + MANY)
            .mapToObj(
                i -> {
                  CompletableFuture<Appended> result = append(journal, JournalRate.payload(i));
                  if (i % 1000 == 0) {
                    result.join(); // so that no more wait than may
                  }
                  return result;
                })
            .toList();
    window.forEach(CompletableFuture::join);
  }

  private static void acknowledge(Journal journal, Batch batch) {
    try {
      journal.acknowledged(batch.id());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private List<Path> files(String form) {
    try (var files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().matches(form)).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private long bytes(String form) {
    return files(form).stream().mapToLong(file -> file.toFile().length()).sum();
  }
}
