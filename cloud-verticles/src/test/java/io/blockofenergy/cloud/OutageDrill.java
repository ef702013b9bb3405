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
  private static final int WINDOW = 1000;
  private static final int DEVICES = 200;

  /** More than the journal takes. */
  private static final int FLOOD = 1_000_000;

  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int SECONDS_FULL = 20;
  private static final int SECONDS_TO_LIVE = 5;

  private final Installation installation;

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
    try (LoadGenerator flood = new LoadGenerator(port, CLIENTS, WINDOW, DEVICES);
        Publisher live = new Publisher(port, "live", 10, 20)) {
      live.awaitAcknowledged(10);
      installation.killCloud();
      CompletableFuture<Void> flooding =
          CompletableFuture.runAsync(
              () -> {
                try {
                  flood.publish(FLOOD, 0, LIMIT);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      Installation.await(
          LIMIT,
          "publishers are held back",
          () -> metric("boe_edge_mqtt_paused_connections") >= CLIENTS ? true : null);
      double appended = metric("boe_edge_journal_readings_appended_total");
      double before = installation.edge().residentMegabytes();
      TimeUnit.SECONDS.sleep(SECONDS_FULL);
      double after = installation.edge().residentMegabytes();
      double fullBytes = metric("boe_edge_journal_bytes");
      System.out.printf(
          Locale.ROOT,
          "full with %,.0f readings in %.1f MB, the flood waits; resident at most %.0f MB, and"
              + " %.0f MB after %d s%n",
          appended,
          fullBytes / (1 << 20),
          before,
          after,
          SECONDS_FULL);

      installation.startCloud();
      Instant back = Instant.now();
      long start = System.nanoTime();
      double seconds =
          Installation.await(
              LIMIT,
              "a reading of now is seen",
              () -> isStoredSince(back) ? (System.nanoTime() - start) / 1e9 : null);
      System.out.printf(
          Locale.ROOT, "%.1f s after the hub's return what is measured now is seen%n", seconds);
      flooding.join();
      live.finish();
      long all = FLOOD + live.acknowledged();
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
          "%,d readings stored; the journal has shrunk to %.1f MB%n",
          all,
          emptied / (1 << 20));
      if (seconds > SECONDS_TO_LIVE || emptied > fullBytes / 2 || after > before * 1.05) {
        throw new AssertionError("not as it should be: see above");
      }
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
