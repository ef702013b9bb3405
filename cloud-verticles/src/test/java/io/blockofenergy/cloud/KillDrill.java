package io.blockofenergy.cloud;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Kills the bridge and the hub (with all of the cloud's process) again and again under load, and
 * looks afterwards whether every acknowledged reading is stored, each once, without a gap: {@code
 * mvn -Pdrill -DskipTests verify}. Ends with an exception when it is not so.
 */
public final class KillDrill {
  private static final int BRIDGE_KILLS = Integer.getInteger("drill.bridgeKills", 50);
  private static final int HUB_KILLS = Integer.getInteger("drill.hubKills", 20);
  private static final int PER_SECOND = Integer.getInteger("drill.rate", 2000);
  private static final long SEED = Long.getLong("drill.seed", 1);
  private static final int PUBLISHERS = 4;
  private static final int WINDOW = 250;
  private static final int LONGEST_PAUSE_MILLIS = 3000;
  private static final Duration LIMIT = Duration.ofMinutes(15);

  private enum Victim {
    BRIDGE,
    HUB,
    BOTH
  }

  private final Installation installation;
  private final Random random = new Random(SEED);

  private KillDrill(Installation installation) {
    this.installation = installation;
  }

  /**
   * {@code drill.bridgeKills} (50), {@code drill.hubKills} (20), {@code drill.rate} of publishes a
   * second (2000), {@code drill.seed} of the times (1).
   */
  public static void main(String[] arguments) throws Exception {
    Path data = Files.createTempDirectory("boe-kill-drill");
    try (Installation installation = new Installation(data)) {
      installation.startCloud();
      installation.startEdge();
      new KillDrill(installation).run();
    }
  }

  private void run() throws Exception {
    Map<String, Publisher> publishers = new TreeMap<>();
    try {
      for (int i = 0; i < PUBLISHERS; i++) {
        String device = "drill" + i;
        publishers.put(
            device,
            new Publisher(
                installation.port("BOE_MQTT_PORT"), device, PER_SECOND / PUBLISHERS, WINDOW));
      }
      check(publishers, kill(publishers));
    } finally {
      for (Publisher publisher : publishers.values()) {
        publisher.close();
      }
    }
  }

  /** Returns how many publishes were acknowledged. */
  private long kill(Map<String, Publisher> publishers) throws Exception {
    long start = System.nanoTime();
    for (Victim victim : victims()) {
      TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
      kill(victim);
    }
    for (Publisher publisher : publishers.values()) {
      publisher.finish();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long acknowledged = publishers.values().stream().mapToLong(Publisher::acknowledged).sum();
    System.out.printf(
        Locale.ROOT,
        "%d kills of the bridge and %d of the hub in %.0f s; %,d publishes acknowledged, %.0f/s%n",
        BRIDGE_KILLS,
        HUB_KILLS,
        seconds,
        acknowledged,
        acknowledged / seconds);
    return acknowledged;
  }

  private List<Victim> victims() {
    List<Victim> victims = new ArrayList<>();
    int both = Math.min(BRIDGE_KILLS, HUB_KILLS) / 4;
    victims.addAll(Collections.nCopies(both, Victim.BOTH));
    victims.addAll(Collections.nCopies(BRIDGE_KILLS - both, Victim.BRIDGE));
    victims.addAll(Collections.nCopies(HUB_KILLS - both, Victim.HUB));
    Collections.shuffle(victims, random);
    return victims;
  }

  private void kill(Victim victim) throws Exception {
    if (victim != Victim.BRIDGE) {
      installation.killCloud();
    }
    if (victim != Victim.HUB) {
      installation.killEdge();
      installation.startEdge();
    }
    if (victim != Victim.BRIDGE) {
      installation.startCloud();
    }
  }

  private void check(Map<String, Publisher> publishers, long acknowledged) throws Exception {
    long stored =
        Installation.await(
            LIMIT,
            "every acknowledged reading is stored",
            () -> {
              long count = installation.api("/status").getJsonObject("readings").getLong("stored");
              return count >= acknowledged ? count : null;
            });
    List<String> faults = new ArrayList<>();
    BitSet sequence = new BitSet();
    for (Map.Entry<String, Publisher> entry : publishers.entrySet()) {
      List<Integer> numbers = new ArrayList<>();
      installation.eachReading(
          entry.getKey(),
          reading -> {
            numbers.add(new JsonObject(reading.getString("payload")).getInteger("Number"));
            sequence.set(reading.getInteger("seq"));
          });
      Set<Integer> distinct = new TreeSet<>(numbers);
      Set<Integer> lost = new TreeSet<>(entry.getValue().acknowledgedNumbers());
      lost.removeAll(distinct);
      if (!lost.isEmpty() || distinct.size() != numbers.size()) {
        faults.add(
            entry.getKey()
                + ": "
                + lost.size()
                + " lost, "
                + (numbers.size() - distinct.size())
                + " doubled");
      }
    }
    int gaps = sequence.length() - 1 - sequence.cardinality();
    if (gaps != 0) {
      faults.add(gaps + " sequence numbers are missing");
    }
    Installation.await(
        LIMIT,
        "the log has an entry for each",
        () -> {
          JsonObject status = installation.api("/status");
          return status.getJsonObject("log").getLong("treeSize") == stored + installation.acts()
              ? true
              : null;
        });
    if (!faults.isEmpty()) {
      throw new AssertionError(String.join("; ", faults));
    }
    System.out.printf(
        Locale.ROOT,
        "%,d readings stored and logged: none lost, none doubled, no gap in the sequence%n",
        stored);
  }
}
