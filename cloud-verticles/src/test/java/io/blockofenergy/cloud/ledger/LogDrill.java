package io.blockofenergy.cloud.ledger;

import io.blockofenergy.cloud.FreePort;
import io.blockofenergy.cloud.audit.ChainReader;
import io.blockofenergy.cloud.audit.ContractReader;
import io.blockofenergy.cloud.audit.EvmNode;
import io.blockofenergy.cloud.local.LocalChain;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Kills ({@code kill -9}) two ledgers that append to one log and anchor it, and the store that it
 * is in, at random moments; after each kill checks that all that was ever published is one history:
 * {@code mvn -Pdrill -DskipTests verify}. Ends with an exception when it is not so.
 */
public final class LogDrill {
  private static final int KILLS = Integer.getInteger("drill.logKills", 100);
  private static final long SEED = Long.getLong("drill.seed", 1);
  private static final int LONGEST_PAUSE_MILLIS = 1500;
  private static final List<String> NAMES = List.of("one", "two");

  private final Random random = new Random(SEED);
  private final Path data;
  private final LocalChain chain;
  private final int port;
  private final Vertx vertx = Vertx.vertx();
  private final MongoClient mongo;
  private final LogStore store;
  private final VerifierKey verifier;
  private final ContractReader contract;
  private final Map<String, Process> processes = new TreeMap<>();
  private final Map<String, Map<Long, Long>> acknowledged = new TreeMap<>();
  private final Map<String, Integer> kills = new TreeMap<>();

  /** Roots by size of all checkpoints that a reader of the log has ever been given. */
  private final Map<Long, String> published = new ConcurrentHashMap<>();

  private final List<String> faults = new ArrayList<>();

  /** The log's tree up to what was checked: roots of perfect subtrees, the largest first. */
  private final List<byte[]> peaks = new ArrayList<>();

  private long size;

  private long looks = -1;

  // Of the context that looks.
  private boolean looking;
  private long lastSize;

  private long checkpoints;
  private long batches;
  private long anchors;

  private LogDrill(Path data, LocalChain chain) throws IOException {
    this.data = data;
    this.chain = chain;
    port = FreePort.draw();
    mongo = LogDrillChild.client(vertx, port);
    store = new MongoLogStore(mongo);
    SigningKey key = SigningKey.loadOrCreate(data.resolve("log.key"));
    AnchorKey anchorKey = AnchorKey.loadOrCreate(data.resolve("anchor.key"));
    verifier = new VerifierKey(LogDrillChild.ORIGIN, key.publicKey());
    contract = new ContractReader(new EvmNode(chain.rpcUrl()), anchorKey.contractAddress());
    chain.fund(anchorKey.address());
    NAMES.forEach(name -> acknowledged.put(name, new ConcurrentHashMap<>()));
  }

  /** {@code drill.logKills} (100), {@code drill.seed} of the times and victims (1). */
  public static void main(String[] arguments) throws Exception {
    Path data = Files.createTempDirectory("boe-log-drill");
    try (LocalChain chain =
        new LocalChain(LocalChain.findAnvil(), data.resolve("chain"), FreePort.draw())) {
      chain.start();
      LogDrill drill = new LogDrill(data, chain);
      try {
        drill.run();
      } finally {
        drill.processes.values().forEach(Process::destroyForcibly);
        drill.vertx.cancelTimer(drill.looks);
        await(drill.mongo.close());
        await(drill.vertx.close());
      }
    }
  }

  private void run() throws Exception {
    long start = System.nanoTime();
    start("store");
    NAMES.forEach(this::start);
    looks = vertx.setPeriodic(20, tick -> look());
    for (int i = 1; i <= KILLS; i++) {
      long before = size;
      await("the log goes on", () -> newestSize() > before);
      TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
      int dice = random.nextInt(10);
      List<String> victims =
          dice < 4
              ? List.of("one")
              : dice < 7 ? List.of("two") : dice < 9 ? List.of("store") : List.of("one", "store");
      for (String victim : victims) {
        processes.get(victim).destroyForcibly().waitFor();
        kills.merge(victim, 1, Integer::sum);
      }
      victims.forEach(this::start);
      check();
      if (i % 10 == 0) {
        System.out.printf("%d kills, %,d entries checked%n", i, size);
      }
    }
    NAMES.forEach(name -> processes.get(name).destroyForcibly());
    NAMES.forEach(this::start);
    long before = size;
    await("the log goes on after the last kill", () -> newestSize() > before);
    check();
    checkConsistencyProofs();
    if (!faults.isEmpty()) {
      throw new AssertionError(String.join("; ", faults));
    }
    Lease lease = await(store.lease()).orElseThrow();
    System.out.printf(
        Locale.ROOT,
        "seed %d: %d kills %s in %.0f s, %d take-overs; %,d entries of %,d batches, %,d acknowledged,"
            + " each once and in its place; %,d checkpoints (%,d of them seen by a reader) and %,d"
            + " anchors, all of one history%n",
        SEED,
        kills.values().stream().mapToInt(n -> n).sum(),
        kills,
        (System.nanoTime() - start) / 1e9,
        lease.epoch() - 1,
        size,
        batches,
        acknowledged.values().stream().mapToInt(Map::size).sum(),
        checkpoints,
        published.size(),
        anchors);
  }

  private void start(String name) {
    try {
      List<String> command = new ArrayList<>();
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx256m",
              "-XX:TieredStopAtLevel=1",
              "-cp",
              classpath(),
              LogDrillChild.class.getName()));
      if (name.equals("store")) {
        command.addAll(List.of(name, data.resolve("mongo").toString(), "" + port));
      } else {
        Map<Long, Long> done = acknowledged.get(name);
        long from = 1;
        while (done.containsKey(from)) {
          from++;
        }
        // Some that were acknowledged come again.
        long again = Math.max(1, from - 2);
        command.addAll(
            List.of("ledger", data.toString(), "" + port, chain.rpcUrl(), name, "" + again));
      }
      Process process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.appendTo(data.resolve(name + ".log").toFile()))
              .start();
      processes.put(name, process);
      Thread reader = new Thread(() -> read(name, process), "output of " + name);
      reader.setDaemon(true);
      reader.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String classpath() {
    // Under exec:java the class path is the class loader's.
    if (LogDrill.class.getClassLoader() instanceof java.net.URLClassLoader loader) {
      return String.join(":", Arrays.stream(loader.getURLs()).map(url -> url.getPath()).toList());
    }
    return System.getProperty("java.class.path");
  }

  private void read(String name, Process process) {
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", 3);
        if (words[0].equals("ack") && words.length == 3) {
          Long before =
              acknowledged.get(name).put(Long.parseLong(words[1]), Long.parseLong(words[2]));
          if (before != null && before != Long.parseLong(words[2])) {
            fault("batch " + words[1] + " of " + name + " was acknowledged at two places");
          }
        } else if (words[0].equals("fault")) {
          fault(name + ": " + line);
        }
      }
    } catch (IOException | NumberFormatException cut) {
      // Killed within a line.
    }
  }

  private synchronized void fault(String what) {
    if (!faults.contains(what)) {
      faults.add(what);
    }
  }

  /** What a reader sees at this moment. */
  private void look() {
    if (looking) {
      return;
    }
    looking = true;
    store
        .newestCheckpoint()
        .onComplete(done -> looking = false)
        .onSuccess(
            found ->
                found.ifPresent(
                    newest -> {
                      if (newest.treeSize() < lastSize) {
                        fault("the log has shrunk to " + newest.treeSize());
                      }
                      lastSize = newest.treeSize();
                      String root = newest.rootHex();
                      String before = published.put(newest.treeSize(), root);
                      if (before != null && !before.equals(root)) {
                        fault("two roots of " + newest.treeSize() + " were published");
                      }
                    }));
  }

  private long newestSize() {
    try {
      return await(store.newestCheckpoint()).map(LogCheckpoint::treeSize).orElse(0L);
    } catch (Exception away) {
      return 0;
    }
  }

  private void check() throws Exception {
    await("the store answers", () -> newestSize() >= size);
    long end = newestSize();
    Map<Long, JsonObject> stored = checkpoints(end);
    FindOptions ordered = new FindOptions().setSort(new JsonObject().put("leafStart", 1));
    JsonObject range = new JsonObject().put("$gte", size).put("$lt", end);
    List<JsonObject> rows =
        await(
            mongo.findWithOptions(
                "log_batches", new JsonObject().put("leafStart", range), ordered));
    for (JsonObject row : rows) {
      String id = row.getString("_id");
      if (row.getLong("leafStart") != size) {
        throw new AssertionError(id + " does not begin at entry " + size);
      }
      String[] parts = id.split("\\.");
      Long leaf = acknowledged.get(parts[0]).get(Long.parseLong(parts[2]));
      if (leaf != null && leaf != size) {
        throw new AssertionError(id + " was acknowledged at " + leaf + " and is at " + size);
      }
      List<byte[]> entries = LogDrillChild.entries(id);
      if (entries.size() != row.getInteger("count")) {
        throw new AssertionError(id + " has another count");
      }
      checkEntries(size, entries);
      for (byte[] entry : entries) {
        add(MerkleTree.leafHash(entry));
      }
      batches++;
      compare(stored.remove(size));
    }
    stored.remove(0L);
    if (!stored.isEmpty() || size != end) {
      throw new AssertionError("checkpoints at no batch's end: " + stored.keySet());
    }
    checkPlaces();
    checkAnchors();
    if (!faults.isEmpty()) {
      throw new AssertionError(String.join("; ", faults));
    }
  }

  private Map<Long, JsonObject> checkpoints(long end) throws Exception {
    JsonObject range = new JsonObject().put("$gt", size).put("$lte", end);
    Map<Long, JsonObject> found = new TreeMap<>();
    for (JsonObject document :
        await(mongo.find("log_checkpoints", new JsonObject().put("_id", range)))) {
      found.put(document.getLong("_id"), document);
    }
    return found;
  }

  private void compare(JsonObject document) throws Exception {
    if (document == null) {
      return; // A round of several batches.
    }
    checkpoints++;
    Checkpoint signed = Checkpoint.parse(SignedNote.verify(document.getString("note"), verifier));
    if (signed.size() != size || !Arrays.equals(signed.root(), root())) {
      throw new AssertionError("the checkpoint of " + size + " is not of the entries before it");
    }
    String seen = published.get(size);
    if (seen != null && !seen.equals(document.getString("rootHash"))) {
      throw new AssertionError("another root of " + size + " was published");
    }
  }

  private void checkEntries(long first, List<byte[]> entries) throws Exception {
    byte[] bundle = null;
    for (int i = 0; i < entries.size(); i++) {
      long index = first + i;
      if (bundle == null || index % 256 == 0) {
        bundle = await(store.entries(index / 256)).orElseThrow();
      }
      int at = (int) (index % 256) * 34 + 2;
      if (bundle.length < at + 32 || !Arrays.equals(bundle, at, at + 32, entries.get(i), 0, 32)) {
        throw new AssertionError("entry " + index + " is not its batch's");
      }
    }
  }

  /** What was acknowledged is in the log, where it was said to be. */
  private void checkPlaces() throws Exception {
    for (String name : NAMES) {
      Map<Long, Long> done = new TreeMap<>(acknowledged.get(name));
      List<Long> all = new ArrayList<>(done.keySet());
      for (Long k : all.subList(Math.max(0, all.size() - 200), all.size())) {
        String id = LogDrillChild.id(name, k);
        LoggedBatch batch = await(store.batches(List.of(id))).get(id);
        if (batch == null || batch.leafStart() != done.get(k)) {
          throw new AssertionError(id + " was acknowledged and is lost");
        }
      }
    }
  }

  private void checkAnchors() throws Exception {
    long count = contract.count().orElse(0);
    for (; anchors < count; anchors++) {
      ChainReader.Anchor anchor = contract.anchorAt(anchors);
      LogCheckpoint checkpoint =
          await(store.checkpoint(anchor.treeSize()))
              .orElseThrow(
                  () -> new AssertionError("an anchor of no checkpoint: " + anchor.treeSize()));
      if (!Arrays.equals(anchor.root(), checkpoint.root())) {
        throw new AssertionError("the anchor of " + anchor.treeSize() + " has another root");
      }
    }
  }

  /** As a monitor would: from each of the checkpoints that were seen to the last one. */
  private void checkConsistencyProofs() throws Exception {
    LogReader reader = new LogReader(store);
    LogCheckpoint last = await(store.newestCheckpoint()).orElseThrow();
    List<Long> sizes = new ArrayList<>(new TreeMap<>(published).keySet());
    for (Long old : sizes) {
      if (old > 0
          && !MerkleTree.verifyConsistency(
              old,
              java.util.HexFormat.of().parseHex(published.get(old)),
              last.treeSize(),
              last.root(),
              await(reader.consistencyProof(old, last.treeSize())))) {
        throw new AssertionError("the checkpoint of " + old + " is not consistent with the last");
      }
    }
  }

  private void add(byte[] leaf) {
    byte[] hash = leaf;
    for (long rest = size; (rest & 1) == 1; rest >>= 1) {
      hash = MerkleTree.nodeHash(peaks.remove(peaks.size() - 1), hash);
    }
    peaks.add(hash);
    size++;
  }

  private byte[] root() {
    byte[] root = peaks.get(peaks.size() - 1);
    for (int i = peaks.size() - 2; i >= 0; i--) {
      root = MerkleTree.nodeHash(peaks.get(i), root);
    }
    return root;
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within a minute: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
