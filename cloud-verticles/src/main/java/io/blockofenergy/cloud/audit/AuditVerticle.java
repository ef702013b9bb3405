package io.blockofenergy.cloud.audit;

import io.blockofenergy.cloud.audit.alert.Alerts;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the continuous audit at its interval, the full one by its schedule, and audits on request:
 * event bus address {@code audit.start}, body {@code {"kind": "full" | "continuous"}}, answered
 * with the run's object, or with failure code 409 while another runs. Publishes on {@code
 * live.audit}. It starts without the store and waits for it; {@link #problem()} tells.
 */
public final class AuditVerticle extends VerticleBase {
  /** Event bus address that starts an audit. */
  public static final String START = "audit.start";

  private static final Logger LOG = LoggerFactory.getLogger(AuditVerticle.class);
  private static final String LIVE = "live.audit";
  private static final long RETRY_MS = 1_000;

  /** By then the chain is up and has been sent again what it had lost. */
  private static final long FIRST_AFTER_MS = 20_000;

  /** How late a full audit may begin; the clock may be set, so no timer runs for a month. */
  private static final long SCHEDULE_MS = 5_000;

  /** Runs in which one is looked for whose start can be read. */
  private static final int STARTS = 100;

  private final AuditConfig config;
  private final Function<Consumer<JsonObject>, Audit> audits;
  private final MongoClient mongo;
  private final Clock clock;
  private final Alerts alerts;
  private Audit audit;
  private WorkerExecutor worker;
  private boolean running;
  private boolean stopped;
  private volatile String waiting = "not started";

  /** Whether the store is there is known; who asks before that waits for it. */
  private final Promise<Void> tried = Promise.promise();

  /** When the newest full run began, or the first of any kind; null when nothing ever ran. */
  private Instant lastFull;

  /**
   * @param audits makes the audit, given where its progress goes
   * @param mongo holds the audit's runs
   * @param alerts is told of runs that have ended
   */
  public AuditVerticle(
      AuditConfig config,
      Function<Consumer<JsonObject>, Audit> audits,
      MongoClient mongo,
      Clock clock,
      Alerts alerts) {
    this.config = config;
    this.audits = audits;
    this.mongo = mongo;
    this.clock = clock;
    this.alerts = alerts;
  }

  @Override
  public Future<?> start() {
    audit =
        audits.apply(
            run -> vertx.eventBus().publish(LIVE, AuditProgress.show(run, clock.instant())));
    worker = vertx.createSharedWorkerExecutor("audit", 1, 1, TimeUnit.DAYS);
    vertx
        .eventBus()
        .<JsonObject>localConsumer(
            START, request -> tried.future().onComplete(done -> requested(request)));
    prepare();
    return Future.succeededFuture();
  }

  /** What was cut off must be known before anything new runs. */
  private void prepare() {
    worker
        .executeBlocking(
            () -> {
              audit.prepare();
              return audit.resumable();
            })
        .compose(cutOff -> newestFull().onSuccess(this::setLastFull).map(cutOff))
        .onSuccess(
            cutOff -> {
              waiting = null;
              if (!stopped) {
                begin(cutOff);
              }
              tried.tryComplete();
            })
        .onFailure(
            failure -> {
              String cause = String.valueOf(failure.getMessage());
              if (!cause.equals(waiting)) {
                LOG.warn("Cannot prepare the audit yet: {}", cause);
              }
              waiting = cause;
              tried.tryComplete();
              if (!stopped) {
                vertx.setTimer(RETRY_MS, timer -> prepare());
              }
            });
  }

  private void setLastFull(Optional<Instant> newest) {
    lastFull = newest.orElse(null);
  }

  /**
   * @param cutOff the full run that the end of the process before has interrupted; it goes on
   *     before any other begins
   */
  private void begin(Optional<AuditRun> cutOff) {
    alerts.catchUp();
    cutOff.ifPresent(
        run -> {
          LOG.info("full audit {} goes on where it stood", run.id);
          running = true;
          perform(run, run.id);
        });
    // The first soon: what was done to the store meanwhile is what one wants to know.
    long interval = config.interval().toMillis();
    long first = Math.min(FIRST_AFTER_MS, interval);
    vertx.setPeriodic(first, interval, tick -> tick());
    vertx.setPeriodic(Math.min(first, SCHEDULE_MS), SCHEDULE_MS, tick -> runFullIfDue());
  }

  /** When a full run was begun last, whatever became of it: a missed one is made up once. */
  private Future<Optional<Instant>> newestFull() {
    Future<Optional<Instant>> full = startOf(new JsonObject().put("kind", "full"), -1);
    Future<Optional<Instant>> first = startOf(new JsonObject(), 1);
    return Future.all(full, first).map(both -> full.result().or(first::result));
  }

  /** What somebody has changed to be no instant, or one to come, must not stop the schedule. */
  private Future<Optional<Instant>> startOf(JsonObject query, int direction) {
    Instant now = clock.instant();
    FindOptions options =
        new FindOptions()
            .setSort(new JsonObject().put("_id", direction))
            .setFields(new JsonObject().put("startedAt", 1))
            .setLimit(STARTS);
    query
        .put("_id", new JsonObject().put("$gte", ""))
        .put("startedAt", new JsonObject().put("$gte", "").put("$lte", Reading.format(now)));
    return mongo
        .findWithOptions("audit_runs", query, options)
        .map(
            runs ->
                runs.stream()
                    .flatMap(run -> startedAt(run).stream())
                    .filter(start -> !start.isAfter(now))
                    .findFirst());
  }

  private static Optional<Instant> startedAt(JsonObject run) {
    try {
      return Optional.of(Instant.parse(run.getString("startedAt")));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    audit.stop();
    return Future.join(alerts.stop(), worker.close());
  }

  /** What keeps audits from being run, or empty. Safe for any thread. */
  public Optional<String> problem() {
    return Optional.ofNullable(waiting);
  }

  private void tick() {
    if (!running && !runFullIfDue()) {
      run(AuditKind.CONTINUOUS)
          .onFailure(cause -> LOG.warn("the audit could not begin: {}", cause.toString()));
    }
  }

  /** One that is due while another runs has its turn next. */
  private boolean runFullIfDue() {
    if (running
        || stopped
        || lastFull == null
        || !config.fullSchedule().isDue(lastFull, clock.instant())) {
      return false;
    }
    run(AuditKind.FULL)
        .onFailure(cause -> LOG.warn("the full audit could not begin: {}", cause.toString()));
    return true;
  }

  private void requested(Message<JsonObject> request) {
    String kind = request.body() == null ? "full" : request.body().getString("kind", "full");
    AuditKind wanted;
    try {
      wanted = AuditKind.valueOf(kind.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      request.fail(400, "kind must be full or continuous");
      return;
    }
    if (waiting != null) {
      request.fail(503, waiting);
      return;
    }
    if (running) {
      request.fail(409, "an audit is running already");
      return;
    }
    run(wanted)
        .onSuccess(request::reply)
        .onFailure(cause -> request.fail(503, String.valueOf(cause.getMessage())));
  }

  /** Completes when the run has begun. */
  private Future<JsonObject> run(AuditKind kind) {
    if (running) {
      return Future.failedFuture("an audit is running already");
    }
    running = true;
    return worker
        .executeBlocking(() -> audit.begin(kind))
        .onFailure(cause -> running = false)
        .map(
            run -> {
              // The run is the worker's from here on; what is answered was read before.
              JsonObject begun = AuditProgress.show(run.json(), clock.instant());
              if (kind == AuditKind.FULL || lastFull == null) {
                lastFull = clock.instant();
              }
              perform(run, begun.getString("id"));
              return begun;
            });
  }

  private void perform(AuditRun run, String id) {
    worker
        .executeBlocking(
            () -> {
              audit.perform(run);
              return run.json();
            })
        .onSuccess(
            ended -> {
              if (!stopped) {
                alerts.ended(ended);
              }
            })
        .onFailure(cause -> LOG.warn("audit {} broke off: {}", id, cause))
        .onComplete(
            done -> {
              running = false;
              runFullIfDue();
            });
  }
}
