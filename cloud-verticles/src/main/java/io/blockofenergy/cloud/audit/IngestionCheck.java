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

  private final Documents documents;
  private final Findings findings;
  private final Acts acts;
  private final AuditState state;
  private final AuditConfig config;
  private final Clock clock;
  private final Map<String, Optional<byte[]>> keys = new HashMap<>();

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

  /** Looks at all batches that were ever taken. */
  void walk() {
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
    Optional<byte[]> key = key(batch.first().bridge());
    if (key.isEmpty()) {
      forged(batch, "there is no key of bridge " + batch.first().bridge() + " that holds");
    } else if (!batch.isSignedBy(key.get())) {
      forged(batch, "it is not signed by the key of bridge " + batch.first().bridge());
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

  /** The key that the bridge was enrolled with; the act that records it is what counts. */
  private Optional<byte[]> key(String bridge) {
    Optional<byte[]> key = keys.get(bridge);
    if (key == null) {
      key = readKey(bridge);
      if (keys.size() >= MAX_KEYS) {
        keys.clear();
      }
      keys.put(bridge, key);
    }
    return key;
  }

  private Optional<byte[]> readKey(String bridge) {
    Optional<JsonObject> pin = await(documents.byId("bridges", List.of(bridge))).get(bridge);
    if (!(Documents.member(pin, "publicKey") instanceof String pinned)) {
      return Optional.empty();
    }
    if (Documents.member(pin, "act") instanceof String act
        && acts.act(act)
            .filter(
                said ->
                    "key-pinned".equals(said.getValue("kind"))
                        && bridge.equals(said.getValue("bridge"))
                        && pinned.equals(said.getValue("publicKey")))
            .isEmpty()) {
      findings.add(
          FindingType.FORGED,
          bridge,
          -1,
          "the key of this bridge is not the one that was recorded with " + act);
      return Optional.empty();
    }
    try {
      return Optional.of(Base64.getDecoder().decode(pinned)).filter(key -> key.length == 32);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Numbers before this batch that no batch has: they may still be on their way. */
  private void gap(IngestedBatch batch, long from) {
    long to = batch.first().seq() - 1;
    long open = from;
    for (Logged logged : loggedWithin(batch, from, to)) {
      findings.add(
          FindingType.FORGED,
          logged.publicId(),
          logged.leafStart(),
          "the log has this batch, but what its bridge has signed is not there");
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
      state.gaps().put(after.key(), after.ingestedAt());
    }
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
    if (!isPast(after.ingestedAt(), config.missing())) {
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
   * @param at an instant as it was recorded; one that is not of the form is long past
   */
  private boolean isPast(String at, Duration limit) {
    String due = Reading.format(clock.instant().minus(limit));
    return at.length() != due.length() || at.compareTo(due) < 0;
  }

  /** Looks at batches that have been logged since the last audit. */
  void compareLatest(List<Logged> logged) {
    Map<Object, Optional<JsonObject>> ingested =
        await(documents.byId(BATCHES, logged.stream().map(Logged::id).toList()));
    for (Logged entry : logged) {
      Optional<JsonObject> document = ingested.get(entry.id());
      if (document == null) {
        findings.add(
            FindingType.FORGED,
            entry.publicId(),
            entry.leafStart(),
            "the log has this batch, but what its bridge has signed is not there");
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
      } else if (isPast(batch.get().ingestedAt(), config.missing())) {
        gap(batch.get(), expected);
        state.gaps().remove(key);
      }
    }
  }
}
