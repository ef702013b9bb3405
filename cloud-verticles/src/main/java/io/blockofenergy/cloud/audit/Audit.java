package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
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

  private final MongoClient mongo;
  private final ChainReader chain;
  private final VerifierKey key;
  private final AuditConfig config;
  private final Clock clock;
  private final MeterRegistry metrics;
  private final Consumer<JsonObject> live;
  private AuditRun unsaved;

  // What this process has itself seen on the chain: nobody can change it in the store.
  private final Deque<Seen> seen = new ArrayDeque<>();
  private long mostAnchors;

  /**
   * @param key the log's, from a place that the log's store cannot change
   * @param live receives the run's object whenever it has changed; on the calling thread
   */
  public Audit(
      MongoClient mongo,
      ChainReader chain,
      VerifierKey key,
      AuditConfig config,
      Clock clock,
      MeterRegistry metrics,
      Consumer<JsonObject> live) {
    this.mongo = mongo;
    this.chain = chain;
    this.key = key;
    this.config = config;
    this.clock = clock;
    this.metrics = metrics;
    this.live = live;
  }

  /**
   * Creates what queries walk, and marks runs that a crash has ended as failed. To be called once,
   * before the first run.
   */
  public void prepare() {
    // The API asks for the newest full run that has completed.
    await(
        mongo.createIndex(
            "audit_runs", new JsonObject().put("kind", 1).put("state", 1).put("_id", 1)));
    await(
        mongo.updateCollectionWithOptions(
            "audit_runs",
            new JsonObject().put("state", "running"),
            new JsonObject()
                .put(
                    "$set",
                    new JsonObject()
                        .put("state", "failed")
                        .put("detail", "interrupted by the end of the process")
                        .put("finishedAt", Reading.format(clock.instant()))),
            new io.vertx.ext.mongo.UpdateOptions().setMulti(true)));
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
      new AuditPass(this, run, mongo, chain, key, config, clock).perform();
      run.state = "completed";
    } catch (RuntimeException e) {
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

  private record Seen(Instant at, long treeSize) {}

  /** Notes what the chain holds now. */
  void anchorsSeen(long count, long treeSize) {
    mostAnchors = Math.max(mostAnchors, count);
    Instant now = clock.instant();
    // The newest of those that are older than the grace time is the one that counts.
    while (seen.size() > 1 && isDue(secondSeen().at(), now)) {
      seen.remove();
    }
    seen.add(new Seen(now, treeSize));
  }

  private Seen secondSeen() {
    Iterator<Seen> all = seen.iterator();
    all.next();
    return all.next();
  }

  /** As many entries were on the chain when the grace time began: their readings are due. */
  long dueSize() {
    Seen oldest = seen.peek();
    return oldest != null && isDue(oldest.at(), clock.instant()) ? oldest.treeSize() : 0;
  }

  private boolean isDue(Instant at, Instant now) {
    return !at.plus(config.grace()).isAfter(now);
  }

  /** How many anchors the chain is known to have had. */
  long knownAnchors() {
    return Math.max(mostAnchors, lastMark().anchors());
  }

  /** Where the last completed run ended. */
  AuditRun.Mark lastMark() {
    List<JsonObject> last =
        await(
            mongo.findWithOptions(
                "audit_runs",
                new JsonObject().put("state", "completed"),
                new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(1)));
    return last.isEmpty() || last.get(0).getJsonObject("mark") == null
        ? AuditRun.Mark.START
        : AuditRun.Mark.of(last.get(0).getJsonObject("mark"));
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

  /**
   * Records a finding. A second one about the same reading takes the place of the first: an insert
   * would fail, and whoever rewrites the log so that a reading comes twice could end audits by it.
   *
   * @param subject a reading's id, or {@code log}
   * @param leafIndex the entry concerned, or the tree size
   */
  void found(AuditRun run, FindingType type, String subject, long leafIndex, String detail) {
    run.findings++;
    metrics.counter("boe.cloud.audit.findings", "type", type.name()).increment();
    String id = run.id + '/' + subject;
    if (type == FindingType.LOG_REWRITTEN) {
      id += '/' + Long.toString(leafIndex) + '/' + run.findings;
    }
    await(
        mongo.save(
            "audit_findings",
            new JsonObject()
                .put("_id", id)
                .put("run", run.id)
                .put("type", type.name())
                .put("subject", subject)
                .put("leafIndex", leafIndex)
                .put("detail", detail)
                .put("foundAt", Reading.format(clock.instant()))));
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
