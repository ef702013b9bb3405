package io.blockofenergy.cloud.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Set;

/** Checkpoints, anchors and audits. */
final class EvidenceRoutes {
  private static final String AUDIT_START = "audit.start";
  private static final int AUDIT_RUNNING = 409;
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 1000;
  private static final int MAX_BY = 100;
  private static final int MAX_REASON = 500;

  private final Vertx vertx;
  private final EvidenceStore evidence;
  private final FindingStore findings;

  EvidenceRoutes(Vertx vertx, EvidenceStore evidence, FindingStore findings) {
    this.vertx = vertx;
    this.evidence = evidence;
    this.findings = findings;
  }

  /** By operationId. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.ofEntries(
        Map.entry("listCheckpoints", this::checkpoints),
        Map.entry("listAnchors", this::anchors),
        Map.entry("listAudits", this::audits),
        Map.entry("startAudit", this::startAudit),
        Map.entry("getAudit", this::audit),
        Map.entry("listFindingsOfAudit", this::findings),
        Map.entry("acknowledgeFinding", this::acknowledge),
        Map.entry("listFindings", this::allFindings));
  }

  private void checkpoints(RoutingContext context) {
    Query query = Query.of(context, "limit", "cursor");
    list(
        context,
        "checkpoints",
        evidence.checkpoints(query.numberCursor("checkpoints"), limit(query)));
  }

  private void anchors(RoutingContext context) {
    Query query = Query.of(context, "limit", "cursor");
    list(context, "anchors", evidence.anchors(query.numberCursor("anchors"), limit(query)));
  }

  private void audits(RoutingContext context) {
    Query query = Query.of(context, "limit", "cursor");
    list(context, "audits", evidence.audits(cursor(query, "audits"), limit(query)));
  }

  private void startAudit(RoutingContext context) {
    String kind = "full";
    if (context.body().length() > 0) {
      JsonObject body = JsonBody.of(context, Set.of("kind"));
      Object wanted = body.getValue("kind", kind);
      if (!Set.of("full", "continuous").contains(wanted)) {
        throw Problem.badRequest("kind must be full or continuous");
      }
      kind = (String) wanted;
    }
    vertx
        .eventBus()
        .<JsonObject>request(AUDIT_START, new JsonObject().put("kind", kind))
        .onSuccess(
            reply ->
                Answers.made(
                    context, 202, "/api/v1/audits/" + reply.body().getString("id"), reply.body()))
        .onFailure(failure -> context.fail(asProblem(failure)));
  }

  private static Throwable asProblem(Throwable failure) {
    if (failure instanceof ReplyException reply) {
      return reply.failureCode() == AUDIT_RUNNING
          ? Problem.conflict(reply.getMessage())
          : Problem.unavailable("the audit does not answer");
    }
    return failure;
  }

  private void audit(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    Answers.json(
        context,
        evidence
            .audit(id)
            .map(found -> found.orElseThrow(() -> Problem.notFound("there is no audit " + id))));
  }

  private void findings(RoutingContext context) {
    String id = context.pathParam("id");
    Query query = Query.of(context, "limit", "cursor", "acknowledged");
    int limit = limit(query);
    String of = "findings/" + id;
    String cursor = cursor(query, of);
    String wanted = query.text("acknowledged").orElse(null);
    if (wanted != null && !Set.of("true", "false").contains(wanted)) {
      throw Problem.badRequest("acknowledged must be true or false");
    }
    Boolean acknowledged = wanted == null ? null : Boolean.valueOf(wanted);
    list(
        context,
        "findings",
        of,
        evidence
            .audit(id)
            .map(found -> found.orElseThrow(() -> Problem.notFound("there is no audit " + id)))
            .compose(audit -> findings.ofRun(id, acknowledged, cursor, limit)));
  }

  private void allFindings(RoutingContext context) {
    Query query = Query.of(context, "limit", "cursor", "state");
    String state = query.text("state").orElse("open");
    if (!Set.of("open", "all").contains(state)) {
      throw Problem.badRequest("state must be open or all");
    }
    list(
        context,
        "findings",
        findings.all(state.equals("open"), cursor(query, "findings"), limit(query)));
  }

  private void acknowledge(RoutingContext context) {
    Query.of(context);
    JsonObject body = JsonBody.of(context);
    if (!Set.of("by", "reason").equals(body.fieldNames())) {
      throw Problem.badRequest("the body must have the members by and reason, and no other");
    }
    String by = words(body, "by", MAX_BY);
    String reason = words(body, "reason", MAX_REASON);
    findings
        .acknowledge(context.pathParam("id"), context.pathParam("finding"), by, reason)
        .onSuccess(said -> Answers.made(context, 201, null, said))
        .onFailure(context::fail);
  }

  private static String words(JsonObject body, String name, int max) {
    if (body.getValue(name) instanceof String text) {
      String words = text.strip();
      int length = words.codePointCount(0, words.length());
      if (length >= 1 && length <= max && words.chars().noneMatch(Character::isISOControl)) {
        return words;
      }
    }
    throw Problem.badRequest(name + " must be a text of 1 to " + max + " characters in one line");
  }

  private static int limit(Query query) {
    return query.limit(DEFAULT_LIMIT, MAX_LIMIT);
  }

  private static String cursor(Query query, String list) {
    return query.cursor(list).orElse(null);
  }

  private static void list(RoutingContext context, String name, Future<EvidenceStore.Page> page) {
    list(context, name, name, page);
  }

  /**
   * @param list to which its cursors belong
   */
  private static void list(
      RoutingContext context, String name, String list, Future<EvidenceStore.Page> page) {
    Answers.json(
        context,
        page.map(
            found ->
                new JsonObject()
                    .put(name, new JsonArray(found.items()))
                    .put("nextCursor", PageCursor.of(list, found.next()))));
  }
}
