package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoException;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.time.Clock;

/**
 * Records what a run finds, in {@code audit_findings}; what is there is never changed. The same
 * finding has the same id whenever the run comes to it, so one that was interrupted and goes on
 * counts it once.
 */
final class Findings {
  /** What subjects of findings about the log itself are called. */
  static final String LOG = "log";

  /** More are counted, but not written down: somebody has put the whole store aside. */
  private static final int MAX_RECORDED = 100_000;

  private static final int MAX_SUBJECT = 300;

  private final AuditRun run;
  private final MongoClient mongo;
  private final Clock clock;
  private final MeterRegistry metrics;

  Findings(AuditRun run, MongoClient mongo, Clock clock, MeterRegistry metrics) {
    this.run = run;
    this.mongo = mongo;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** How many of this run are recorded, for one that goes on. */
  long recorded() {
    JsonObject ids = new JsonObject().put("$gte", run.id + '/').put("$lt", run.id + '0');
    return await(
            mongo.findWithOptions(
                "audit_findings",
                new JsonObject().put("_id", ids),
                new FindOptions().setFields(new JsonObject().put("_id", 1))))
        .size();
  }

  /** The log is not the one that was signed or anchored. */
  void log(long leafIndex, String detail) {
    add(FindingType.LOG_REWRITTEN, LOG, leafIndex, detail);
  }

  /**
   * @param subject a reading's id, a batch's, a rollup's …
   * @param leafIndex the entry concerned, or the tree size; -1 when it is about none
   */
  void add(FindingType type, String subject, long leafIndex, String detail) {
    if (run.findings < MAX_RECORDED) {
      String distinct = type == FindingType.LOG_REWRITTEN ? leafIndex + detail : "";
      JsonObject finding =
          new JsonObject()
              .put("_id", run.id + '/' + type + '/' + shortened(subject) + suffix(distinct))
              .put("run", run.id)
              .put("type", type.name())
              .put("subject", subject)
              .put("leafIndex", leafIndex)
              .put("detail", detail)
              .put("foundAt", Reading.format(clock.instant()));
      if (await(
          mongo
              .insert("audit_findings", finding)
              .map(inserted -> false)
              .recover(
                  failure ->
                      failure instanceof MongoException known
                              && ErrorCategory.fromErrorCode(known.getCode())
                                  == ErrorCategory.DUPLICATE_KEY
                          ? Future.succeededFuture(true)
                          : Future.failedFuture(failure)))) {
        return;
      }
    }
    run.findings++;
    metrics.counter("boe.cloud.audit.findings", "type", type.name()).increment();
  }

  private static String shortened(String subject) {
    return subject.length() <= MAX_SUBJECT
        ? subject
        : subject.substring(0, MAX_SUBJECT) + '~' + digest(subject);
  }

  private static String suffix(String distinct) {
    return distinct.isEmpty() ? "" : '/' + digest(distinct);
  }

  private static String digest(String text) {
    return Sha256.hex(text.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }
}
