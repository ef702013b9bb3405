package io.blockofenergy.cloud.audit;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the continuous audit at its interval, and audits on request: event bus address {@code
 * audit.start}, body {@code {"kind": "full" | "continuous"}}, answered with the run's object, or
 * with failure code 409 while another runs. Publishes on {@code live.audit}.
 */
public final class AuditVerticle extends VerticleBase {
  /** Event bus address that starts an audit. */
  public static final String START = "audit.start";

  private static final Logger LOG = LoggerFactory.getLogger(AuditVerticle.class);
  private static final String LIVE = "live.audit";

  /** By then the chain is up and has been sent again what it had lost. */
  private static final long FIRST_AFTER_MS = 20_000;

  private final AuditConfig config;
  private final Function<Consumer<JsonObject>, Audit> audits;
  private Audit audit;
  private WorkerExecutor worker;
  private boolean running;

  /**
   * @param audits makes the audit, given where its progress goes
   */
  public AuditVerticle(AuditConfig config, Function<Consumer<JsonObject>, Audit> audits) {
    this.config = config;
    this.audits = audits;
  }

  @Override
  public Future<?> start() {
    audit = audits.apply(run -> vertx.eventBus().publish(LIVE, run));
    worker = vertx.createSharedWorkerExecutor("audit", 1, 1, TimeUnit.DAYS);
    return worker
        .executeBlocking(
            () -> {
              audit.prepare();
              return null;
            })
        .onSuccess(
            done -> {
              // The first soon: what was done to the store meanwhile is what one wants to know.
              long interval = config.interval().toMillis();
              vertx.setPeriodic(Math.min(FIRST_AFTER_MS, interval), interval, tick -> tick());
              vertx.eventBus().<JsonObject>localConsumer(START, this::requested);
            });
  }

  @Override
  public Future<?> stop() {
    return worker.close();
  }

  private void tick() {
    if (!running) {
      run(AuditKind.CONTINUOUS)
          .onFailure(cause -> LOG.warn("the audit could not begin: {}", cause.toString()));
    }
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
              JsonObject begun = run.json();
              worker
                  .executeBlocking(
                      () -> {
                        audit.perform(run);
                        return null;
                      })
                  .onFailure(
                      cause -> LOG.warn("audit {} broke off: {}", begun.getString("id"), cause))
                  .onComplete(done -> running = false);
              return begun;
            });
  }
}
