package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One audit from end to end: the log against the chain, the readings against the log, the batches
 * against their bridges' signatures, the rollups against the readings. A full one looks at
 * everything and, interrupted, goes on where it stood; a continuous one looks at what has come
 * since the mark. Blocks; belongs to one thread.
 */
final class AuditPass {
  private static final int READINGS = 256;
  private static final int LATEST_TOGETHER = 2048;
  private static final int SAVE_SECONDS = 1;
  private static final int COMMIT_SECONDS = 5;
  private static final int MAX_REFUSALS = 1000;

  private final Audit audit;
  private final AuditRun run;
  private final ChainReader chain;
  private final AuditState state;
  private final Clock clock;
  private final Documents documents;
  private final Findings findings;
  private final LogPages pages;
  private final LogWalk log;
  private final Acts acts;
  private final RollupCheck rollups;
  private final ReadingCheck readings;
  private final IngestionCheck ingestion;
  private final int together;
  private Instant saved;
  private Instant committed;

  AuditPass(
      Audit audit,
      AuditRun run,
      MongoClient mongo,
      ChainReader chain,
      VerifierKey key,
      AuditState state,
      AuditConfig config,
      Clock clock,
      Findings findings,
      int together) {
    this.audit = audit;
    this.run = run;
    this.chain = chain;
    this.state = state;
    this.clock = clock;
    this.findings = findings;
    this.together = together;
    this.saved = clock.instant();
    this.committed = saved;
    this.documents = new Documents(mongo, audit::checkStopped);
    this.pages = new LogPages(documents, state);
    // The chain is asked first: what it holds now, the log must hold when it is read afterwards.
    this.log = new LogWalk(run, documents, pages, chain, key, state, findings, anchors(), together);
    this.acts = new Acts(run, documents, pages, findings, config, clock);
    Rebuilding rebuilding = new Rebuilding(documents, config, clock);
    this.rollups = new RollupCheck(documents, findings, acts, rebuilding, run, pages, state);
    this.readings =
        new ReadingCheck(
            audit, run, documents, pages, findings, acts, rollups, state, config, clock);
    this.ingestion = new IngestionCheck(documents, findings, acts, state, config, clock);
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
    long now = there.orElse(0);
    if (now < state.mostAnchors()) {
      throw new UnavailableException(
          "the chain has "
              + now
              + " anchors and had "
              + state.mostAnchors()
              + ": it has lost some, and they are not yet sent again");
    }
    state.mostAnchors(now);
    audit.anchoredNow(now == 0 ? 0 : chain.anchorAt(now - 1).treeSize());
    return now;
  }

  /** Runs to the end. */
  void perform() {
    if (run.kind == AuditKind.FULL) {
      full();
    } else {
      latest();
    }
    refusals();
    state.commit();
  }

  private void full() {
    run.mark = AuditRun.Mark.START;
    JsonObject before =
        state.progress().filter(kept -> run.id.equals(kept.getString("run"))).orElse(null);
    if (before == null) {
      state.endRun();
      if (!log.begin()) {
        return;
      }
    } else {
      run.checked = before.getLong("checked");
      // Some may have been recorded after the place from which it goes on.
      run.findings = Math.max(findings.recorded(), before.getLong("findings"));
      log.resume(before.getJsonObject("log"));
    }
    run.total = run.treeSize;
    String key = before == null ? null : before.getString("key");
    if (key == null) {
      run.phase = "log";
      while (log.step()) {
        keep(null);
      }
      LoggedBatches batches = new LoggedBatches(documents, findings, 0, run.treeSize);
      while (batches.next() != null) {
        continue;
      }
      key = "";
    }
    run.phase = "readings";
    keepNow(key);
    ReadingWalk walk =
        new ReadingWalk(
            run, documents, pages, findings, readings, acts, key, together, log::newestSize);
    while (walk.step()) {
      keep(walk.position());
    }
    readings.finish();
    run.phase = "batches";
    audit.save(run);
    ingestion.walk(run.treeSize);
    acts.walk();
    acts.compareNamed(before == null);
    run.phase = "rollups";
    audit.save(run);
    rollups.compareAll();
    AuditRun.Mark mark = log.marks().upTo(readings.firstPending(), AuditRun.Mark.START);
    if (mark.size() > state.mark().size()) {
      state.mark(mark);
    }
    state.endRun();
  }

  private void keep(String key) {
    show();
    if (committed.plusSeconds(COMMIT_SECONDS).isBefore(clock.instant())) {
      keepNow(key);
    }
  }

  /** Lets others see how far the run has come. */
  private void show() {
    audit.checkStopped();
    Instant now = clock.instant();
    if (saved.plusSeconds(SAVE_SECONDS).isBefore(now)) {
      saved = now;
      audit.save(run);
    }
  }

  /** From here on the run can go on after the process has ended. */
  private void keepNow(String key) {
    committed = clock.instant();
    rollups.flush();
    state.progress(
        new JsonObject()
            .put("run", run.id)
            .put("log", log.position())
            .put("key", key)
            .put("checked", run.checked)
            .put("findings", run.findings));
    state.commit();
  }

  private void latest() {
    AuditRun.Mark start = state.mark();
    run.mark = start;
    state.endRun(); // what a run that failed has left
    if (!log.begin()) {
      return;
    }
    run.phase = "log";
    run.total = run.treeSize - start.size();
    while (log.step()) {
      continue;
    }
    run.phase = "readings";
    LoggedBatches batches = new LoggedBatches(documents, findings, start.size(), run.treeSize);
    for (List<Logged> some = some(batches); !some.isEmpty(); some = some(batches)) {
      compare(some);
      show();
    }
    readings.finish();
    ingestion.compareGaps();
    run.mark = log.marks().upTo(readings.firstPending(), start);
    state.mark(run.mark);
  }

  private List<Logged> some(LoggedBatches batches) {
    List<Logged> some = new ArrayList<>();
    int entries = 0;
    for (Logged next = batches.next(); next != null; next = batches.next()) {
      some.add(next);
      entries += next.count();
      if (entries >= Math.min(together, LATEST_TOGETHER)) {
        break;
      }
    }
    return some;
  }

  private void compare(List<Logged> some) {
    List<Logged> ofReadings = some.stream().filter(each -> !each.isAct()).toList();
    Set<Long> bundles = new HashSet<>();
    List<String> keys = new ArrayList<>();
    some.forEach(batch -> batch.bundles().forEach(bundles::add));
    for (Logged batch : ofReadings) {
      for (long seq = batch.firstSeq(); seq <= batch.lastSeq(); seq++) {
        keys.add(batch.key(seq));
      }
    }
    pages.prepare(bundles);
    Map<String, Optional<JsonObject>> found = new HashMap<>();
    for (int from = 0; from < keys.size(); from += READINGS) {
      await(documents.byId("readings", keys.subList(from, Math.min(keys.size(), from + READINGS))))
          .forEach((key, document) -> found.put(key.toString(), document));
    }
    for (Logged batch : ofReadings) {
      readings.compare(batch, found);
    }
    readings.settleAbsent();
    ingestion.compareLatest(ofReadings);
    acts.compare(some.stream().filter(Logged::isAct).toList());
    rollups.compareLatest();
    rollups.forget();
  }

  /** What witnesses have refused is a finding: to the full audit always, to the other once. */
  private void refusals() {
    String after = run.kind == AuditKind.FULL ? "" : state.refusalsUpTo();
    JsonObject query = new JsonObject().put("at", new JsonObject().put("$gt", after));
    String last = state.refusalsUpTo();
    for (Optional<JsonObject> refusal :
        await(
            documents.page(
                "witness_refusals", query, new JsonObject().put("at", 1), 0, MAX_REFUSALS))) {
      Object size = Documents.member(refusal, "treeSize");
      findings.add(
          FindingType.WITNESS_REFUSED,
          String.valueOf(Documents.member(refusal, "witness")),
          Documents.isWhole(size) ? ((Number) size).longValue() : -1,
          String.valueOf(Documents.member(refusal, "detail")));
      if (Documents.member(refusal, "at") instanceof String at && at.compareTo(last) > 0) {
        last = at;
      }
    }
    state.refusalsUpTo(last);
  }
}
