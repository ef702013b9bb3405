package io.blockofenergy.edge.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLetterFileTest {
  @TempDir Path directory;
  private final Counter discarded = new SimpleMeterRegistry().counter("discarded");

  @Test
  void keepsTheWholeMessageWithItsReason() throws IOException {
    Path file = directory.resolve("sub/dead.jsonl");
    byte[] payload = {0, (byte) 0xff, 10, 13};
    try (DeadLetterFile deadLetters = new DeadLetterFile(file, 1 << 20, discarded)) {
      deadLetters.write(Instant.EPOCH, "tele/\"x/SENSOR", payload, "not \"JSON\"\n");
    }
    JsonObject line = new JsonObject(Files.readAllLines(file).get(0));
    assertThat(line.getString("time")).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(line.getString("topic")).isEqualTo("tele/\"x/SENSOR");
    assertThat(line.getString("reason")).isEqualTo("not \"JSON\"\n");
    assertThat(java.util.Base64.getDecoder().decode(line.getString("payload"))).isEqualTo(payload);
  }

  @Test
  void aLineThatACrashLeftUnfinishedDoesNotSwallowTheNext() throws IOException {
    Path file = directory.resolve("dead.jsonl");
    Files.writeString(file, "{\"reason\":\"whole\"}\n{\"reason\":\"cut o");
    try (DeadLetterFile deadLetters = new DeadLetterFile(file, 1 << 20, discarded)) {
      deadLetters.write(Instant.EPOCH, "t", new byte[1], "next");
    }
    assertThat(Files.readAllLines(file).stream().map(l -> new JsonObject(l).getString("reason")))
        .containsExactly("whole", "next");
  }

  @Test
  void keepsToItsBoundWithOneOldFile() throws IOException {
    Path file = directory.resolve("dead.jsonl");
    try (DeadLetterFile deadLetters = new DeadLetterFile(file, 20_000, discarded)) {
      for (int i = 0; i < 100; i++) {
        deadLetters.write(Instant.EPOCH, "t" + i, new byte[500], "reason");
        try (var files = Files.list(directory)) {
          assertThat(files.mapToLong(f -> f.toFile().length()).sum()).isLessThanOrEqualTo(20_000);
        }
      }
    }
    assertThat(Files.readAllLines(file)).last().asString().contains("\"t99\"");
    Path old = directory.resolve("dead.jsonl.old");
    assertThat(old).exists();
    assertThat(discarded.count()).isPositive();
  }
}
