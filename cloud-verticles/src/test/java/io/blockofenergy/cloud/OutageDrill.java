package io.blockofenergy.cloud;

import io.vertx.core.json.JsonArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Takes the hub away until the bridge's journal is full, and gives it back: are publishers held
 * back, does memory stay flat, is what is measured now soon seen, is the disk given back, is
 * nothing lost. {@code mvn -Pdrill -DskipTests verify}. Ends with an exception when it is not so.
 */
public final class OutageDrill {
  private static final String JOURNAL_BOUND = "32MiB";
  private static final int CLIENTS = 4;
  private static final int DEVICES = 200;

  /** Each sensor waits for one acknowledgement. */
  private static final int WINDOW = DEVICES / CLIENTS;

  /** Readings a second beside the flood. */
  private static final int NORMAL_RATE = 100;

  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int SECONDS_FULL = 20;
  private static final int SECONDS_TO_LIVE = 5;

  private final Installation installation;
  private double fullBytes;

  private OutageDrill(Installation installation) {
    this.installation = installation;
  }

  public static void main(String[] arguments) throws Exception {
    Path data = Files.createTempDirectory("boe-outage-drill");
    try (Installation installation = new Installation(data)) {
      installation.startCloud();
      installation.startEdge(Map.of("BOE_JOURNAL_MAX_BYTES", JOURNAL_BOUND));
      new OutageDrill(installation).run();
    }
  }

  private void run() throws Exception {
    int port = installation.port("BOE_MQTT_PORT");
    try (Publisher live = new Publisher(port, "live", NORMAL_RATE, NORMAL_RATE)) {
      Instant start = Instant.now();
      Installation.await(LIMIT, "all is well", () -> isStoredSince(start) ? true : null);
      installation.killCloud();
      fill(port);
      installation.startCloud();
      double seconds = untilLive();
      live.finish();
      long all = (long) metric("boe_edge_journal_readings_appended_total");
      Installation.await(
          LIMIT,
          "all is stored",
          () ->
              installation.api("/status").getJsonObject("readings").getLong("stored") == all
                  ? true
                  : null);
      double emptied = metric("boe_edge_journal_bytes");
      System.out.printf(
          Locale.ROOT,
          "%,d readings stored, all that were journaled; the journal has shrunk to %.1f MB%n",
          all,
          emptied / (1 << 20));
      if (seconds > SECONDS_TO_LIVE || emptied > fullBytes / 2) {
        throw new AssertionError("not as it should be: see above");
      }
    }
  }

  /** Publishes as fast as the journal takes it, until it takes no more, and a while longer. */
  private void fill(int port) throws Exception {
    try (LoadGenerator flood = new LoadGenerator(port, CLIENTS, WINDOW, DEVICES)) {
      CompletableFuture<Void> flooding =
          CompletableFuture.runAsync(
              () -> {
                try {
                  flood.publish(Integer.MAX_VALUE, 0, LIMIT);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      awaitHeldBack();
      double before = installation.edge().residentMegabytes();
      TimeUnit.SECONDS.sleep(SECONDS_FULL);
      double after = installation.edge().residentMegabytes();
      fullBytes = metric("boe_edge_journal_bytes");
      System.out.printf(
          Locale.ROOT,
          "full with %,.0f readings in %.1f MB, the flood waits; resident at most %.0f MB, and"
              + " %.0f MB after %d s%n",
          metric("boe_edge_journal_readings_appended_total"),
          fullBytes / (1 << 20),
          before,
          after,
          SECONDS_FULL);
      if (flooding.isDone() || after > before * 1.05) {
        throw new AssertionError("not as it should be: see above");
      }
    }
  }

  private double untilLive() throws Exception {
    Instant back = Instant.now();
    long start = System.nanoTime();
    double seconds =
        Installation.await(
            LIMIT,
            "a reading of now is seen",
            () -> isStoredSince(back) ? (System.nanoTime() - start) / 1e9 : null);
    System.out.printf(
        Locale.ROOT, "%.1f s after the hub's return what is measured now is seen%n", seconds);
    return seconds;
  }

  /** Until the journal takes nothing more: each publisher waits for acknowledgements. */
  private void awaitHeldBack() throws Exception {
    double before = -1;
    double now = metric("boe_edge_journal_readings_appended_total");
    while (now != before || metric("boe_edge_journal_fullness") < 0.95) {
      TimeUnit.SECONDS.sleep(1);
      before = now;
      now = metric("boe_edge_journal_readings_appended_total");
    }
  }

  private boolean isStoredSince(Instant time) throws Exception {
    JsonArray newest = installation.api("/readings?device=live&limit=1").getJsonArray("readings");
    return !newest.isEmpty()
        && Instant.parse(newest.getJsonObject(0).getString("receivedAt")).isAfter(time);
  }

  private double metric(String name) throws Exception {
    return installation
        .get(installation.port("BOE_EDGE_MANAGEMENT_PORT"), "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + ' '))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .sum();
  }
}
