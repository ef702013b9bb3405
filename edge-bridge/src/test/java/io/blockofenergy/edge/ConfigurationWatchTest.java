package io.blockofenergy.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationWatchTest {
  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final LinkedBlockingQueue<String> seen = new LinkedBlockingQueue<>();

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private void watch(Path file) throws Exception {
    ConfigurationWatch watch =
        new ConfigurationWatch(file, Files.readAllBytes(file), () -> seen.add(read(file)));
    vertx.deployVerticle(watch).toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  @Test
  void aFileThatIsWrittenOrReplacedIsNoticed() throws Exception {
    Path file = Files.writeString(directory.resolve("bridge.yaml"), "a");
    watch(file);
    Files.writeString(file, "b");
    assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("b");
    Path other = Files.writeString(directory.resolve("new"), "c");
    Files.delete(file);
    Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("c");
    Files.writeString(file, "c");
    Files.writeString(file, "d");
    assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("d");
    assertThat(seen).isEmpty();
  }

  @Test
  void aSymbolicLinkThatIsSwitchedIsNoticed() throws Exception {
    Path first = Files.writeString(directory.resolve("first"), "1");
    Path second = Files.writeString(directory.resolve("second"), "2");
    Path link = Files.createSymbolicLink(directory.resolve("bridge.yaml"), first);
    watch(link);
    Path next = Files.createSymbolicLink(directory.resolve("next"), second);
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
    assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("2");
  }
}
