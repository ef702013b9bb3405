package io.blockofenergy.edge.journal;

import static io.blockofenergy.edge.journal.JournalFixture.append;
import static io.blockofenergy.edge.journal.JournalFixture.appendNow;
import static io.blockofenergy.edge.journal.JournalFixture.drain;
import static io.blockofenergy.edge.journal.JournalFixture.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the journal promises when the disk becomes full, fails, or loses its power. */
@Timeout(60)
class JournalDiskTest {
  private static final int POWER_CUTS = 60;

  @TempDir Path directory;
  private FaultyDisk disk;

  @BeforeEach
  void plugIn() throws IOException {
    disk = new FaultyDisk(Files.createDirectory(directory.resolve("disk")));
  }

  static List<Integer> seeds() {
    List<Integer> seeds = new ArrayList<>();
    for (int seed = 0; seed < POWER_CUTS; seed++) {
      seeds.add(seed);
    }
    return seeds;
  }

  /** Appends, sends and acknowledges until the power goes; then only what was synced is sure. */
  @ParameterizedTest
  @MethodSource("seeds")
  void aPowerCutTakesNothingThatWasAcknowledged(int seed) throws Exception {
    Random random = new Random(seed);
    Map<String, Long> kept = new ConcurrentHashMap<>();
    Map<String, Batch> handedOut = new HashMap<>();
    Set<Long> released = new HashSet<>();
    Journal journal =
        open(
            disk.directory(),
            JournalConfig.MIN_MAX_BYTES,
            Duration.ofMillis(1 + random.nextInt(20)),
            new SimpleMeterRegistry());
    int messages = 20 + random.nextInt(200);
    int cutAt = random.nextInt(messages);
    List<CompletableFuture<Appended>> appends = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      String payload = i + JournalFixture.noise(random.nextInt(20_000));
      appends.add(
          append(journal, payload)
              .whenComplete(
                  (appended, failure) -> {
                    if (failure == null) {
                      kept.put(payload, appended.seq());
                    }
                  }));
      if (i == cutAt) {
        disk.powerOff();
      }
      if (random.nextInt(4) == 0) {
        serve(journal, random, handedOut, released);
      }
      if (random.nextInt(8) == 0) {
        appends.get(random.nextInt(appends.size())).exceptionally(failure -> null).join();
      }
    }
    CompletableFuture.allOf(appends.toArray(CompletableFuture[]::new))
        .exceptionally(failure -> null)
        .join();
    close(journal);

    Path salvaged = Files.createDirectory(directory.resolve("salvaged"));
    disk.salvage(salvaged, random);
    Set<Long> used = new HashSet<>(kept.values());
    handedOut.values().forEach(batch -> batch.readings().forEach(it -> used.add(it.seq())));
    try (Journal again = open(salvaged)) {
      long last = appendNow(again, "after");
      assertThat(used).as("no number is given twice").doesNotContain(last);
      Map<Long, String> found = new HashMap<>();
      while (!found.containsKey(last)) {
        for (Batch batch : drain(again, 1)) {
          Batch before = handedOut.get(batch.id());
          assertThat(before == null || batch.equals(before) || sameBytes(batch, before)).isTrue();
          batch.readings().forEach(reading -> found.put(reading.seq(), reading.payload()));
        }
      }
      kept.forEach(
          (payload, seq) -> {
            if (!released.contains(seq)) {
              assertThat(found).as("reading %d", seq).containsEntry(seq, payload);
            }
          });
    }
  }

  private static boolean sameBytes(Batch one, Batch other) {
    return java.util.Arrays.equals(one.body(), other.body())
        && one.applicationProperties().equals(other.applicationProperties());
  }

  private static void serve(
      Journal journal, Random random, Map<String, Batch> handedOut, Set<Long> released) {
    try {
      Optional<Batch> batch = JournalFixture.next(journal);
      if (batch.isPresent()) {
        handedOut.put(batch.get().id(), batch.get());
        if (random.nextBoolean()) {
          batch.get().readings().stream().map(Reading::seq).forEach(released::add);
          journal.acknowledged(batch.get().id());
        }
      }
    } catch (IOException e) {
      return; // the power is off
    }
  }

  private static void close(Journal journal) {
    try {
      journal.close();
    } catch (IOException e) {
      return; // the power is off
    }
  }

  @Test
  void aFullDiskRefusesReadingsAndTakesThemWhenThereIsRoomAgain() throws IOException {
    List<String> kept = new ArrayList<>();
    try (Journal journal = open(disk.directory())) {
      appendNow(journal, "before");
      kept.add("before");
      disk.room(50_000);
      int refused = 0;
      for (int i = 0; refused < 3; i++) {
        String payload = i + JournalFixture.noise(9_000);
        try {
          appendNow(journal, payload);
          kept.add(payload);
        } catch (RuntimeException e) {
          assertThat(e).hasCauseInstanceOf(UnavailableException.class);
          refused++;
        }
      }
      disk.room(Long.MAX_VALUE);
      appendNow(journal, "after");
      kept.add("after");
      assertThat(JournalFixture.payloads(drain(journal, kept.size())))
          .containsExactlyElementsOf(kept);
      assertThat(journal.problem()).isEmpty();
    }
    try (Journal journal = open(disk.directory())) {
      assertThat(JournalFixture.payloads(drain(journal, kept.size())))
          .containsExactlyElementsOf(kept);
    }
  }

  @Test
  void nothingIsAcknowledgedAfterASyncHasFailed() throws IOException {
    try (Journal journal = open(disk.directory())) {
      appendNow(journal, "safe");
      disk.failSyncs();
      assertThatThrownBy(() -> appendNow(journal, "unsure"))
          .hasCauseInstanceOf(UnavailableException.class);
      // A second sync that succeeds would say nothing of what the first one has lost.
      assertThatThrownBy(() -> appendNow(journal, "later"))
          .hasCauseInstanceOf(UnavailableException.class);
      assertThat(journal.problem().orElse("")).contains("restart the bridge");
    }
    Path salvaged = Files.createDirectory(directory.resolve("salvaged"));
    disk.salvage(salvaged, new Random(1));
    try (Journal journal = open(salvaged)) {
      assertThat(JournalFixture.payloads(drain(journal, 1))).contains("safe");
    }
  }

  @Test
  void aBatchThatCannotBeReadForAWhileIsNotGivenUp() throws IOException {
    try (Journal journal = open(disk.directory())) {
      appendNow(journal, "kept");
      drain(journal, 1);
      journal.rewind();
      disk.failReads(true);
      int failed = 0;
      for (int i = 0; i < 20; i++) {
        try {
          JournalFixture.next(journal);
        } catch (IOException e) {
          failed++;
        }
      }
      assertThat(failed).isPositive();
      disk.failReads(false);
      journal.rewind();
      assertThat(JournalFixture.payloads(drain(journal, 1))).containsExactly("kept");
    }
  }
}
