package io.blockofenergy.cloud.audit.alert;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Collection {@code alerts}: what is to be told, put down before it is sent. A document is both the
 * intent and the memory of what was told: {@code keys} holds the findings that it is about, {@code
 * webhook} and {@code mail} are {@code pending}, {@code sent}, {@code failed} or {@code refused}.
 */
final class AlertOutbox {
  static final int MAX_FINDINGS = 100;
  private static final int MAX_DETAIL = 500;

  /** More findings of one run are counted, not looked at: the alert says how many there are. */
  private static final int MAX_KEYS = 10_000;

  /** One that fails once has met a chain that was away; those that keep failing see nothing. */
  private static final int CONTINUOUS_FAILURES = 3;

  /** The next may be a month away. */
  private static final int FULL_FAILURES = 1;

  private static final int RUNS_TO_CATCH_UP = 20;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS").withZone(ZoneOffset.UTC);
  private static final String FINDINGS = "audit.findings";
  private static final String FAILING = "audit.failing";
  private static final String RECOVERED = "audit.recovered";

  private final MongoClient mongo;
  private final List<String> channels;
  private final Duration repeat;
  private final Clock clock;

  /**
   * @param channels that each alert has to go by
   */
  AlertOutbox(MongoClient mongo, List<String> channels, Duration repeat, Clock clock) {
    this.mongo = mongo;
    this.channels = List.copyOf(channels);
    this.repeat = repeat;
    this.clock = clock;
  }

  /** Decides about a run that has ended. */
  Future<Void> ended(JsonObject run) {
    if (channels.isEmpty()) {
      return Future.succeededFuture();
    }
    return findings(run).compose(done -> failures());
  }

  /** Decides about the runs that ended lately: what was put down already is not put down again. */
  Future<Void> catchUp() {
    if (channels.isEmpty()) {
      return Future.succeededFuture();
    }
    String since = TIME.format(clock.instant().minus(repeat));
    JsonObject query =
        new JsonObject()
            .put("_id", new JsonObject().put("$gte", since))
            .put("findings", new JsonObject().put("$gt", 0));
    return newest("audit_runs", query, RUNS_TO_CATCH_UP)
        .compose(
            runs -> {
              Future<Void> all = Future.succeededFuture();
              for (int i = runs.size() - 1; i >= 0; i--) {
                JsonObject run = runs.get(i);
                if (!"running".equals(run.getValue("state"))) {
                  all = all.compose(done -> findings(run.put("id", run.getString("_id"))));
                }
              }
              return all;
            })
        .compose(done -> failures());
  }

  private Future<Void> findings(JsonObject run) {
    long count = run.getLong("findings", 0L);
    if (count == 0) {
      return Future.succeededFuture();
    }
    String id = run.getString("id");
    JsonObject ids = new JsonObject().put("$gt", id + '/').put("$lt", id + '0');
    FindOptions inOrder =
        new FindOptions().setSort(new JsonObject().put("_id", 1)).setLimit(MAX_KEYS);
    Future<List<JsonObject>> found =
        mongo.findWithOptions("audit_findings", new JsonObject().put("_id", ids), inOrder);
    Future<Set<String>> known = known();
    return Future.all(found, known)
        .compose(
            both -> {
              Map<String, JsonObject> news = new LinkedHashMap<>();
              for (JsonObject finding : found.result()) {
                String key = FindingKey.of(finding);
                if (!known.result().contains(key)) {
                  news.put(key, finding);
                }
              }
              if (news.isEmpty()) {
                return Future.succeededFuture();
              }
              // Those beyond the bound are news as long as any that was looked at is.
              long unseen = Math.max(0, count - found.result().size());
              return putDown(FINDINGS, findingsData(id, news, news.size() + unseen), news.keySet());
            });
  }

  /** The findings that were told lately, and those that somebody has acknowledged. */
  private Future<Set<String>> known() {
    String since = id(clock.instant().minus(repeat), "");
    JsonObject lately =
        new JsonObject().put("_id", new JsonObject().put("$gte", since)).put("type", FINDINGS);
    Future<List<JsonObject>> told =
        mongo.findWithOptions(
            "alerts", lately, new FindOptions().setFields(new JsonObject().put("keys", 1)));
    Future<List<JsonObject>> acknowledged =
        mongo.findWithOptions(
            "audit_acknowledgements",
            new JsonObject(),
            new FindOptions().setFields(new JsonObject().put("key", 1)));
    return Future.all(told, acknowledged)
        .map(
            both -> {
              Set<String> keys = new HashSet<>();
              for (JsonObject alert : told.result()) {
                if (alert.getValue("keys") instanceof JsonArray about) {
                  about.forEach(key -> keys.add("" + key));
                }
              }
              acknowledged.result().forEach(each -> keys.add("" + each.getValue("key")));
              return keys;
            });
  }

  private static JsonObject findingsData(String run, Map<String, JsonObject> news, long count) {
    JsonArray shown = new JsonArray();
    news.values().stream().limit(MAX_FINDINGS).forEach(finding -> shown.add(shown(finding)));
    return new JsonObject()
        .put("summary", count + (count == 1 ? " new audit finding" : " new audit findings"))
        .put("audit", run)
        .put("count", count)
        .put("findings", shown);
  }

  private static JsonObject shown(JsonObject finding) {
    JsonObject shown = new JsonObject();
    for (String member : List.of("type", "subject", "detail", "foundAt")) {
      Object value = finding.getValue(member);
      String text = value == null ? "" : value.toString();
      shown.put(member, text.length() > MAX_DETAIL ? text.substring(0, MAX_DETAIL) + '…' : text);
    }
    return shown;
  }

  private Future<Void> failures() {
    return failures("continuous", CONTINUOUS_FAILURES)
        .compose(done -> failures("full", FULL_FAILURES));
  }

  /** Of each kind by itself: those of one that complete say nothing about the other. */
  private Future<Void> failures(String kind, int several) {
    JsonObject ended =
        new JsonObject()
            .put("_id", new JsonObject().put("$gte", ""))
            .put("kind", kind)
            .put(
                "state",
                new JsonObject().put("$in", new JsonArray().add("completed").add("failed")));
    JsonObject about =
        new JsonObject()
            .put("type", new JsonObject().put("$in", new JsonArray().add(FAILING).add(RECOVERED)))
            .put("kind", kind);
    Future<List<JsonObject>> runs = newest("audit_runs", ended, several);
    Future<List<JsonObject>> told = newest("alerts", about, 1);
    return Future.all(runs, told)
        .compose(
            both -> {
              if (runs.result().isEmpty()) {
                return Future.succeededFuture();
              }
              JsonObject run = runs.result().get(0);
              boolean failing =
                  runs.result().size() == several
                      && runs.result().stream()
                          .allMatch(each -> "failed".equals(each.getValue("state")));
              JsonObject alert = told.result().isEmpty() ? null : told.result().get(0);
              boolean open = alert != null && FAILING.equals(alert.getValue("type"));
              JsonObject data =
                  new JsonObject().put("audit", run.getString("_id")).put("kind", kind);
              if (failing && (!open || isLongAgo(alert))) {
                data.put(
                    "summary",
                    several == 1
                        ? "the last " + kind + " audit did not complete"
                        : "the last " + several + ' ' + kind + " audits did not complete");
                data.put("reason", String.valueOf(run.getValue("detail")));
                return putDown(FAILING, data, Set.of());
              }
              if (open && "completed".equals(run.getValue("state"))) {
                data.put("summary", kind + " audits work again");
                return putDown(RECOVERED, data, Set.of());
              }
              return Future.succeededFuture();
            });
  }

  private boolean isLongAgo(JsonObject alert) {
    try {
      return Instant.parse(String.valueOf(alert.getValue("createdAt")))
          .plus(repeat)
          .isBefore(clock.instant());
    } catch (DateTimeParseException e) {
      return true; // somebody has changed it: rather told twice
    }
  }

  private Future<List<JsonObject>> newest(String collection, JsonObject query, int limit) {
    return mongo.findWithOptions(
        collection,
        query,
        new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(limit));
  }

  private Future<Void> putDown(String type, JsonObject data, Set<String> keys) {
    Instant now = clock.instant();
    JsonObject body =
        new JsonObject()
            .put("schema", "boe.alert.v1")
            .put("type", type)
            .put("timestamp", Reading.format(now))
            .put("data", data);
    String chance = String.format("%08x", ThreadLocalRandom.current().nextInt());
    JsonObject document =
        new JsonObject()
            .put("_id", id(now, chance))
            .put("type", type)
            .put("createdAt", Reading.format(now))
            .put("body", body.encode())
            .put("keys", new JsonArray(List.copyOf(keys)));
    if (data.containsKey("kind")) {
      document.put("kind", data.getString("kind"));
    }
    channels.forEach(channel -> document.put(channel, "pending"));
    return mongo.insert("alerts", document).mapEmpty();
  }

  private static String id(Instant at, String chance) {
    return "msg_" + TIME.format(at) + chance;
  }
}
