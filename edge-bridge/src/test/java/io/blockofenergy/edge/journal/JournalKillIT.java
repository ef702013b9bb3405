package io.blockofenergy.edge.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} in the middle of appending, cutting and sending. */
class JournalKillIT {
  private static final int ROUNDS = 4;

  @TempDir Path directory;

  @Test
  void storesEveryAcknowledgedMessageExactlyOnce() throws Exception {
    Path journalDirectory = directory.resolve("journal");
    Path hub = Files.createDirectory(directory.resolve("hub"));
    Random random = new Random(7);
    long acknowledged = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long killAt = acknowledged + 500 + random.nextInt(4000);
      acknowledged = runAndKill(journalDirectory, hub, acknowledged, killAt);
      assertThat(acknowledged).isGreaterThanOrEqualTo(killAt);
    }
    try (Journal journal = JournalFixture.open(journalDirectory)) {
      // Whatever is left, and a last one to know where it ends.
      JournalFixture.appendNow(journal, "end");
      Batch last;
      do {
        last = JournalFixture.drain(journal, 1).get(0);
        JournalVictim.deliver(hub, last);
      } while (!lastPayload(last).equals("end"));
    }
    judge(hub, acknowledged);
  }

  private long runAndKill(Path journal, Path hub, long acknowledged, long killAt)
      throws IOException, InterruptedException {
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                JournalVictim.class.getName(),
                journal.toString(),
                hub.toString(),
                Long.toString(acknowledged + 1),
                // Everything that may have been sent before.
                Long.toString(acknowledged == 0 ? 0 : acknowledged + 2 * JournalVictim.IN_FLIGHT))
            .redirectError(directory.resolve("victim.log").toFile())
            .start();
    long seen = acknowledged;
    try (BufferedReader out = victim.inputReader()) {
      String line;
      while ((line = out.readLine()) != null) {
        if (!line.matches("\\d+")) {
          continue; // the log goes there too
        }
        if (Long.parseLong(line) != seen + 1) {
          break; // the line that the kill cut short
        }
        seen++;
        if (seen == killAt) {
          victim.toHandle().destroyForcibly(); // SIGKILL, and the pipe can still be read
        }
      }
    }
    victim.destroyForcibly();
    assertThat(victim.waitFor()).isEqualTo(137);
    return seen;
  }

  private static String lastPayload(Batch batch) {
    List<Reading> readings = batch.readings();
    return readings.get(readings.size() - 1).payload();
  }

  private static void judge(Path hub, long acknowledged) throws Exception {
    List<Path> files;
    try (var all = Files.list(hub)) {
      files = all.filter(file -> file.toString().endsWith(BatchFile.WAITING)).sorted().toList();
    }
    String prev = Batch.NO_PREV;
    List<Long> seqs = new ArrayList<>();
    List<String> payloads = new ArrayList<>();
    for (Path file : files) {
      Batch batch = BatchFile.of(file).read();
      assertThat(batch.prev()).isEqualTo(prev);
      prev = batch.bodySha256();
      for (Reading reading : batch.readings()) {
        seqs.add(reading.seq());
        payloads.add(reading.payload());
      }
    }
    assertThat(files.size()).isGreaterThan(ROUNDS);
    assertThat(seqs)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, seqs.size()).boxed().toList());
    Set<String> stored = new HashSet<>(payloads);
    assertThat(stored).hasSameSizeAs(payloads);
    LongStream.rangeClosed(1, acknowledged)
        .forEach(number -> assertThat(stored.contains(JournalVictim.payload(number))).isTrue());
  }
}
