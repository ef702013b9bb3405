package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.cloud.audit.Documents.Kept;
import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * All stored readings beside all logged batches, both in the order of their keys, so that each
 * reading is read once. A reading that no logged batch has is a finding when no batch that was
 * taken has it either. Blocks; belongs to one thread.
 */
final class ReadingWalk {
  private static final int READINGS = 250;
  private static final int BATCHES = 256;
  private static final int OVERHEAD = 2048;
  private static final int ODD_KEYS = 1000;
  private static final int MAX_BEYOND = 10_000;
  private static final long STEP_BYTES = 32 << 20;

  /** More entries than a round of the ledger has. */
  private static final long MAX_ROUND = 1 << 17;

  private final AuditRun run;
  private final Documents documents;
  private final LogPages log;
  private final Findings findings;
  private final ReadingCheck check;
  private final Acts acts;
  private final int together;
  private final LongSupplier newestSize;
  private final Cursor readings;
  private final Cursor batches;
  private final List<Logged> beyond = new ArrayList<>();
  private String position;
  private String covered = "";
  private long bytes;

  /**
   * @param after the key up to which an interrupted walk had come, or ""
   * @param together how many entries a step compares, about
   * @param newestSize asks how many entries the log has signed by now
   */
  ReadingWalk(
      AuditRun run,
      Documents documents,
      LogPages log,
      Findings findings,
      ReadingCheck check,
      Acts acts,
      String after,
      int together,
      LongSupplier newestSize) {
    this.run = run;
    this.documents = documents;
    this.log = log;
    this.findings = findings;
    this.check = check;
    this.acts = acts;
    this.position = after;
    this.together = together;
    this.newestSize = newestSize;
    this.readings = new Cursor(documents, "readings", after, READINGS);
    this.batches = new Cursor(documents, "log_batches", after, BATCHES);
  }

  /** Up to which key everything has been compared. */
  String position() {
    return position;
  }

  /** Compares some more; false at the end. */
  boolean step() {
    List<Logged> logged = new ArrayList<>();
    List<Map<String, Optional<JsonObject>>> found = new ArrayList<>();
    Set<Long> bundles = new LinkedHashSet<>();
    List<Kept> strays = new ArrayList<>();
    long entries = 0;
    boolean more = true;
    bytes = 0;
    while (more && entries < together && bytes < STEP_BYTES) {
      Kept batch = batches.next();
      more = batch != null;
      if (batch == null) {
        takeStrays(null, strays);
        break;
      }
      takeStrays(batch.id(), strays);
      Optional<Logged> record = Logged.of(batch.document());
      if (record.isEmpty()) {
        findings.log(-1, "the record of batch " + batch.id() + " is not of the form of one");
        continue;
      }
      Map<String, Optional<JsonObject>> mine = take(record.get());
      if (record.get().leafEnd() > run.treeSize) {
        // Logged since: the next audit's. Unless it is of an entry that the log may never have.
        if (beyond.size() < MAX_BEYOND) {
          beyond.add(record.get());
        }
        continue;
      }
      entries += record.get().count();
      logged.add(record.get());
      found.add(mine);
      record.get().bundles().forEach(bundles::add);
    }
    log.prepare(bundles);
    for (int i = 0; i < logged.size(); i++) {
      if (!logged.get(i).isAct()) {
        check.compare(logged.get(i), found.get(i));
      }
    }
    check.settleAbsent();
    acts.compare(logged.stream().filter(Logged::isAct).toList());
    judge(strays);
    if (!more) {
      judgeBeyond();
      oddKeys(1);
      oddKeys(-1);
    }
    return more;
  }

  /** The ledger records a round's batches before its checkpoint, but not more than one round's. */
  private void judgeBeyond() {
    if (beyond.isEmpty()) {
      return;
    }
    long believable = newestSize.getAsLong() + MAX_ROUND;
    for (Logged record : beyond) {
      if (record.leafEnd() > believable) {
        findings.log(
            record.leafStart(),
            "batch " + record.id() + " is recorded for entries that the log does not have");
      }
    }
  }

  private void takeStrays(String before, List<Kept> strays) {
    for (Kept next = readings.peek();
        next != null && (before == null || next.id().compareTo(before) < 0);
        next = readings.peek()) {
      strays.add(readings.next());
      position = next.id();
      if (strays.size() >= READINGS) {
        judge(strays);
        strays.clear();
      }
    }
  }

  private Map<String, Optional<JsonObject>> take(Logged batch) {
    String last = batch.key(batch.lastSeq());
    if (batch.id().compareTo(covered) <= 0) {
      findings.log(
          batch.leafStart(), "the record of batch " + batch.id() + " overlaps another one");
    }
    covered = last;
    Map<String, Optional<JsonObject>> mine = new HashMap<>(batch.count() * 2);
    for (Kept next = readings.peek();
        next != null && next.id().compareTo(last) <= 0;
        next = readings.peek()) {
      mine.put(next.id(), readings.next().document());
      Object payload = Documents.member(next.document(), "payload");
      bytes += OVERHEAD + (payload instanceof String text ? 2L * text.length() : 0);
    }
    position = last;
    return mine;
  }

  /** Readings that no logged batch has: perhaps not yet, or since the walk has passed. */
  private void judge(List<Kept> strays) {
    Map<String, Optional<JsonObject>> taken = new LinkedHashMap<>();
    for (Kept stray : strays) {
      Optional<ReadingId> id = ReadingId.parseSortable(stray.id());
      if (id.isEmpty()) {
        unlogged(stray.id(), "its key is not that of a reading");
      } else if (!covers("log_batches", id.get(), taken) && !covers("batches", id.get(), taken)) {
        unlogged(id.get().toString(), "no batch that was taken has it");
      }
    }
  }

  /** Whether the batch before or at this reading has it. */
  private boolean covers(
      String collection, ReadingId id, Map<String, Optional<JsonObject>> lastOfCollection) {
    Optional<JsonObject> last = lastOfCollection.get(collection);
    if (last != null && has(collection, last, id)) {
      return true;
    }
    String journal = id.bridge() + '.' + id.journal() + '.';
    List<Optional<JsonObject>> found =
        await(documents.lastUpTo(collection, journal, id.sortable()));
    if (found.isEmpty()) {
      return false;
    }
    lastOfCollection.put(collection, found.get(0));
    return has(collection, found.get(0), id);
  }

  private static boolean has(String collection, Optional<JsonObject> batch, ReadingId id) {
    // What cannot be read is a finding of its own; ingestion's may have it, the log's has not.
    if (collection.equals("log_batches") && Logged.of(batch).isEmpty()) {
      return false;
    }
    if (batch.isEmpty() || !Documents.isWhole(Documents.member(batch, "count"))) {
      return true;
    }
    Optional<ReadingId> first =
        ReadingId.parseSortable(String.valueOf(Documents.member(batch, "_id")));
    return first.isPresent()
        && first.get().bridge().equals(id.bridge())
        && first.get().journal().equals(id.journal())
        && first.get().seq() <= id.seq()
        && id.seq() < first.get().seq() + ((Number) Documents.member(batch, "count")).longValue();
  }

  private void unlogged(String subject, String detail) {
    findings.add(FindingType.UNLOGGED, subject, -1, detail);
  }

  /** Documents whose key is no text stand before or after all others. */
  private void oddKeys(int direction) {
    for (int skip = 0; skip < ODD_KEYS; skip++) {
      List<Optional<JsonObject>> found =
          await(
              documents.page(
                  "readings", new JsonObject(), new JsonObject().put("_id", direction), skip, 1));
      Object key = found.isEmpty() ? "" : Documents.member(found.get(0), "_id");
      if (key instanceof String || key == null) {
        return;
      }
      unlogged(key.toString(), "its key is not that of a reading");
    }
  }
}
