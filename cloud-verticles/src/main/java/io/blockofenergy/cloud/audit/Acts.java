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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The recorded acts (a key pinned, an erasure …) against their entries in the log. Blocks; belongs
 * to one thread.
 */
final class Acts {
  private static final String ACTS = "acts";
  private static final int PAGE = 256;
  private static final int MAX_CACHED = 10_000;

  private final AuditRun run;
  private final Documents documents;
  private final LogPages log;
  private final Findings findings;
  private final AuditConfig config;
  private final Clock clock;
  private final Map<String, Optional<JsonObject>> known = new HashMap<>();

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

  /** Whether this is an erasure that the log has, or is about to have. */
  boolean isErasure(String id) {
    return act(id).filter(act -> "erasure".equals(act.getValue("kind"))).isPresent();
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
    if (logged.isEmpty()) {
      return isDue(act.get()) ? Optional.empty() : act;
    }
    // Beyond the audited size the walk has not looked, so the next audit compares it.
    boolean asLogged =
        logged.get().leafStart() >= run.treeSize
            || Arrays.equals(leafHash(text.get()), log.leafHash(logged.get().leafStart()));
    return asLogged ? act : Optional.empty();
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

  private boolean isDue(JsonObject act) {
    return !(act.getValue("at") instanceof String at)
        || at.compareTo(Reading.format(clock.instant().minus(config.grace()))) < 0;
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
    for (Kept kept = acts.next(); kept != null; kept = acts.next()) {
      boolean logged = await(documents.byId("log_batches", List.of(kept.id()))).size() == 1;
      Optional<JsonObject> act = text(kept.document()).flatMap(Acts::parse);
      if (!logged && act.map(this::isDue).orElse(true)) {
        findings.add(FindingType.UNLOGGED, kept.id(), -1, "the act is in no checkpoint");
      }
    }
  }
}
