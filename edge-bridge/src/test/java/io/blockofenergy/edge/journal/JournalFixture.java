package io.blockofenergy.edge.journal;

import io.blockofenergy.edge.decode.Measurement;
import io.blockofenergy.edge.journal.BatchSource.Lane;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Opens journals over real files and reads them out. */
public final class JournalFixture {
  static final SigningKey KEY = SigningKey.generate();
  static final Measurement MEASUREMENT =
      new Measurement("plug7", null, "tasmota", new TreeMap<>(Map.of("powerW", 203.0)), "");
  static final String TOPIC = "tele/plug7/SENSOR";

  private JournalFixture() {}

  static Journal open(Path directory) throws IOException {
    return open(directory, 1 << 30, Duration.ofMillis(1), new SimpleMeterRegistry());
  }

  static Journal open(Path directory, long maxBytes, Duration linger, SimpleMeterRegistry registry)
      throws IOException {
    return Journal.open(
        new JournalConfig(directory, maxBytes, 8 << 20, linger),
        new BridgeIdentity("b1", "home", ZoneOffset.UTC, Path.of("unused")),
        KEY,
        Clock.systemUTC(),
        registry);
  }

  static CompletableFuture<Appended> append(Journal journal, String payload) {
    return journal.append(MEASUREMENT, TOPIC, payload, false);
  }

  static long appendNow(Journal journal, String payload) {
    return append(journal, payload).join().seq();
  }

  /** The next batch of either lane, the backlog's first: so they come in order. */
  public static Optional<Batch> next(BatchSource journal) throws IOException {
    Optional<Batch> batch = journal.next(Lane.BACKLOG);
    return batch.isPresent() ? batch : journal.next(Lane.LIVE);
  }

  /** Text that hardly shrinks, unlike a journal's usual readings. */
  public static String noise(int length) {
    return new Random(length)
        .ints(length, '0', 'z')
        .mapToObj(c -> Character.toString(c == '\\' ? '_' : c))
        .collect(Collectors.joining());
  }

  /** Everything not acknowledged, in order. */
  static List<Batch> drain(Journal journal, int readings) throws IOException {
    List<Batch> batches = new ArrayList<>();
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    int count = 0;
    while (count < readings) {
      Optional<Batch> batch = next(journal);
      if (batch.isPresent()) {
        batches.add(batch.get());
        count += batch.get().count();
      } else if (System.nanoTime() > deadline) {
        throw new AssertionError("only " + count + " of " + readings + " readings came");
      } else {
        Thread.onSpinWait();
      }
    }
    return batches;
  }

  static List<String> payloads(List<Batch> batches) {
    return batches.stream()
        .flatMap(batch -> batch.readings().stream())
        .map(Reading::payload)
        .toList();
  }

  static List<Long> seqs(List<Batch> batches) {
    return batches.stream().flatMap(batch -> batch.readings().stream()).map(Reading::seq).toList();
  }
}
