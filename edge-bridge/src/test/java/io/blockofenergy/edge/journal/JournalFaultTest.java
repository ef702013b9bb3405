package io.blockofenergy.edge.journal;

import static io.blockofenergy.edge.journal.JournalFixture.append;
import static io.blockofenergy.edge.journal.JournalFixture.appendNow;
import static io.blockofenergy.edge.journal.JournalFixture.drain;
import static io.blockofenergy.edge.journal.JournalFixture.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.edge.MovableClock;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the journal does when files are damaged, or the disk does not do as it is told. */
class JournalFaultTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 100})
  void usesNoNumberTwiceWhenItsOnlyBatchIsDamaged(int bytesLeft) throws IOException {
    Batch lost;
    try (Journal journal = open(directory)) {
      appendNow(journal, "p1");
      lost = drain(journal, 1).get(0);
    }
    Path batch = files("batch-.*").get(0);
    Files.write(batch, Arrays.copyOf(Files.readAllBytes(batch), bytesLeft));
    try (Journal journal = open(directory)) {
      assertThat(JournalFixture.next(journal)).isEmpty();
    }
    try (Journal journal = open(directory)) {
      assertThat(appendNow(journal, "p2")).isEqualTo(2);
      assertThat(drain(journal, 1).get(0).prev()).isEqualTo(lost.bodySha256());
    }
    assertThat(files("damaged-.*")).hasSize(1);
  }

  @Test
  void takesNoAcknowledgementOnceAnotherProcessMayHaveItsFiles() throws IOException {
    Journal closed = open(directory);
    appendNow(closed, "p1");
    Batch batch = drain(closed, 1).get(0);
    closed.close();
    try (Journal journal = open(directory)) {
      assertThatThrownBy(() -> closed.acknowledged(batch.id())).hasMessageContaining("closed");
      assertThat(drain(journal, 1).get(0).body()).isEqualTo(batch.body());
    }
  }

  @Test
  void refusesReadingsWhileNoSegmentCanBeMadeAndGoesOnAfterwards() throws IOException {
    try (Journal journal = open(directory)) {
      Path inTheWay = Files.createDirectory(directory.resolve(Segment.name(1)));
      assertThatThrownBy(() -> append(journal, "p1").join())
          .hasCauseInstanceOf(UnavailableException.class);
      assertThat(journal.problem()).isEmpty();
      Files.delete(inTheWay);
      assertThat(appendNow(journal, "p1")).isEqualTo(1);
    }
  }

  @Test
  void drainsABacklogThatIsLargerThanANewlySetBound() throws IOException {
    String payload = JournalFixture.noise(60_000);
    int count = 400; // 24 MB
    try (Journal journal =
        open(directory, 1 << 30, Duration.ofDays(1), new SimpleMeterRegistry())) {
      for (int i = 0; i < count; i++) {
        appendNow(journal, i + payload);
      }
    }
    try (Journal journal =
        open(
            directory,
            2 * JournalConfig.MIN_MAX_BYTES,
            Duration.ofMillis(1),
            new SimpleMeterRegistry())) {
      int drained = 0;
      while (drained < count) {
        for (Batch batch : drain(journal, 1)) {
          drained += batch.count();
          journal.acknowledged(batch.id());
        }
      }
      assertThat(drained).isEqualTo(count);
      assertThat(appendNow(journal, "after")).isEqualTo(count + 1);
    }
  }

  @Test
  void recognisesARedeliveryWhileItIsFull() throws IOException {
    String filler = JournalFixture.noise(60_000);
    try (Journal journal =
        open(
            directory,
            JournalConfig.MIN_MAX_BYTES,
            Duration.ofDays(1),
            new SimpleMeterRegistry())) {
      appendNow(journal, "first" + filler);
      CompletableFuture<Appended> head;
      CompletableFuture<Appended> again;
      CompletableFuture<Appended> unknown;
      int count = 0;
      do { // it is full again and again, until all of it is in batches
        do {
          head = append(journal, count++ + filler);
          while (!head.isDone() && !journal.isFull()) {
            Thread.onSpinWait();
          }
        } while (!journal.isFull());
        again = redeliver(journal, "first" + filler);
        unknown = redeliver(journal, "unknown" + count + filler);
        assertThat(again.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(new Appended(0, true));
      } while (head.isDone());
      assertThat(!unknown.isDone() || head.isDone()).as("in their order").isTrue();
    }
  }

  @Test
  void refusesWhatNoHubMessageCouldHoldAndTakesWhatShrinksEnough() throws IOException {
    try (Journal journal = open(directory)) {
      assertThatThrownBy(() -> append(journal, JournalFixture.noise(400_000)).join())
          .hasCauseInstanceOf(MalformedReadingException.class);
      appendNow(journal, "x".repeat(400_000));
      assertThat(drain(journal, 1).get(0).body().length).isLessThan(Batch.MAX_BODY_BYTES);
    }
  }

  @Test
  void cutsWhatHasLingeredThoughTheClockWasPutBack() throws Exception {
    MovableClock clock = MovableClock.running();
    try (Journal journal =
        Journal.open(
            new JournalConfig(directory, 1 << 30, 8 << 20, Duration.ofMillis(300)),
            new BridgeIdentity("b1", "home", ZoneOffset.UTC, Path.of("unused")),
            JournalFixture.KEY,
            clock,
            new SimpleMeterRegistry())) {
      appendNow(journal, "before");
      clock.move(Duration.ofHours(-1));
      assertThat(JournalFixture.payloads(drain(journal, 1))).containsExactly("before");
    }
  }

  private static CompletableFuture<Appended> redeliver(Journal journal, String payload) {
    return journal.append(JournalFixture.MEASUREMENT, JournalFixture.TOPIC, payload, true);
  }

  private List<Path> files(String form) throws IOException {
    try (var files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().matches(form)).toList();
    }
  }
}
