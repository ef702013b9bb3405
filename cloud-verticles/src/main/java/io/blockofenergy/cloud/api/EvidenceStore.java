package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.audit.AuditProgress;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the API shows of checkpoints, anchors and audits, as the ledger and the audit keep them.
 * Each query walks an index and stops at its limit. The store is not trusted: documents whose
 * {@code _id} is of another type, or that are not of their form, are passed over; the audit names
 * them.
 */
final class EvidenceStore {
  /**
   * Part of a list.
   *
   * @param next cursor of the page after, or null
   */
  record Page(List<JsonObject> items, String next) {}

  private static final JsonObject NUMBERS = new JsonObject().put("$gte", 0);
  private static final JsonObject TEXTS = new JsonObject().put("$gte", "");

  private final MongoClient mongo;
  private final Clock clock = Clock.systemUTC();

  EvidenceStore(MongoClient mongo) {
    this.mongo = mongo;
  }

  /**
   * Newest first.
   *
   * @param cursor of the page before, or null
   */
  Future<Page> checkpoints(Long cursor, int limit) {
    return page("log_checkpoints", before(NUMBERS, cursor), -1, limit, EvidenceStore::checkpoint);
  }

  /** Newest first. */
  Future<Page> anchors(Long cursor, int limit) {
    return page("anchors", before(NUMBERS, cursor), -1, limit, EvidenceStore::anchor);
  }

  /** The newest anchor that the chain has confirmed. */
  Future<Optional<JsonObject>> latestAnchor() {
    JsonObject anchored = before(NUMBERS, null).put("state", "anchored");
    return page("anchors", anchored, -1, 1, EvidenceStore::anchor).map(EvidenceStore::first);
  }

  /** Newest first. */
  Future<Page> audits(String cursor, int limit) {
    return page("audit_runs", before(TEXTS, cursor), -1, limit, this::audit);
  }

  Future<Optional<JsonObject>> audit(String id) {
    return mongo
        .findOne("audit_runs", new JsonObject().put("_id", id), null)
        .map(found -> Optional.ofNullable(found).map(this::audit));
  }

  private static JsonObject before(JsonObject type, Object cursor) {
    JsonObject ids = type.copy();
    if (cursor != null) {
      ids.put("$lt", cursor);
    }
    return new JsonObject().put("_id", ids);
  }

  private Future<Page> page(
      String collection,
      JsonObject query,
      int direction,
      int limit,
      Function<JsonObject, JsonObject> show) {
    // One more than asked for tells whether there is another page.
    FindOptions options =
        new FindOptions().setSort(new JsonObject().put("_id", direction)).setLimit(limit + 1);
    return mongo
        .findWithOptions(collection, query, options)
        .map(
            found -> {
              boolean more = found.size() > limit;
              List<JsonObject> items = new ArrayList<>();
              for (JsonObject document : more ? found.subList(0, limit) : found) {
                try {
                  items.add(show.apply(document));
                } catch (ClassCastException e) {
                  continue; // somebody has changed it
                }
              }
              String next = more ? String.valueOf(found.get(limit - 1).getValue("_id")) : null;
              return new Page(items, next);
            });
  }

  private static Optional<JsonObject> first(Page page) {
    return page.items().stream().findFirst();
  }

  private static JsonObject checkpoint(JsonObject document) {
    return new JsonObject()
        .put("treeSize", document.getLong("_id"))
        .put("rootHash", document.getString("rootHash"))
        .put("createdAt", document.getString("createdAt"))
        .put("note", document.getString("note"));
  }

  private static JsonObject anchor(JsonObject document) {
    JsonObject anchor = document.copy();
    anchor.put("treeSize", anchor.remove("_id"));
    return anchor;
  }

  private JsonObject audit(JsonObject document) {
    JsonObject audit = withId(document);
    audit.remove("mark"); // where the next continuous run goes on; of no use to a reader
    return AuditProgress.show(audit, clock.instant());
  }

  private static JsonObject withId(JsonObject document) {
    JsonObject copy = document.copy();
    copy.put("id", copy.remove("_id"));
    return copy;
  }
}
