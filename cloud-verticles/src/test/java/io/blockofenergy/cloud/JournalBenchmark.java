package io.blockofenergy.cloud;

import io.blockofenergy.edge.decode.Measurement;
import io.blockofenergy.edge.journal.BridgeIdentity;
import io.blockofenergy.edge.journal.Journal;
import io.blockofenergy.edge.journal.JournalConfig;
import io.blockofenergy.telemetry.SigningKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.apache.activemq.artemis.api.core.ActiveMQBuffer;
import org.apache.activemq.artemis.core.io.nio.NIOSequentialFileFactory;
import org.apache.activemq.artemis.core.journal.EncoderPersister;
import org.apache.activemq.artemis.core.journal.EncodingSupport;
import org.apache.activemq.artemis.core.journal.IOCompletion;
import org.apache.activemq.artemis.core.journal.impl.JournalImpl;

/**
 * Appends a second, each durable before its callback, of the bridge's journal and of Artemis's with
 * its NIO files, in turns. Ours makes a canonical reading of each message; the peer gets as many
 * bytes ready-made. Arguments: number of messages.
 */
public final class JournalBenchmark {
  private static final int IN_FLIGHT = 4000;
  private static final int MESSAGE_BYTES = 700;

  /** What a reading of such a message has in the journal. */
  private static final int RECORD_BYTES = 1250;

  private static final int FILE_BYTES = 4 << 20;
  private static final byte RECORD_TYPE = 1;

  private JournalBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200_000;
    Path directory = Files.createTempDirectory("boe-journal-bench");
    for (int round = 0; round < 3; round++) {
      double own = own(Files.createDirectory(directory.resolve("own" + round)), count);
      double artemis = artemis(Files.createDirectory(directory.resolve("artemis" + round)), count);
      System.out.printf(
          Locale.ROOT,
          "own %,.0f/s, Artemis %,.0f/s: %.2f of the peer%n",
          own,
          artemis,
          own / artemis);
    }
  }

  private static double own(Path directory, int count) throws Exception {
    try (Journal journal =
        Journal.open(
            new JournalConfig(directory, 4L << 30, 64 << 20, Duration.ofHours(1)),
            new BridgeIdentity("b1", "home", ZoneOffset.UTC, directory.resolve("key")),
            SigningKey.generate(),
            Clock.systemUTC(),
            new SimpleMeterRegistry())) {
      Measurement measurement =
          new Measurement("plug7", null, "tasmota", new TreeMap<>(Map.of("powerW", 203.0)), "");
      String filler = "x".repeat(MESSAGE_BYTES - 10);
      Semaphore window = new Semaphore(IN_FLIGHT);
      long start = System.nanoTime();
      for (int i = 0; i < count; i++) {
        window.acquire();
        journal
            .append(measurement, "tele/plug7/SENSOR", i + filler, false)
            .whenComplete((done, failure) -> window.release());
      }
      window.acquire(IN_FLIGHT);
      return count / ((System.nanoTime() - start) / 1e9);
    }
  }

  private static double artemis(Path directory, int count) throws Exception {
    byte[] record = new byte[RECORD_BYTES];
    new Random(1).nextBytes(record);
    JournalImpl journal =
        new JournalImpl(
            FILE_BYTES,
            2,
            10,
            0,
            0,
            new NIOSequentialFileFactory(directory.toFile(), true, IN_FLIGHT),
            "bench",
            "bin",
            IN_FLIGHT);
    journal.start();
    journal.loadInternalOnly();
    Semaphore window = new Semaphore(IN_FLIGHT);
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      window.acquire();
      journal.appendAddRecord(
          i + 1,
          RECORD_TYPE,
          EncoderPersister.getInstance(),
          new Bytes(record),
          true,
          new Release(window));
    }
    window.acquire(IN_FLIGHT);
    double rate = count / ((System.nanoTime() - start) / 1e9);
    journal.stop();
    return rate;
  }

  private record Bytes(byte[] bytes) implements EncodingSupport {
    @Override
    public int getEncodeSize() {
      return bytes.length;
    }

    @Override
    public void encode(ActiveMQBuffer buffer) {
      buffer.writeBytes(bytes);
    }

    @Override
    public void decode(ActiveMQBuffer buffer) {
      throw new UnsupportedOperationException();
    }
  }

  private record Release(Semaphore window) implements IOCompletion {
    @Override
    public void storeLineUp() {}

    @Override
    public void done() {
      window.release();
    }

    @Override
    public void onError(int code, String message) {
      throw new IllegalStateException(message);
    }
  }
}
