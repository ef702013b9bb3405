package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs audits and records them in {@code audit_runs}, their findings in {@code audit_findings}.
 * Methods block and must not be called on an event loop; one run at a time.
 */
public final class Audit {
  private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
  private static final DateTimeFormatter ID =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS").withZone(ZoneOffset.UTC);
  private static final long TIMEOUT_SECONDS = 60;
  private static final int SEEN = 100;

  private final MongoClient mongo;
  private final ChainReader chain;
  private final VerifierKey key;
  private final AuditState state;
  private final AuditConfig config;
  private final Clock clock;
  private final MeterRegistry metrics;
  private final Consumer<JsonObject> live;
  private AuditRun unsaved;
  private volatile boolean stopped;

  /** How many entries are compared at a time; what is read for them is in memory together. */
  int together = 16_384;

  // What this process has itself seen on the chain, and when.
  private final Deque<Seen> seen = new ArrayDeque<>();

  /**
   * @param key the log's, from a place that the log's store cannot change
   * @param state what audits before have seen; used on the thread of the methods only
   * @param live receives the run's object whenever it has changed; on the calling thread
   */
  public Audit(
      MongoClient mongo,
      ChainReader chain,
      VerifierKey key,
      AuditState state,
      AuditConfig config,
      Clock clock,
      MeterRegistry metrics,
      Consumer<JsonObject> live) {
    this.mongo = mongo;
    this.chain = chain;
    this.key = key;
    this.state = state;
    this.config = config;
    this.clock = clock;
    this.metrics = metrics;
    this.live = live;
  }

  /**
   * Creates what queries walk, and marks runs that a crash has ended as failed, but for one that
   * can go on. To be called once, before the first run.
   */
  public void prepare() {
    // The API asks for the newest full run that has completed.
    await(
        mongo.createIndex(
            "audit_runs", new JsonObject().put("kind", 1).put("state", 1).put("_id", 1)));
    // Whether storage is past a batch, the ones that were taken after it tell.
    await(mongo.createIndex("batches", new JsonObject().put("ingestedAt", 1)));
    await(mongo.createIndex("witness_refusals", new JsonObject().put("at", 1)));
    JsonObject interrupted = new JsonObject().put("state", "running");
    state
        .progress()
        .ifPresent(
            kept -> interrupted.put("_id", new JsonObject().put("$ne", kept.getString("run"))));
    await(
        mongo.updateCollectionWithOptions(
            "audit_runs",
            interrupted,
            new JsonObject()
                .put(
                    "$set",
                    new JsonObject()
                        .put("state", "failed")
                        .put("detail", "interrupted by the end of the process")
                        .put("finishedAt", Reading.format(clock.instant()))),
            new io.vertx.ext.mongo.UpdateOptions().setMulti(true)));
  }

  /** The full run that the end of a process has interrupted; to be performed before another. */
  public Optional<AuditRun> resumable() {
    return state
        .progress()
        .map(kept -> kept.getString("run"))
        .flatMap(
            id ->
                Optional.ofNullable(
                    await(mongo.findOne("audit_runs", new JsonObject().put("_id", id), null))))
        .filter(document -> "running".equals(document.getValue("state")))
        .map(document -> new AuditRun(document.getString("_id"), AuditKind.FULL, begun(document)));
  }

  /** Somebody may have been at it: then it has begun now. */
  private Instant begun(JsonObject document) {
    try {
      return Instant.parse(String.valueOf(document.getValue("startedAt")));
    } catch (DateTimeParseException e) {
      return clock.instant();
    }
  }

  /** Records a new run; returns the object of {@code live.audit}. */
  public AuditRun begin(AuditKind kind) {
    if (unsaved != null) {
      save(unsaved);
      unsaved = null;
    }
    Instant now = clock.instant();
    String suffix = String.format("%04x", ThreadLocalRandom.current().nextInt(1 << 16));
    AuditRun run = new AuditRun(ID.format(now) + "-" + suffix, kind, now);
    await(mongo.insert("audit_runs", run.document()));
    live.accept(run.json());
    return run;
  }

  /**
   * Carries out a run to its end, and records how it ended: if the store fails just then, when the
   * next run begins.
   */
  public void perform(AuditRun run) {
    try {
      Findings findings = new Findings(run, mongo, clock, metrics);
      new AuditPass(this, run, mongo, chain, key, state, config, clock, findings, together)
          .perform();
      run.state = "completed";
    } catch (RuntimeException e) {
      if (stopped) {
        return; // what is recorded says that it runs, so that the next process can go on with it
      }
      run.state = "failed";
      run.detail = String.valueOf(e.getMessage());
      LOG.warn("audit {} failed: {}", run.id, e.toString());
    }
    run.finishedAt = clock.instant();
    metrics
        .counter(
            "boe.cloud.audit.runs",
            "result",
            run.state.equals("failed") ? "failed" : run.findings == 0 ? "clean" : "findings")
        .increment();
    if (run.findings > 0) {
      LOG.error("audit {} has {} findings", run.id, run.findings);
    } else if (run.kind == AuditKind.FULL) {
      LOG.info("audit {} {}: {} readings", run.id, run.state, run.checked);
    }
    try {
      save(run);
    } catch (RuntimeException e) {
      LOG.warn("the end of audit {} could not be recorded: {}", run.id, e.toString());
      unsaved = run;
      live.accept(run.json());
    }
  }

  /** Ends a run that is under way, soon. Safe for any thread. */
  public void stop() {
    stopped = true;
  }

  /** To be called now and then by a run. */
  void checkStopped() {
    if (stopped) {
      throw new UnavailableException("the audit is stopping");
    }
  }

  private record Seen(Instant at, long treeSize) {}

  /** Notes how many entries are on the chain now. */
  void anchoredNow(long treeSize) {
    if (seen.isEmpty()) {
      restoreSeen();
    }
    Instant now = clock.instant();
    // The newest of those that are older than the grace time is the one that counts.
    while (seen.size() > 1 && isDue(secondSeen().at(), now)) {
      seen.remove();
    }
    // One each hundredth of the time will do.
    if (seen.isEmpty()
        || seen.getLast().at().plus(config.missing().dividedBy(SEEN)).isBefore(now)) {
      seen.add(new Seen(now, treeSize));
    }
    StringBuilder lines = new StringBuilder();
    seen.forEach(each -> lines.append(each.at()).append(' ').append(each.treeSize()).append('\n'));
    state.seen(lines.toString());
  }

  private void restoreSeen() {
    state
        .seen()
        .lines()
        .map(line -> line.split(" "))
        .forEach(parts -> seen.add(new Seen(Instant.parse(parts[0]), Long.parseLong(parts[1]))));
  }

  private Seen secondSeen() {
    Iterator<Seen> all = seen.iterator();
    all.next();
    return all.next();
  }

  /** As many entries were on the chain so long ago that their readings are due. */
  long dueSize() {
    Seen oldest = seen.peek();
    return oldest != null && isDue(oldest.at(), clock.instant()) ? oldest.treeSize() : 0;
  }

  private boolean isDue(Instant at, Instant now) {
    return !at.plus(config.missing()).isAfter(now);
  }

  void save(AuditRun run) {
    await(
        mongo.findOneAndReplace("audit_runs", new JsonObject().put("_id", run.id), run.document()));
    live.accept(run.json());
  }

  void checked(AuditRun run, int readings) {
    run.checked += readings;
    metrics.counter("boe.cloud.audit.checked").increment(readings);
  }

  static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new UnavailableException("the store failed: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new UnavailableException("the store does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted", e);
    }
  }
}
