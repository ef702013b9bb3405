package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.cloud.audit.Documents.Kept;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What ingestion has recorded of the batches: signed by their bridges, each after the one before,
 * without a gap, and logged in time. Blocks; belongs to one thread.
 */
final class IngestionCheck {
  private static final String BATCHES = "batches";
  private static final int PAGE = 256;
  private static final int MAX_GAPS = 10_000;
  private static final int MAX_KEYS = 10_000;
  private static final Duration CLOCKS_DIFFER_BY = Duration.ofMinutes(10);

  private final Documents documents;
  private final Findings findings;
  private final Acts acts;
  private final AuditState state;
  private final AuditConfig config;
  private final Clock clock;
  private final Map<String, List<byte[]>> keys = new HashMap<>();

  IngestionCheck(
      Documents documents,
      Findings findings,
      Acts acts,
      AuditState state,
      AuditConfig config,
      Clock clock) {
    this.documents = documents;
    this.findings = findings;
    this.acts = acts;
    this.state = state;
    this.config = config;
    this.clock = clock;
  }

  /**
   * Looks at all batches that were ever taken or logged.
   *
   * @param size up to which entry the log is audited
   */
  void walk(long size) {
    walkLogged(size);
    Cursor cursor = new Cursor(documents, BATCHES, "", PAGE);
    IngestedBatch before = null;
    List<IngestedBatch> page = new ArrayList<>();
    for (Kept kept = cursor.next(); kept != null; kept = cursor.next()) {
      Optional<IngestedBatch> batch = IngestedBatch.of(kept.document());
      if (batch.isEmpty()) {
        malformed(kept.id());
        continue;
      }
      compare(batch.get(), before);
      before = batch.get();
      page.add(before);
      if (page.size() == PAGE) {
        compareLogged(page);
        page.clear();
      }
    }
    compareLogged(page);
  }

  private void walkLogged(long size) {
    Cursor cursor = new Cursor(documents, "log_batches", "", PAGE);
    List<Logged> page = new ArrayList<>();
    for (Kept kept = cursor.next(); kept != null; kept = cursor.next()) {
      Logged.of(kept.document())
          .filter(logged -> !logged.isAct() && logged.leafEnd() <= size)
          .ifPresent(page::add);
      if (page.size() == PAGE) {
        compareTaken(page);
        page.clear();
      }
    }
    compareTaken(page);
  }

  /** Ingestion records a batch before anybody gets it, so what is logged must be there. */
  private void compareTaken(List<Logged> logged) {
    Map<Object, Optional<JsonObject>> taken =
        await(documents.byId(BATCHES, logged.stream().map(Logged::id).toList()));
    for (Logged entry : logged) {
      if (!taken.containsKey(entry.id())) {
        unsigned(entry);
      }
    }
  }

  private void unsigned(Logged entry) {
    findings.add(
        FindingType.FORGED,
        entry.publicId(),
        entry.leafStart(),
        "the log has this batch, but what its bridge has signed is not there");
  }

  private void compare(IngestedBatch batch, IngestedBatch before) {
    signed(batch);
    IngestedBatch neighbour =
        before != null && before.journal().equals(batch.journal()) ? before : null;
    long expected = neighbour == null ? 1 : neighbour.lastSeq() + 1;
    if (batch.first().seq() > expected) {
      gap(batch, expected);
    } else {
      chained(batch, neighbour);
    }
  }

  private void signed(IngestedBatch batch) {
    List<byte[]> known = keys(batch.first().bridge());
    if (known.isEmpty()) {
      forged(batch, "there is no key of bridge " + batch.first().bridge() + " that holds");
    } else if (known.stream().noneMatch(batch::isSignedBy)) {
      forged(batch, "it is not signed by a key of bridge " + batch.first().bridge());
    }
  }

  private void chained(IngestedBatch batch, IngestedBatch before) {
    if (batch.isFirst() ? !batch.saysItIsFirst() : before != null && !batch.follows(before)) {
      forged(batch, "it does not follow the batch before it in its journal");
    }
  }

  private void forged(IngestedBatch batch, String detail) {
    findings.add(FindingType.FORGED, batch.first().toString(), -1, detail);
  }

  private void malformed(String id) {
    String subject = ReadingId.parseSortable(id).map(ReadingId::toString).orElse(id);
    findings.add(
        FindingType.FORGED, subject, -1, "the record of this batch is not of the form of one");
  }

  /**
   * The keys that the bridge has had: those that acts record. What the pin says counts only while
   * there is no such act; it must be the newest of them otherwise.
   */
  private List<byte[]> keys(String bridge) {
    List<byte[]> known = keys.get(bridge);
    if (known == null) {
      known = readKeys(bridge);
      if (keys.size() >= MAX_KEYS) {
        keys.clear();
      }
      keys.put(bridge, known);
    }
    return known;
  }

  private List<byte[]> readKeys(String bridge) {
    List<String> recorded = acts.keysOf(bridge);
    Optional<JsonObject> pin = await(documents.byId("bridges", List.of(bridge))).get(bridge);
    Object pinned = Documents.member(pin, "publicKey");
    if (!recorded.isEmpty() && pinned != null && !recorded.contains(pinned)) {
      findings.add(
          FindingType.FORGED, bridge, -1, "no act records the key that is pinned for this bridge");
    }
    List<byte[]> known = new ArrayList<>();
    for (String key : recorded.isEmpty() ? List.of(String.valueOf(pinned)) : recorded) {
      try {
        byte[] bytes = Base64.getDecoder().decode(key);
        if (bytes.length == 32) {
          known.add(bytes);
        }
      } catch (IllegalArgumentException e) {
        continue; // no key
      }
    }
    return known;
  }

  /** Numbers before this batch that no batch has: they may still be on their way. */
  private void gap(IngestedBatch batch, long from) {
    long to = batch.first().seq() - 1;
    long open = from;
    // What the log has came, even if its record is gone, which is another finding.
    for (Logged logged : loggedWithin(batch, from, to)) {
      if (logged.firstSeq() > open) {
        missing(batch, open, logged.firstSeq() - 1);
      }
      open = Math.max(open, logged.lastSeq() + 1);
    }
    if (open <= to) {
      missing(batch, open, to);
    }
  }

  /** Notes that numbers before this batch have not come yet. */
  private void open(IngestedBatch after) {
    if (state.gaps().size() < MAX_GAPS) {
      state.gaps().putIfAbsent(after.key(), Reading.format(clock.instant()));
    }
  }

  /** By what ingestion says, or by what the audit has itself seen. */
  private boolean isDue(IngestedBatch after) {
    String seen = state.gaps().get(after.key());
    return isPast(after.ingestedAt(), config.missing())
        || (seen != null && isPast(seen, config.missing()));
  }

  private List<Logged> loggedWithin(IngestedBatch batch, long from, long to) {
    List<Logged> within = new ArrayList<>();
    String after = batch.keyOf(from - 1);
    String last = batch.keyOf(to);
    for (boolean more = true; more; ) {
      List<Kept> page = await(documents.range("log_batches", after, PAGE));
      more = page.size() == PAGE;
      for (Kept kept : page) {
        if (kept.id().compareTo(last) > 0) {
          return within;
        }
        Logged.of(kept.document()).ifPresent(within::add);
        after = kept.id();
      }
    }
    return within;
  }

  private void missing(IngestedBatch after, long from, long to) {
    if (!isDue(after)) {
      open(after);
    } else {
      String journal = after.first().bridge() + '.' + after.first().journal() + '.';
      findings.add(
          FindingType.MISSING,
          from == to ? journal + from : journal + from + "-" + to,
          -1,
          "numbers "
              + from
              + " to "
              + to
              + " of this journal have not come, and the one after them has since "
              + after.ingestedAt());
    }
  }

  private void compareLogged(List<IngestedBatch> batches) {
    if (batches.isEmpty()) {
      return;
    }
    Map<Object, Optional<JsonObject>> logged =
        await(documents.byId("log_batches", batches.stream().map(IngestedBatch::key).toList()));
    for (IngestedBatch batch : batches) {
      Optional<JsonObject> record = logged.get(batch.key());
      if (record == null) {
        if (isPast(batch.ingestedAt(), config.grace())) {
          findings.add(
              FindingType.UNLOGGED,
              batch.first().toString(),
              -1,
              "this batch of "
                  + batch.count()
                  + " readings was taken at "
                  + batch.ingestedAt()
                  + " and is in no checkpoint");
        }
      } else if (Logged.of(record).filter(found -> found.count() != batch.count()).isPresent()) {
        forged(batch, "the log has it with another number of readings");
      }
    }
  }

  /**
   * @param at an instant as it was recorded; one that is not of the form, or has not come yet, is
   *     long past: else whoever wrote it could put findings off for ever
   */
  private boolean isPast(String at, Duration limit) {
    String due = Reading.format(clock.instant().minus(limit));
    String soon = Reading.format(clock.instant().plus(CLOCKS_DIFFER_BY));
    return at.length() != due.length() || at.compareTo(due) < 0 || at.compareTo(soon) > 0;
  }

  /** Looks at batches that have been logged since the last audit. */
  void compareLatest(List<Logged> logged) {
    Map<Object, Optional<JsonObject>> ingested =
        await(documents.byId(BATCHES, logged.stream().map(Logged::id).toList()));
    for (Logged entry : logged) {
      Optional<JsonObject> document = ingested.get(entry.id());
      if (document == null) {
        unsigned(entry);
        continue;
      }
      Optional<IngestedBatch> batch = IngestedBatch.of(document);
      if (batch.isEmpty()) {
        malformed(entry.id());
        continue;
      }
      signed(batch.get());
      if (batch.get().count() != entry.count()) {
        forged(batch.get(), "the log has it with another number of readings");
      }
      IngestedBatch before = neighbour(batch.get(), -1);
      if (batch.get().first().seq() == (before == null ? 1 : before.lastSeq() + 1)) {
        chained(batch.get(), before);
      } else {
        open(batch.get());
      }
      IngestedBatch after = neighbour(batch.get(), 1);
      if (after != null && after.first().seq() == batch.get().lastSeq() + 1) {
        chained(after, batch.get());
      }
    }
  }

  private IngestedBatch neighbour(IngestedBatch batch, int direction) {
    JsonObject ids =
        direction < 0
            ? new JsonObject().put("$lt", batch.key()).put("$gt", batch.journal())
            : new JsonObject()
                .put("$gt", batch.key())
                // '/' follows '.' in ASCII: the end of the journal's ids.
                .put("$lt", batch.journal().substring(0, batch.journal().length() - 1) + '/');
    List<Optional<JsonObject>> found =
        await(
            documents.page(
                BATCHES,
                new JsonObject().put("_id", ids),
                new JsonObject().put("_id", direction),
                0,
                1));
    return found.isEmpty() ? null : IngestedBatch.of(found.get(0)).orElse(null);
  }

  /** Looks again at gaps that were open: filled they are forgotten, due they are reported. */
  void compareGaps() {
    for (String key : List.copyOf(state.gaps().keySet())) {
      Optional<IngestedBatch> batch =
          IngestedBatch.of(
              await(documents.byId(BATCHES, List.of(key))).getOrDefault(key, Optional.empty()));
      IngestedBatch before = batch.map(found -> neighbour(found, -1)).orElse(null);
      long expected = before == null ? 1 : before.lastSeq() + 1;
      if (batch.isEmpty() || batch.get().first().seq() <= expected) {
        state.gaps().remove(key);
      } else if (isDue(batch.get())) {
        gap(batch.get(), expected);
        state.gaps().remove(key);
      }
    }
  }
}
