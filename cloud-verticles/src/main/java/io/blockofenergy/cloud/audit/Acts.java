package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.cloud.audit.Documents.Kept;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The recorded acts (a key pinned, an erasure …) against their entries in the log. Blocks; belongs
 * to one thread.
 */
final class Acts {
  private static final String ACTS = "acts";
  private static final int PAGE = 256;
  private static final int MAX_CACHED = 10_000;
  private static final int MAX_NAMED = 200_000;
  private static final Duration CLOCKS_DIFFER_BY = Duration.ofMinutes(10);

  private final AuditRun run;
  private final Documents documents;
  private final LogPages log;
  private final Findings findings;
  private final AuditConfig config;
  private final Clock clock;
  private final Map<String, Optional<JsonObject>> known = new HashMap<>();
  private final Map<String, TreeSet<String>> namedBy = new HashMap<>();
  private int named;
  private Map<String, List<String>> pinned;

  Acts(
      AuditRun run,
      Documents documents,
      LogPages log,
      Findings findings,
      AuditConfig config,
      Clock clock) {
    this.run = run;
    this.documents = documents;
    this.log = log;
    this.findings = findings;
    this.config = config;
    this.clock = clock;
  }

  /**
   * Whether an erasure that the log has, or is about to have, is one of this reading. Which
   * readings one is of that names them by a hash shows only when all are known, at the end of
   * {@link #walk}.
   */
  boolean covers(StoredReading.Tombstone erased, String reading) {
    Optional<JsonObject> act =
        act(erased.act()).filter(said -> "erasure".equals(said.getValue("kind")));
    if (act.isEmpty()) {
      return false;
    }
    if (act.get().getValue("idsSha256") instanceof String) {
      if (named < MAX_NAMED
          && namedBy.computeIfAbsent(erased.act(), id -> new TreeSet<>()).add(reading)) {
        named++;
      }
      return true;
    }
    return act.get().getValue("from") instanceof String from
        && act.get().getValue("to") instanceof String to
        && erased.measuredAt() instanceof String at
        && from.compareTo(at) <= 0
        && at.compareTo(to) < 0
        && act.get().getValue("device") instanceof String device
        && device.equals(erased.device());
  }

  /**
   * Compares the readings that were said to be erased with those that the acts name.
   *
   * @param all whether the walk has come by all readings
   */
  void compareNamed(boolean all) {
    namedBy.forEach(
        (id, readings) -> {
          Object count = act(id).map(act -> act.getValue("count")).orElse(null);
          Object hash = act(id).map(act -> act.getValue("idsSha256")).orElse(null);
          long most = Documents.isWhole(count) ? ((Number) count).longValue() : 0;
          StringBuilder lines = new StringBuilder();
          readings.forEach(reading -> lines.append(reading).append('\n'));
          boolean same = Sha256.hex(lines.toString().getBytes(StandardCharsets.UTF_8)).equals(hash);
          // Fewer may be right: the act may name some that were never stored.
          if (readings.size() > most || (all && readings.size() == most && !same)) {
            findings.add(
                FindingType.DELETED,
                id,
                -1,
                readings.size()
                    + " readings are said to be erased by this act, and they are not the "
                    + most
                    + " that it names");
          }
        });
  }

  /**
   * Whether an erasure that concerns a device's day is under way, or has been since the audit
   * began: its rollups are made anew.
   */
  boolean isErasing(String device, String day) {
    JsonObject erasures = new JsonObject().put("kind", "erasure");
    String began = Reading.format(run.startedAt);
    String limit = Reading.format(clock.instant().minus(config.missing()));
    String soon = Reading.format(clock.instant().plus(CLOCKS_DIFFER_BY));
    for (Optional<JsonObject> document :
        await(documents.page(ACTS, erasures, new JsonObject().put("_id", -1), 0, PAGE))) {
      Object work = Documents.member(document, "erasure");
      boolean active =
          work instanceof JsonObject progress
              && (!(progress.getValue("completedAt") instanceof String completed)
                  || completed.compareTo(began) >= 0);
      Optional<JsonObject> act = text(document).flatMap(Acts::parse);
      if (active
          && act.isPresent()
          && act.get().getValue("at") instanceof String at
          && at.compareTo(limit) > 0
          && at.compareTo(soon) < 0
          && concerns(act.get(), device, day)) {
        return true;
      }
    }
    return false;
  }

  private static boolean concerns(JsonObject act, String device, String day) {
    if (act.getValue("idsSha256") instanceof String) {
      return true;
    }
    return device.equals(act.getValue("device"))
        && act.getValue("from") instanceof String from
        && act.getValue("to") instanceof String to
        && from.compareTo(day + '~') < 0
        && to.compareTo(day) > 0;
  }

  /** What an act says, if it is one that the log has or is about to have. */
  Optional<JsonObject> act(String id) {
    Optional<JsonObject> act = known.get(id);
    if (act == null) {
      act = find(sortable(id));
      if (known.size() >= MAX_CACHED) {
        known.clear();
      }
      known.put(id, act);
    }
    return act;
  }

  private static String sortable(String id) {
    int dot = id.lastIndexOf('.');
    String digits = id.substring(dot + 1);
    return digits.length() >= 16
        ? id
        : id.substring(0, dot + 1) + "0".repeat(16 - digits.length()) + digits;
  }

  private Optional<JsonObject> find(String key) {
    Optional<JsonObject> document = await(documents.byId(ACTS, List.of(key))).get(key);
    Optional<String> text = text(document);
    Optional<JsonObject> act = text.flatMap(Acts::parse);
    if (act.isEmpty()) {
      return act;
    }
    Optional<Logged> logged =
        Optional.ofNullable(await(documents.byId("log_batches", List.of(key))).get(key))
            .flatMap(Logged::of);
    // One that is not logged in time is a finding of its own; beyond the audited size the walk has
    // not looked, so the next audit compares it.
    boolean asLogged =
        logged.isEmpty()
            || logged.get().leafStart() >= run.treeSize
            || Arrays.equals(leafHash(text.get()), log.leafHash(logged.get().leafStart()));
    return asLogged ? act : Optional.empty();
  }

  /** The keys that acts record for a bridge, base64. */
  List<String> keysOf(String bridge) {
    if (pinned == null) {
      pinned = new HashMap<>();
      readPins();
    }
    return pinned.getOrDefault(bridge, List.of());
  }

  private void readPins() {
    String after = "";
    for (boolean more = true; more; ) {
      JsonObject pins =
          new JsonObject().put("kind", "key-pinned").put("_id", new JsonObject().put("$gt", after));
      List<Optional<JsonObject>> page =
          await(documents.page(ACTS, pins, new JsonObject().put("_id", 1), 0, PAGE));
      for (Optional<JsonObject> document : page) {
        if (!(Documents.member(document, "_id") instanceof String key)) {
          continue;
        }
        after = key;
        act(key)
            .filter(act -> "key-pinned".equals(act.getValue("kind")))
            .filter(act -> act.getValue("bridge") instanceof String)
            .filter(act -> act.getValue("publicKey") instanceof String)
            .ifPresent(
                act ->
                    pinned
                        .computeIfAbsent(act.getString("bridge"), bridge -> new ArrayList<>())
                        .add(act.getString("publicKey")));
      }
      more = page.size() == PAGE;
    }
  }

  private static Optional<String> text(Optional<JsonObject> document) {
    return Optional.ofNullable(
        Documents.member(document, "act") instanceof String text ? text : null);
  }

  private static Optional<JsonObject> parse(String text) {
    try {
      return Optional.of(new JsonObject(text));
    } catch (DecodeException e) {
      return Optional.empty();
    }
  }

  private static byte[] leafHash(String act) {
    return MerkleTree.leafHash(Sha256.hash(act.getBytes(StandardCharsets.UTF_8)));
  }

  /** An act of the future is due: else whoever wrote it could put it off for ever. */
  private boolean isDue(JsonObject act) {
    return !(act.getValue("at") instanceof String at)
        || at.compareTo(Reading.format(clock.instant().minus(config.grace()))) < 0
        || at.compareTo(Reading.format(clock.instant().plus(CLOCKS_DIFFER_BY))) > 0;
  }

  /** Compares the entries that are acts. */
  void compare(List<Logged> entries) {
    for (int from = 0; from < entries.size(); from += PAGE) {
      List<Logged> some = entries.subList(from, Math.min(entries.size(), from + PAGE));
      Map<Object, Optional<JsonObject>> stored =
          await(documents.byId(ACTS, some.stream().map(Logged::id).toList()));
      for (Logged entry : some) {
        Optional<JsonObject> document = stored.get(entry.id());
        if (document == null) {
          findings.add(
              FindingType.DELETED, entry.publicId(), entry.leafStart(), "the act is not there");
        } else if (!text(document)
            .filter(text -> Arrays.equals(leafHash(text), log.leafHash(entry.leafStart())))
            .isPresent()) {
          findings.add(
              FindingType.ALTERED,
              entry.publicId(),
              entry.leafStart(),
              "the act is not the one that the log has");
        }
      }
    }
  }

  /** Looks at all recorded acts: each must be logged in time. */
  void walk() {
    Cursor acts = new Cursor(documents, ACTS, "", PAGE);
    List<Kept> page = new ArrayList<>();
    for (Kept kept = acts.next(); kept != null; kept = acts.next()) {
      page.add(kept);
      if (page.size() == PAGE) {
        compareLogged(page);
        page.clear();
      }
    }
    compareLogged(page);
  }

  private void compareLogged(List<Kept> recorded) {
    Map<Object, Optional<JsonObject>> logged =
        await(documents.byId("log_batches", recorded.stream().map(Kept::id).toList()));
    for (Kept kept : recorded) {
      Optional<JsonObject> act = text(kept.document()).flatMap(Acts::parse);
      if (Optional.ofNullable(logged.get(kept.id())).flatMap(Logged::of).isEmpty()
          && act.map(this::isDue).orElse(true)) {
        findings.add(FindingType.UNLOGGED, kept.id(), -1, "the act is in no checkpoint");
      }
    }
  }
}
