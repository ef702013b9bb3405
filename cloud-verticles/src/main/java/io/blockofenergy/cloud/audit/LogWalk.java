package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * The log against itself and the chain: page by page of entries it lets a tree of its own grow, and
 * compares that with the tiles, with the contract at each anchored size and with the signed
 * checkpoints. Its memory does not grow with the log. Blocks; belongs to one thread.
 */
final class LogWalk {
  private static final int WIDTH = LogPages.WIDTH;
  private static final int MAX_FALSE_CHECKPOINTS = 1000;
  private static final long MAX_DISPUTES = 1 << 16;

  private final AuditRun run;
  private final Documents documents;
  private final LogPages pages;
  private final ChainReader chain;
  private final VerifierKey key;
  private final AuditState state;
  private final Findings findings;
  private long anchors;
  private final int pageBundles;
  private final Marks marks = new Marks();

  private ChainReader.Anchor head;
  private CompactRange tree;
  private boolean broken;
  // The tree that the tiles give, from the first entry on that is not the one of its tile.
  private CompactRange tiled;
  private boolean tiledBroken;
  private boolean disputed;
  private boolean falseCheckpoints;
  private boolean anchorReported;
  private long anchorIndex;
  private ChainReader.Anchor anchor;

  /**
   * @param anchors how many the chain has; it is asked before the log is read, for what the chain
   *     holds the log must hold too
   * @param together how many entries a step compares, about
   */
  LogWalk(
      AuditRun run,
      Documents documents,
      LogPages pages,
      ChainReader chain,
      VerifierKey key,
      AuditState state,
      Findings findings,
      long anchors,
      int together) {
    this.run = run;
    this.documents = documents;
    this.pages = pages;
    this.chain = chain;
    this.key = key;
    this.state = state;
    this.findings = findings;
    this.anchors = anchors;
    this.pageBundles = Math.max(1, together / WIDTH);
  }

  /** The anchored sizes that were passed. */
  Marks marks() {
    return marks;
  }

  /** Looks for the newest checkpoint; false when there is nothing that could be walked. */
  boolean begin() {
    comparePinnedContract();
    head = head();
    if (head == null) {
      if (anchors > 0) {
        rewritten(0, "the chain has " + anchors + " anchors but the log no checkpoint");
      }
      return false;
    }
    run.treeSize = head.treeSize();
    if (head.treeSize() < run.mark.size()) {
      rewritten(
          head.treeSize(),
          "the log has shrunk from " + run.mark.size() + " to " + head.treeSize() + " entries");
      return false;
    }
    tree = new CompactRange(run.mark.size(), run.mark.peaks());
    anchorIndex = run.mark.anchors();
    nextAnchor();
    return true;
  }

  /** Goes on from where an interrupted walk stood. */
  void resume(JsonObject from) {
    head =
        new ChainReader.Anchor(
            from.getLong("size"), HexFormat.of().parseHex(from.getString("root")));
    run.treeSize = head.treeSize();
    tree = range(from.getJsonObject("tree"));
    tiled = from.getJsonObject("tiled") == null ? null : range(from.getJsonObject("tiled"));
    broken = from.getBoolean("broken");
    tiledBroken = from.getBoolean("tiledBroken");
    disputed = from.getBoolean("disputed");
    anchorReported = from.getBoolean("anchorReported");
    anchorIndex = from.getLong("anchors");
    // Those that have come since are of a larger log than the one that is walked.
    anchors = from.getLong("anchorsThere");
    next = from.getLong("next");
    nextAnchor();
  }

  /** What {@link #resume} needs. */
  JsonObject position() {
    return new JsonObject()
        .put("size", head.treeSize())
        .put("root", hex(head.root()))
        .put("tree", json(tree))
        .put("tiled", tiled == null ? null : json(tiled))
        .put("broken", broken)
        .put("tiledBroken", tiledBroken)
        .put("disputed", disputed)
        .put("anchorReported", anchorReported)
        .put("anchors", anchorIndex)
        .put("anchorsThere", anchors)
        .put("next", next);
  }

  private static CompactRange range(JsonObject json) {
    List<byte[]> peaks = new ArrayList<>();
    json.getJsonArray("peaks").forEach(peak -> peaks.add(HexFormat.of().parseHex((String) peak)));
    return new CompactRange(json.getLong("size"), peaks);
  }

  private static JsonObject json(CompactRange range) {
    JsonArray peaks = new JsonArray();
    range.peaks().forEach(peak -> peaks.add(hex(peak)));
    return new JsonObject().put("size", range.size()).put("peaks", peaks);
  }

  /** How many entries the log has signed by now. */
  long newestSize() {
    Checkpoint newest = newestCheckpoint();
    return newest == null ? 0 : Math.max(newest.size(), head.treeSize());
  }

  /** Compares the next entries; false when there are no more, and all is judged. */
  boolean step() {
    long size = head.treeSize();
    long at = walked();
    if (at < size) {
      page(at / WIDTH, size);
    }
    if (walked() < size) {
      return true;
    }
    boolean entriesHold = !broken && Arrays.equals(tree.root(), head.root());
    if (!broken && !entriesHold) {
      rewritten(size, "the entries do not give the root of the newest checkpoint");
    }
    if (disputed && !entriesHold) {
      boolean tilesHold = tiled != null && !tiledBroken && Arrays.equals(tiled.root(), head.root());
      settleDisputes(tilesHold);
    }
    return false;
  }

  private long next;

  private long walked() {
    return Math.max(next, tree.size());
  }

  /** Which of an entry and its tile is the rewritten one, the signed root shows, or level 1. */
  private void settleDisputes(boolean tilesHold) {
    for (Long bundle : List.copyOf(state.disputes().keySet())) {
      state.disputes().put(bundle, tilesHold || pages.tileFitsLevelOne(bundle));
    }
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
    ChainReader.Anchor newest =
        signed == null ? null : new ChainReader.Anchor(signed.size(), signed.root());
    if (falseCheckpoints && anchors > 0) {
      ChainReader.Anchor last = chain.anchorAt(anchors - 1);
      return newest == null || last.treeSize() > newest.treeSize() ? last : newest;
    }
    return newest;
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
    if (stored == null || !Documents.isWhole(stored.getValue("_id"))) {
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

  private void nextAnchor() {
    anchor = anchorIndex < anchors ? chain.anchorAt(anchorIndex) : null;
    if (anchor != null && anchor.treeSize() > head.treeSize()) {
      rewritten(
          anchor.treeSize(),
          "the chain has an anchor of "
              + anchor.treeSize()
              + " entries, the log only "
              + head.treeSize());
      anchor = null;
    } else if (anchor != null && anchor.treeSize() <= tree.size()) {
      rewritten(anchor.treeSize(), "the anchors on the chain do not grow");
      anchor = null;
    }
  }

  private void compareAnchor() {
    // The first that differs says it: the ones after it, which include the same entries, must too.
    if (!anchorReported && !Arrays.equals(anchor.root(), tree.root())) {
      anchorReported = true;
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
    } else if (anchor.treeSize() != head.treeSize()) {
      Checkpoint checkpoint = signed(stored.orElse(null), anchor.treeSize());
      if (checkpoint != null && !Arrays.equals(checkpoint.root(), anchor.root())) {
        rewritten(
            anchor.treeSize(), "the log has signed another root than the chain has been given");
      }
    }
    anchorIndex++;
  }

  private void page(long firstBundle, long size) {
    long lastBundle = Math.min(firstBundle + pageBundles, (size + WIDTH - 1) / WIDTH) - 1;
    List<Long> numbers = LongStream.rangeClosed(firstBundle, lastBundle).boxed().toList();
    Map<Long, byte[]> bundles = pages.bundles(numbers);
    Map<Long, byte[]> tiles = pages.tiles(numbers);
    Map<String, byte[]> upper = new HashMap<>();
    long from = walked();
    for (long n = firstBundle; n <= lastBundle; n++) {
      long end = Math.min((n + 1) * WIDTH, size);
      boolean reported = false;
      byte[] bundle = bundles.get(n);
      byte[] tile = tiles.get(n);
      for (long index = Math.max(n * WIDTH, from); index < end; index++) {
        int i = (int) (index - n * WIDTH);
        byte[] entry = LogPages.entry(bundle, i);
        byte[] tileHash = LogPages.hash(tile, i);
        byte[] leafHash = entry == null ? null : MerkleTree.leafHash(entry);
        if (!Arrays.equals(leafHash, tileHash)) {
          dispute(n);
          if (!reported) {
            rewritten(
                index,
                entry == null
                    ? "entries " + index + " to " + (end - 1) + " of the log are missing"
                    : "entry " + index + " of the log is not the one of its tile");
            reported = true;
          }
        } else if (entry == null && !reported) {
          rewritten(index, "entries " + index + " to " + (end - 1) + " of the log are missing");
          reported = true;
        }
        growTiled(leafHash, tileHash);
        broken |= entry == null;
        if (!broken) {
          grow(leafHash, upper);
        }
        next = index + 1;
      }
    }
    compareTiles(upper);
  }

  private void dispute(long bundle) {
    disputed = true;
    if (state.disputes().size() < MAX_DISPUTES) {
      state.disputes().putIfAbsent(bundle, false);
    }
  }

  private void grow(byte[] leafHash, Map<String, byte[]> upper) {
    tree.append(
        leafHash,
        (height, index, hash) -> {
          if (height > 0 && height % 8 == 0) {
            upper.put(height / 8 + "/" + index, hash);
          }
        });
    if (anchor != null && tree.size() == anchor.treeSize()) {
      compareAnchor();
      marks.passed(new AuditRun.Mark(tree.size(), tree.peaks(), anchorIndex));
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
    Map<Object, byte[]> tiles =
        pages.data("log_tiles", tileOf.values().stream().distinct().toList());
    subtrees.forEach(
        (name, hash) -> {
          long index = Long.parseLong(name.split("/")[1]);
          byte[] stored = LogPages.hash(tiles.get(tileOf.get(name)), (int) (index % WIDTH));
          if (!Arrays.equals(hash, stored)) {
            rewritten(
                index, "hash " + index % WIDTH + " of tile " + tileOf.get(name) + " is not right");
          }
        });
  }

  private void rewritten(long leafIndex, String detail) {
    findings.log(leafIndex, detail);
  }

  private static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }
}
