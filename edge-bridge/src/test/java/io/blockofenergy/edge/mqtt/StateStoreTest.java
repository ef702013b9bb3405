package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.UnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateStoreTest {
  @TempDir Path directory;

  @Test
  void keepsTheNewestOfEachKey() throws IOException {
    try (StateStore store = StateStore.open(directory, (key, value) -> {})) {
      store.put("a", bytes("1"));
      store.put("b", bytes("1"));
      sync(store);
      store.put("a", bytes("2"));
      store.delete("b");
      store.put("ü/€", bytes(""));
      store.put("gone", bytes("before it was written"));
      store.delete("gone");
      sync(store);
    }
    assertThat(read()).containsExactlyInAnyOrderEntriesOf(Map.of("a", "2", "ü/€", ""));
  }

  @Test
  void writesWhatWasChangedWithoutWaitingWhenItIsClosed() throws IOException {
    try (StateStore store = StateStore.open(directory, (key, value) -> {})) {
      store.put("a", bytes("1"));
    }
    assertThat(read()).containsOnlyKeys("a");
  }

  /** As a crash leaves it: cut anywhere in the last group, which must be there wholly or not. */
  @Test
  void cutsATornEndAndKeepsGroupsWhole() throws IOException {
    long before;
    try (StateStore store = StateStore.open(directory, (key, value) -> {})) {
      store.put("old", bytes("1"));
      sync(store);
      before = Files.size(file());
    }
    try (StateFile file = StateFile.open(file(), (key, value) -> {})) {
      file.write(Map.of("x", bytes("1"), "y", bytes("2")));
    }
    byte[] whole = Files.readAllBytes(file());
    for (int length = (int) before; length < whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      assertThat(read()).containsOnlyKeys("old");
      Files.write(file(), whole);
      byte[] torn = whole.clone();
      Arrays.fill(torn, length, whole.length, (byte) 0);
      Files.write(file(), torn);
      assertThat(read()).containsKey("old").satisfies(StateStoreTest::wholeGroup);
    }
  }

  private static void wholeGroup(Map<String, String> values) {
    assertThat(values.containsKey("x")).isEqualTo(values.containsKey("y"));
  }

  @Test
  void setsAsideWhatIsDamagedInTheMiddleAndUsesTheRest() throws IOException {
    try (StateFile file = StateFile.open(file(), (key, value) -> {})) {
      file.write(Map.of("first", bytes("1")));
      file.write(Map.of("second", bytes("2")));
      file.write(Map.of("third", bytes("3")));
    }
    byte[] content = Files.readAllBytes(file());
    content[content.length / 2] ^= 1;
    Files.write(file(), content);
    assertThat(read()).containsOnlyKeys("first", "third");
    assertThat(read()).containsOnlyKeys("first", "third");
    try (var files = Files.list(directory)) {
      List<Path> aside =
          files.filter(f -> f.getFileName().toString().startsWith("damaged-")).toList();
      assertThat(aside).hasSize(1);
      assertThat(Files.readAllBytes(aside.get(0))).isEqualTo(content);
    }
  }

  @Test
  void setsAsideAFileThatIsSomethingElse() throws IOException {
    Files.writeString(file(), "not a state at all");
    assertThat(read()).isEmpty();
    assertThat(directory.resolve("damaged-state.log.1")).hasContent("not a state at all");
  }

  @Test
  void givesTheDiskBackWhatIsOutOfDate() throws IOException {
    Random random = new Random(1);
    byte[] value = new byte[50_000];
    Map<String, byte[]> model = new HashMap<>();
    try (StateStore store = StateStore.open(directory, (key, v) -> {})) {
      for (int i = 0; i < 600; i++) {
        random.nextBytes(value);
        String key = "key" + random.nextInt(10);
        if (random.nextInt(4) == 0) {
          model.remove(key);
          store.delete(key);
        } else {
          model.put(key, value.clone());
          store.put(key, value.clone());
        }
        sync(store);
      }
      assertThat(Files.size(file())).isLessThan(6 << 20);
    }
    Map<String, byte[]> read = new HashMap<>();
    StateStore.open(directory, read::put).close();
    assertThat(read.keySet()).isEqualTo(model.keySet());
    read.forEach((key, found) -> assertThat(found).isEqualTo(model.get(key)));
  }

  @Test
  void isHeldByOne() throws IOException {
    try (StateStore store = StateStore.open(directory, (key, value) -> {})) {
      assertThatThrownBy(() -> StateStore.open(directory, (key, value) -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in use");
      assertThat(store.problem()).isEmpty();
    }
  }

  @Test
  void promisesNothingAfterItsEnd() throws IOException {
    StateStore store = StateStore.open(directory, (key, value) -> {});
    store.close();
    assertThatThrownBy(() -> sync(store)).hasCauseInstanceOf(UnavailableException.class);
  }

  private Map<String, String> read() throws IOException {
    Map<String, String> values = new TreeMap<>();
    StateStore.open(
            directory, (key, value) -> values.put(key, new String(value, StandardCharsets.UTF_8)))
        .close();
    return values;
  }

  private Path file() {
    return directory.resolve("state.log");
  }

  private static void sync(StateStore store) {
    store.sync().orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
