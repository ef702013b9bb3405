package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Batch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Prints how many readings of about 700 bytes a second the journal makes durable with many in
 * flight, alone and while another thread cuts, signs and releases the batches. Arguments: number of
 * readings, a directory.
 */
public final class JournalRate {
  private static final int IN_FLIGHT = 4000;

  private JournalRate() {}

  public static void main(String[] arguments) throws Exception {
    int readings = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300_000;
    Path directory =
        arguments.length > 1 ? Path.of(arguments[1]) : Files.createTempDirectory("journal-rate");
    for (boolean cutting : new boolean[] {false, true, false, true}) {
      run(directory.resolve("run-" + System.nanoTime()), readings, cutting);
    }
  }

  private static void run(Path directory, int readings, boolean cutting) throws Exception {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Journal journal =
        JournalFixture.open(directory, 4L << 30, Duration.ofSeconds(1), registry)) {
      Semaphore window = new Semaphore(IN_FLIGHT);
      long start = System.nanoTime();
      Thread cutter = new Thread(() -> cut(journal, readings));
      if (cutting) {
        cutter.start();
      }
      for (int i = 0; i < readings; i++) {
        window.acquire();
        JournalFixture.append(journal, payload(i)).whenComplete((done, e) -> window.release());
      }
      window.acquire(IN_FLIGHT);
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "%s: %.0f readings/s, %.0f fsyncs%n",
          cutting ? "append while cutting" : "append",
          readings / seconds,
          registry.get("boe.edge.journal.fsyncs").counter().count());
      if (cutting) {
        cutter.join();
        System.out.printf(
            "append, cut, sign, release: %.0f readings/s%n",
            readings / ((System.nanoTime() - start) / 1e9));
      }
    }
  }

  private static void cut(Journal journal, int readings) {
    try {
      long seen = 0;
      while (seen < readings) {
        Optional<Batch> batch = JournalFixture.next(journal);
        if (batch.isPresent()) {
          seen += batch.get().count();
          journal.acknowledged(batch.get().id());
        } else {
          Thread.sleep(1);
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Like Tasmota's, about 700 bytes, each its own. */
  static String payload(int i) {
    return ("{\"Time\":\"2025-08-21T18:%02d:%02d\",\"Uptime\":\"0T01:00:00\",\"UptimeSec\":%d,"
            + "\"Vcc\":3.339,\"Heap\":23,\"SleepMode\":\"Dynamic\",\"Sleep\":50,\"LoadAvg\":15,"
            + "\"MqttCount\":1,\"Wifi\":{\"AP\":1,\"SSId\":\"TEST_WIFI\",\"BSSId\":"
            + "\"AA:BB:CC:DD:EE:FF\",\"Channel\":6,\"Mode\":\"11n\",\"RSSI\":83,\"Signal\":-61,"
            + "\"LinkCount\":1,\"Downtime\":\"0T00:00:03\"},\"ENERGY\":{\"TotalStartTime\":"
            + "\"2025-08-21T00:00:00\",\"Total\":%d.%03d,\"Yesterday\":6.87,\"Today\":0.017,"
            + "\"Period\":14,\"Power\":%d,\"ApparentPower\":%d,\"ReactivePower\":40,"
            + "\"Factor\":0.98,\"Voltage\":223,\"Current\":0.93}}")
        .formatted(i / 60 % 60, i % 60, i, i / 1000, i % 1000, i * 7919 % 2300, i * 104729 % 2400);
  }
}
