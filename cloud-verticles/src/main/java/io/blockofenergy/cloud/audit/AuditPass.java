package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.cloud.audit.StoredReadings.Stored;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * One walk along the log. Page by page of entries it lets a tree of its own grow, compares that
 * with the tiles, with the contract at each anchored size and with the signed checkpoints, and the
 * entries with the stored readings. Memory does not grow with the log. Blocks.
 */
final class AuditPass {
  private static final byte[] NO_DATA = {};
  private static final int HASH = 32;
  private static final int ENTRY = 2 + HASH;
  private static final int WIDTH = 256;
  private static final int PAGE_BUNDLES = 16;
  private static final int READINGS = 256;
  private static final int IN_FLIGHT = 4;
  private static final int BATCHES = 256;
  private static final int MAX_PENDING = 4096;
  private static final Duration CLOCKS_DIFFER_BY = Duration.ofSeconds(10);
  private static final int MAX_DISPUTED = 1 << 16;
  private static final int MAX_FALSE_CHECKPOINTS = 1000;

  /** A leaf whose reading is to be compared; entry and tile hash are null where missing. */
  private record Leaf(long index, String reading, String batch, byte[] entry, byte[] tileHash) {}

  /** A reading whose leaf the entry and the tile do not agree about. */
  private record Disputed(Leaf leaf, byte[] readingHash) {}

  private record Logged(String id, long leafStart, int count) {
    long end() {
      return leafStart + count;
    }
  }

  private final Audit audit;
  private final AuditRun run;
  private final MongoClient mongo;
  private final ChainReader chain;
  private final VerifierKey key;
  private final AuditConfig config;
  private final Clock clock;
  private final Documents documents;
  private final StoredReadings readings;

  private CompactRange tree;
  private boolean broken;
  private boolean falseCheckpoints;
  // The tree that the tiles give, from the first entry on that is not the one of its tile.
  private CompactRange tiled;
  private boolean tiledBroken;
  private final List<Disputed> disputed = new ArrayList<>();
  private long anchors;
  private long anchorIndex;
  private ChainReader.Anchor anchor;
  private final Deque<Logged> batches = new ArrayDeque<>();
  private Logged batch;
  private long batchesFrom;
  private boolean batchesEnded;
  private final List<Leaf> pending = new ArrayList<>();
  private long firstPending = Long.MAX_VALUE;
  private Instant saved;

  AuditPass(
      Audit audit,
      AuditRun run,
      MongoClient mongo,
      ChainReader chain,
      VerifierKey key,
      AuditConfig config,
      Clock clock) {
    this.audit = audit;
    this.run = run;
    this.mongo = mongo;
    this.chain = chain;
    this.key = key;
    this.config = config;
    this.clock = clock;
    this.documents = new Documents(mongo);
    this.readings = new StoredReadings(documents);
  }

  void perform() {
    saved = clock.instant();
    run.mark = run.kind == AuditKind.CONTINUOUS ? audit.lastMark() : AuditRun.Mark.START;
    // The chain is asked first: what it holds now, the log must hold when it is read afterwards.
    anchors = anchors();
    long known = audit.knownAnchors();
    if (anchors < known) {
      throw new UnavailableException(
          "the chain has "
              + anchors
              + " anchors and had "
              + known
              + ": it has lost some, and they are not yet sent again");
    }
    audit.anchorsSeen(anchors, anchors == 0 ? 0 : chain.anchorAt(anchors - 1).treeSize());
    comparePinnedContract();
    ChainReader.Anchor head = head();
    if (head == null) {
      if (anchors > 0) {
        rewritten(0, "the chain has " + anchors + " anchors but the log no checkpoint");
      }
      return;
    }
    long size = head.treeSize();
    run.treeSize = size;
    if (size < run.mark.size()) {
      rewritten(size, "the log has shrunk from " + run.mark.size() + " to " + size + " entries");
      return;
    }
    run.total = size - run.mark.size();
    tree = new CompactRange(run.mark.size(), run.mark.peaks());
    batchesFrom = tree.size();
    anchorIndex = run.mark.anchors();
    nextAnchor();
    for (long bundle = tree.size() / WIDTH; bundle * WIDTH < size; bundle += PAGE_BUNDLES) {
      page(bundle, size);
    }
    if (!broken && !Arrays.equals(tree.root(), head.root())) {
      rewritten(size, "the entries do not give the root of the newest checkpoint");
    }
    recheckPending();
    settleDisputed(tiled != null && Arrays.equals(tiled.root(), head.root()));
  }

  private long anchors() {
    OptionalLong there = chain.count();
    if (there.isEmpty()
        && await(documents.exists("anchors", new JsonObject().put("state", "anchored"), 0))) {
      throw new UnavailableException(
          "something was anchored, but there is no contract at "
              + chain.contract()
              + ": the chain is not there, or it has been replaced");
    }
    return there.orElse(0);
  }

  /** The ledger anchors where its store says; that must be where the audit looks. */
  private void comparePinnedContract() {
    Optional<JsonObject> pinned =
        await(documents.byId("log_state", List.of("contract"))).get("contract");
    if (pinned == null) {
      return;
    }
    Object address =
        pinned.isEmpty() ? "what cannot be read" : pinned.get().getValue("address", "");
    // Empty while the ledger has only recorded that it is about to make one.
    if (!address.equals("") && !chain.contract().equalsIgnoreCase(String.valueOf(address))) {
      rewritten(
          0, "the log's contract is recorded as " + address + " and should be " + chain.contract());
    }
  }

  /**
   * Up to where the log is compared: the newest checkpoint that is properly signed. Those above it
   * are findings, and must not hide what the chain can still prove.
   */
  private ChainReader.Anchor head() {
    Checkpoint signed = newestCheckpoint();
    ChainReader.Anchor head =
        signed == null ? null : new ChainReader.Anchor(signed.size(), signed.root());
    if (falseCheckpoints && anchors > 0) {
      ChainReader.Anchor last = chain.anchorAt(anchors - 1);
      return head == null || last.treeSize() > head.treeSize() ? last : head;
    }
    return head;
  }

  private Checkpoint newestCheckpoint() {
    JsonObject sized = new JsonObject().put("_id", new JsonObject().put("$gte", 0));
    JsonObject newestFirst = new JsonObject().put("_id", -1);
    for (int skip = 0; skip < MAX_FALSE_CHECKPOINTS; skip++) {
      List<Optional<JsonObject>> found =
          await(documents.page("log_checkpoints", sized, newestFirst, skip, 1));
      if (found.isEmpty()) {
        return null;
      }
      Checkpoint checkpoint = signed(found.get(0).orElse(null), 0);
      if (checkpoint != null) {
        return checkpoint;
      }
      falseCheckpoints = true;
    }
    return null;
  }

  /**
   * What the stored checkpoint says if it is properly signed and of its size, else null.
   *
   * @param stored null when it cannot be read
   * @param near the tree size to report if it has none itself
   */
  private Checkpoint signed(JsonObject stored, long near) {
    if (stored == null || !isWhole(stored.getValue("_id"))) {
      rewritten(near, "a stored checkpoint has values of a type that no checkpoint has");
      return null;
    }
    long size = stored.getLong("_id");
    if (!(stored.getValue("note") instanceof String note)) {
      rewritten(size, "the checkpoint of " + size + " entries has no note");
      return null;
    }
    try {
      Checkpoint checkpoint = Checkpoint.parse(SignedNote.verify(note, key));
      if (checkpoint.size() == size
          && checkpoint.origin().equals(key.name())
          && hex(checkpoint.root()).equals(stored.getValue("rootHash"))) {
        return checkpoint;
      }
      rewritten(size, "the checkpoint stored for " + size + " entries is another one");
    } catch (MalformedProofException e) {
      rewritten(size, "the checkpoint of " + size + " entries: " + e.getMessage());
    }
    return null;
  }

  private static boolean isWhole(Object value) {
    return value instanceof Long || value instanceof Integer;
  }

  private void nextAnchor() {
    anchor = anchorIndex < anchors ? chain.anchorAt(anchorIndex) : null;
    if (anchor != null && anchor.treeSize() > run.treeSize) {
      rewritten(
          anchor.treeSize(),
          "the chain has an anchor of "
              + anchor.treeSize()
              + " entries, the log only "
              + run.treeSize);
      anchor = null;
    } else if (anchor != null && anchor.treeSize() <= tree.size()) {
      rewritten(anchor.treeSize(), "the anchors on the chain do not grow");
      anchor = null;
    }
  }

  private void compareAnchor() {
    if (!Arrays.equals(anchor.root(), tree.root())) {
      rewritten(
          anchor.treeSize(),
          "the first "
              + anchor.treeSize()
              + " entries have root "
              + hex(tree.root())
              + ", the chain says "
              + hex(anchor.root()));
    }
    Optional<JsonObject> stored =
        await(documents.byId("log_checkpoints", List.of(anchor.treeSize()))).get(anchor.treeSize());
    if (stored == null) {
      rewritten(
          anchor.treeSize(), "the anchored checkpoint of " + anchor.treeSize() + " is missing");
    } else if (anchor.treeSize() != run.treeSize) {
      Checkpoint checkpoint = signed(stored.orElse(null), anchor.treeSize());
      if (checkpoint != null && !Arrays.equals(checkpoint.root(), anchor.root())) {
        rewritten(
            anchor.treeSize(), "the log has signed another root than the chain has been given");
      }
    }
    anchorIndex++;
  }

  private void page(long firstBundle, long size) {
    long lastBundle = Math.min(firstBundle + PAGE_BUNDLES, (size + WIDTH - 1) / WIDTH) - 1;
    List<Long> numbers = LongStream.rangeClosed(firstBundle, lastBundle).boxed().toList();
    Map<Object, byte[]> bundles = data("log_entries", numbers);
    Map<Object, byte[]> tiles = data("log_tiles", numbers.stream().map(n -> "0/" + n).toList());
    List<AuditRun.Mark> marks = new ArrayList<>();
    Map<String, byte[]> upper = new HashMap<>();
    List<Leaf> leaves = new ArrayList<>();
    for (long n = firstBundle; n <= lastBundle; n++) {
      long end = Math.min((n + 1) * WIDTH, size);
      boolean reported = false;
      byte[] bundle = bundles.get(n);
      byte[] tile = tiles.get("0/" + n);
      for (long index = Math.max(n * WIDTH, run.mark.size()); index < end; index++) {
        int i = (int) (index - n * WIDTH);
        byte[] entry = entry(bundle, i);
        byte[] tileHash = hash(tile, i);
        byte[] leafHash = entry == null ? null : MerkleTree.leafHash(entry);
        if (!reported && entry == null) {
          rewritten(index, "entries " + index + " to " + (end - 1) + " of the log are missing");
          reported = true;
        } else if (!reported && !Arrays.equals(leafHash, tileHash)) {
          rewritten(index, "entry " + index + " of the log is not the one of its tile");
          reported = true;
        }
        growTiled(leafHash, tileHash);
        if (entry == null) {
          broken = true;
        }
        if (!broken) {
          grow(leafHash, upper, marks);
        }
        leaf(index, entry, tileHash, leaves);
      }
    }
    compareTiles(upper);
    compareReadings(leaves);
    for (AuditRun.Mark mark : marks) {
      if (mark.size() <= firstPending) {
        run.mark = mark;
      }
    }
    if (saved.plusSeconds(1).isBefore(clock.instant())) {
      saved = clock.instant();
      audit.save(run);
    }
  }

  private void grow(byte[] leafHash, Map<String, byte[]> upper, List<AuditRun.Mark> marks) {
    tree.append(
        leafHash,
        (height, index, hash) -> {
          if (height > 0 && height % 8 == 0) {
            upper.put(height / 8 + "/" + index, hash);
          }
        });
    if (anchor != null && tree.size() == anchor.treeSize()) {
      compareAnchor();
      marks.add(new AuditRun.Mark(tree.size(), tree.peaks(), anchorIndex));
      nextAnchor();
    }
  }

  private void growTiled(byte[] leafHash, byte[] tileHash) {
    if (tiled == null && !tiledBroken && !Arrays.equals(leafHash, tileHash)) {
      tiled = new CompactRange(tree.size(), tree.peaks());
    }
    byte[] hash = tileHash == null ? leafHash : tileHash;
    if (tiled != null && hash == null) {
      tiled = null;
      tiledBroken = true;
    } else if (tiled != null) {
      tiled.append(hash, (height, index, subtree) -> {});
    }
  }

  /** The binary data of documents; what is not such counts as empty. */
  private Map<Object, byte[]> data(String collection, List<?> ids) {
    Map<Object, byte[]> data = new HashMap<>();
    await(documents.byId(collection, ids))
        .forEach((id, document) -> data.put(id, document.map(AuditPass::data).orElse(NO_DATA)));
    return data;
  }

  private static byte[] data(JsonObject document) {
    try {
      return document.getValue("data") instanceof JsonObject binary
              && binary.containsKey("$binary")
              && binary.getBinary("$binary") != null
          ? binary.getBinary("$binary")
          : NO_DATA;
    } catch (ClassCastException | IllegalArgumentException e) {
      return NO_DATA; // A document that only looks as the client shows binary data.
    }
  }

  private static byte[] entry(byte[] bundle, int i) {
    int at = i * ENTRY;
    boolean there =
        bundle != null && bundle.length >= at + ENTRY && bundle[at] == 0 && bundle[at + 1] == HASH;
    return there ? Arrays.copyOfRange(bundle, at + 2, at + ENTRY) : null;
  }

  private static byte[] hash(byte[] tile, int i) {
    return tile == null || tile.length < (i + 1) * HASH
        ? null
        : Arrays.copyOfRange(tile, i * HASH, (i + 1) * HASH);
  }

  /**
   * @param subtrees roots of perfect subtrees by {@code level/index}
   */
  private void compareTiles(Map<String, byte[]> subtrees) {
    if (subtrees.isEmpty()) {
      return;
    }
    Map<String, String> tileOf = new HashMap<>();
    for (String name : subtrees.keySet()) {
      String[] parts = name.split("/");
      tileOf.put(name, parts[0] + '/' + Long.parseLong(parts[1]) / WIDTH);
    }
    Map<Object, byte[]> tiles = data("log_tiles", tileOf.values().stream().distinct().toList());
    subtrees.forEach(
        (name, hash) -> {
          long index = Long.parseLong(name.split("/")[1]);
          if (!Arrays.equals(hash, hash(tiles.get(tileOf.get(name)), (int) (index % WIDTH)))) {
            rewritten(
                index, "hash " + index % WIDTH + " of tile " + tileOf.get(name) + " is not right");
          }
        });
  }

  /** Finds out whose reading a leaf is. */
  private void leaf(long index, byte[] entry, byte[] tileHash, List<Leaf> leaves) {
    while (!batchesEnded && (batch == null || batch.end() <= index)) {
      long expected = batch == null ? index : batch.end();
      batch = nextBatch();
      if (batch == null) {
        rewritten(index, "no batch is recorded for the entries from " + index + " on");
        batchesEnded = true;
      } else if (batch.leafStart() != expected) {
        rewritten(
            expected,
            "the recorded batches do not cover the log: at entry "
                + expected
                + " comes batch "
                + batch.id()
                + " of entry "
                + batch.leafStart());
      }
    }
    if (batchesEnded || index < batch.leafStart()) {
      return;
    }
    int dot = batch.id().lastIndexOf('.');
    long seq = Long.parseLong(batch.id().substring(dot + 1)) + index - batch.leafStart();
    leaves.add(
        new Leaf(index, batch.id().substring(0, dot + 1) + seq, batch.id(), entry, tileHash));
  }

  private Logged nextBatch() {
    for (boolean more = true; batches.isEmpty() && more; ) {
      long from = batchesFrom;
      JsonObject query =
          new JsonObject()
              .put("_id", new JsonObject().put("$gte", ""))
              .put("leafStart", new JsonObject().put("$gte", from));
      for (Optional<JsonObject> document :
          await(
              documents.page(
                  "log_batches", query, new JsonObject().put("leafStart", 1), 0, BATCHES))) {
        logged(document);
      }
      more = batchesFrom > from;
    }
    return batches.poll();
  }

  private void logged(Optional<JsonObject> document) {
    Object id = member(document, "_id");
    Object leafStart = member(document, "leafStart");
    Object count = member(document, "count");
    if (isWhole(leafStart)) {
      batchesFrom = Math.max(batchesFrom, ((Number) leafStart).longValue() + 1);
    }
    if (!(member(document, "appendedAt") instanceof String)) {
      rewritten(batchesFrom, "the record of batch " + id + " does not say when it was logged");
    }
    if (isWhole(leafStart)
        && count instanceof Integer entries
        && entries > 0
        && id instanceof String batchId
        && batchId.matches(".+\\.[0-9]{16}")) {
      batches.add(new Logged(batchId, ((Number) leafStart).longValue(), entries));
    } else {
      rewritten(batchesFrom, "the record of batch " + id + " is not of the form of one");
    }
  }

  private void compareReadings(List<Leaf> leaves) {
    List<List<Leaf>> groups = new ArrayList<>();
    for (int from = 0; from < leaves.size(); from += READINGS) {
      groups.add(leaves.subList(from, Math.min(leaves.size(), from + READINGS)));
    }
    for (int from = 0; from < groups.size(); from += IN_FLIGHT) {
      List<List<Leaf>> now = groups.subList(from, Math.min(groups.size(), from + IN_FLIGHT));
      List<Future<Map<String, Stored>>> answers = now.stream().map(this::find).toList();
      for (int i = 0; i < now.size(); i++) {
        compare(now.get(i), await(answers.get(i)));
      }
    }
  }

  private Future<Map<String, Stored>> find(List<Leaf> leaves) {
    return readings.find(leaves.stream().map(Leaf::reading).toList());
  }

  private void compare(List<Leaf> leaves, Map<String, Stored> stored) {
    List<Leaf> missing = new ArrayList<>();
    for (Leaf leaf : leaves) {
      Stored reading = stored.get(leaf.reading());
      if (reading == null) {
        missing.add(leaf);
      } else {
        compare(leaf, reading);
      }
    }
    audit.checked(run, leaves.size() - missing.size());
    if (!missing.isEmpty()) {
      judgeMissing(missing, true);
    }
  }

  private void compare(Leaf leaf, Stored reading) {
    if (reading.hash() == null) {
      altered(leaf, "the stored document is not a reading: " + reading.fault());
      return;
    }
    byte[] entryHash = leaf.entry() == null ? null : MerkleTree.leafHash(leaf.entry());
    if (!Arrays.equals(entryHash, leaf.tileHash()) && disputed.size() < MAX_DISPUTED) {
      disputed.add(new Disputed(leaf, reading.hash()));
    } else if (!Arrays.equals(reading.hash(), leaf.entry())) {
      alteredHash(leaf, reading.hash());
    }
  }

  /**
   * Which of an entry and its tile is the rewritten one shows at the end only, by the signed root.
   * Where the tiles do not give that either, the entries count.
   */
  private void settleDisputed(boolean tilesProved) {
    for (Disputed dispute : disputed) {
      Leaf leaf = dispute.leaf();
      boolean asLogged =
          tilesProved && leaf.tileHash() != null
              ? Arrays.equals(MerkleTree.leafHash(dispute.readingHash()), leaf.tileHash())
              : Arrays.equals(dispute.readingHash(), leaf.entry());
      if (!asLogged) {
        alteredHash(leaf, dispute.readingHash());
      }
    }
  }

  private void alteredHash(Leaf leaf, byte[] hash) {
    altered(
        leaf,
        "the stored reading has hash "
            + hex(hash)
            + ", the log says "
            + (leaf.entry() == null || Arrays.equals(hash, leaf.entry())
                ? "another"
                : hex(leaf.entry())));
  }

  private void altered(Leaf leaf, String detail) {
    audit.found(run, FindingType.ALTERED, leaf.reading(), leaf.index(), detail);
  }

  /**
   * A reading that is not there is a finding when storage has said that it stored it, or has had
   * the time to: when the store says so, or when its entry has been on the chain for the grace
   * time, whatever the store says. That is asked before looking again, so that one which storage
   * has just now put there is never called deleted.
   */
  private void judgeMissing(List<Leaf> missing, boolean mayWait) {
    List<String> ids = missing.stream().map(Leaf::batch).distinct().toList();
    String limit = Reading.format(clock.instant().minus(config.grace()));
    Map<Object, Optional<JsonObject>> logged = await(documents.byId("log_batches", ids));
    Map<Object, Optional<JsonObject>> ingested = await(documents.byId("batches", ids));
    Map<String, String> due = new HashMap<>();
    for (String id : ids) {
      Object appendedAt = member(logged.get(id), "appendedAt");
      Object storedAt = member(ingested.get(id), "storedAt");
      boolean late = !(appendedAt instanceof String at) || at.compareTo(limit) < 0;
      if (storedAt != null) {
        due.put(id, "it was stored at " + storedAt + " and is not there any more");
      } else if (late && (ingested.get(id) == null || storageIsPast(id, appendedAt, limit))) {
        due.put(id, "it was logged at " + appendedAt + " and is not stored");
      }
    }
    Map<String, Stored> again = await(find(missing));
    for (Leaf leaf : missing) {
      Stored reading = again.get(leaf.reading());
      if (reading != null) {
        compare(leaf, reading);
        audit.checked(run, 1);
      } else if (due.containsKey(leaf.batch()) || leaf.index() < audit.dueSize()) {
        String why =
            due.getOrDefault(
                leaf.batch(), "it has been on the chain for the grace time and is not stored");
        audit.found(run, FindingType.DELETED, leaf.reading(), leaf.index(), why);
        audit.checked(run, 1);
      } else if (!mayWait) {
        run.pending++;
      } else {
        firstPending = Math.min(firstPending, leaf.index());
        if (pending.size() < MAX_PENDING) {
          pending.add(leaf);
        }
      }
    }
  }

  /** A member of a document; null where there is none, or no document that can be read. */
  private static Object member(Optional<JsonObject> document, String name) {
    return document == null ? null : document.map(found -> found.getValue(name)).orElse(null);
  }

  /**
   * Whether storage has for some time been done with a batch of the same journal that came in when
   * this one had been logged. It takes them as they come, so before that it may simply be behind.
   * How they are numbered says nothing: a bridge sends what is new before what has waited.
   */
  private boolean storageIsPast(String batch, Object appendedAt, String limit) {
    String journal = batch.substring(0, batch.lastIndexOf('.'));
    JsonObject later =
        new JsonObject()
            .put("_id", new JsonObject().put("$gt", journal + '.').put("$lt", journal + '/'))
            .put("ingestedAt", new JsonObject().put("$gt", surelyAfter(appendedAt)))
            .put("storedAt", new JsonObject().put("$gt", "").put("$lt", limit));
    FindOptions one = new FindOptions().setFields(new JsonObject().put("_id", 1)).setLimit(1);
    return !await(mongo.findWithOptions("batches", later, one)).isEmpty();
  }

  /** The two times are of different processes, whose clocks may differ. */
  private static String surelyAfter(Object appendedAt) {
    try {
      return appendedAt instanceof String at
          ? Reading.format(Instant.parse(at).plus(CLOCKS_DIFFER_BY))
          : "";
    } catch (DateTimeParseException e) {
      return ""; // somebody has been at it: then the order says nothing in its favour
    }
  }

  /** What is still not there and not due is left to the next continuous run, by the mark. */
  private void recheckPending() {
    run.pending = 0;
    for (int from = 0; from < pending.size(); from += READINGS) {
      judgeMissing(pending.subList(from, Math.min(pending.size(), from + READINGS)), false);
    }
  }

  private void rewritten(long leafIndex, String detail) {
    audit.found(run, FindingType.LOG_REWRITTEN, "log", leafIndex, detail);
  }

  private static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }
}
