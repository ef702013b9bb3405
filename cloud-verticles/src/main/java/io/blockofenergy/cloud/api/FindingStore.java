package io.blockofenergy.cloud.api;

import com.mongodb.MongoWriteException;
import io.blockofenergy.cloud.audit.alert.FindingKey;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Findings of audits and what people have said to them. A finding is never changed: its
 * acknowledgement is a document of its own in {@code audit_acknowledgements}, inserted once, and
 * holds for every finding of the same type, subject and detail. The store is not trusted: documents
 * that are not of their form are passed over.
 */
final class FindingStore {
  /** Documents that one request looks at to find those it is asked for. */
  private static final int MAX_LOOKED_AT = 2_000;

  private static final int DUPLICATE_KEY = 11_000;

  private final MongoClient mongo;
  private final Clock clock = Clock.systemUTC();

  FindingStore(MongoClient mongo) {
    this.mongo = mongo;
  }

  /**
   * The findings of a run, in the order in which they are kept.
   *
   * @param acknowledged only those that are, or are not; null for all
   * @param cursor of the page before, or null
   */
  Future<EvidenceStore.Page> ofRun(String run, Boolean acknowledged, String cursor, int limit) {
    JsonObject ids =
        new JsonObject()
            .put("$gt", cursor == null ? run + '/' : id(cursor).orElse(run + '/'))
            .put("$lt", run + '0');
    return page(ids, 1, acknowledged, limit);
  }

  /**
   * The findings of all runs, newest first. A finding is open until somebody has acknowledged it,
   * or a later full audit has come to its end without it.
   *
   * @param cursor of the page before, or null
   */
  Future<EvidenceStore.Page> all(boolean open, String cursor, int limit) {
    Future<String> since = open ? lastFull() : Future.succeededFuture("");
    return since.compose(
        first -> {
          JsonObject ids = new JsonObject().put("$gte", first);
          if (cursor != null) {
            ids.put("$lt", id(cursor).orElse(""));
          }
          return page(ids, -1, open ? Boolean.FALSE : null, limit);
        });
  }

  /**
   * How many findings are open, the same of several runs counted once, and the newest run that has
   * one.
   *
   * @param more whether there are older ones that were not looked at
   */
  record Open(long count, String run, boolean more) {}

  Future<Optional<Open>> open() {
    return lastFull()
        .compose(
            since ->
                scan(
                    new JsonObject().put("$gte", since),
                    -1,
                    Boolean.FALSE,
                    MAX_LOOKED_AT,
                    MAX_LOOKED_AT))
        .map(
            page -> {
              if (page.items().isEmpty()) {
                return Optional.empty();
              }
              Set<String> keys = new HashSet<>();
              page.items().forEach(finding -> keys.add(FindingKey.of(finding)));
              String newest = page.items().get(0).getString("id").split("/", 2)[0];
              return Optional.of(new Open(keys.size(), newest, page.next() != null));
            });
  }

  /**
   * Puts down that somebody has taken note.
   *
   * @param ref as lists show it
   * @return what was put down; fails with a {@link Problem} when there is no such finding, or when
   *     somebody has done so before
   */
  Future<JsonObject> acknowledge(String run, String ref, String by, String reason) {
    String id = id(ref).filter(each -> each.startsWith(run + '/')).orElse(null);
    Problem absent = Problem.notFound("audit " + run + " has no such finding");
    if (id == null) {
      return Future.failedFuture(absent);
    }
    return mongo
        .findOne("audit_findings", new JsonObject().put("_id", id), null)
        .compose(
            finding -> {
              if (finding == null) {
                return Future.failedFuture(absent);
              }
              JsonObject said =
                  new JsonObject()
                      .put("by", by)
                      .put("reason", reason)
                      .put("at", Reading.format(clock.instant()));
              JsonObject document =
                  said.copy().put("_id", id).put("key", FindingKey.of(finding)).put("run", run);
              // Lists ask by the key; after the first time this does nothing.
              return mongo
                  .createIndex("audit_acknowledgements", new JsonObject().put("key", 1))
                  .compose(made -> mongo.insert("audit_acknowledgements", document))
                  .recover(
                      cause ->
                          Future.failedFuture(
                              cause instanceof MongoWriteException write
                                      && write.getError().getCode() == DUPLICATE_KEY
                                  ? Problem.acknowledged("the finding is acknowledged already")
                                  : cause))
                  .map(done -> said);
            });
  }

  /** The newest full run that has completed: what it did not find is not there any more. */
  private Future<String> lastFull() {
    JsonObject full =
        new JsonObject()
            .put("_id", new JsonObject().put("$gte", ""))
            .put("kind", "full")
            .put("state", "completed");
    FindOptions newest = new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(1);
    return mongo
        .findWithOptions("audit_runs", full, newest)
        .map(found -> found.isEmpty() ? "" : found.get(0).getString("_id"));
  }

  private Future<EvidenceStore.Page> page(
      JsonObject ids, int direction, Boolean acknowledged, int limit) {
    int lookedAt = acknowledged == null ? limit : MAX_LOOKED_AT;
    return scan(ids, direction, acknowledged, limit, lookedAt);
  }

  /** Looks at so many documents at most; the page may be short though there is a next. */
  private Future<EvidenceStore.Page> scan(
      JsonObject ids, int direction, Boolean acknowledged, int limit, int lookedAt) {
    FindOptions options =
        new FindOptions().setSort(new JsonObject().put("_id", direction)).setLimit(lookedAt + 1);
    return mongo
        .findWithOptions("audit_findings", new JsonObject().put("_id", ids), options)
        .compose(
            found ->
                acknowledgements(found)
                    .map(said -> select(found, said, acknowledged, limit, lookedAt)));
  }

  private static EvidenceStore.Page select(
      List<JsonObject> found,
      Map<String, JsonObject> said,
      Boolean acknowledged,
      int limit,
      int lookedAt) {
    List<JsonObject> items = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      if (i == lookedAt || items.size() == limit) {
        return new EvidenceStore.Page(items, ref(found.get(i - 1).getString("_id")));
      }
      JsonObject finding = found.get(i).copy();
      JsonObject saying = said.get(FindingKey.of(finding));
      if (acknowledged == null || acknowledged == (saying != null)) {
        String id = String.valueOf(finding.remove("_id"));
        items.add(finding.put("id", id).put("ref", ref(id)).put("acknowledged", saying));
      }
    }
    return new EvidenceStore.Page(items, null);
  }

  /** By the findings' keys; the first that was said to one counts. */
  private Future<Map<String, JsonObject>> acknowledgements(List<JsonObject> findings) {
    if (findings.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    JsonArray keys = new JsonArray();
    findings.stream().map(FindingKey::of).distinct().forEach(keys::add);
    JsonObject query = new JsonObject().put("key", new JsonObject().put("$in", keys));
    return mongo
        .find("audit_acknowledgements", query)
        .map(
            found -> {
              Map<String, JsonObject> said = new HashMap<>();
              for (JsonObject each : found) {
                JsonObject saying =
                    new JsonObject()
                        .put("by", each.getValue("by"))
                        .put("reason", each.getValue("reason"))
                        .put("at", each.getValue("at"));
                said.merge(
                    each.getString("key"),
                    saying,
                    (one, other) -> text(one).compareTo(text(other)) <= 0 ? one : other);
              }
              return said;
            });
  }

  private static String text(JsonObject saying) {
    return String.valueOf(saying.getValue("at"));
  }

  /** A finding's id holds slashes, which servers on the way may take for the path's. */
  static String ref(String id) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(id.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<String> id(String ref) {
    try {
      return Optional.of(new String(Base64.getUrlDecoder().decode(ref), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
