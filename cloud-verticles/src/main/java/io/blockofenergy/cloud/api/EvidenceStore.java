package io.blockofenergy.cloud.api;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
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
    return page("audit_runs", before(TEXTS, cursor), -1, limit, EvidenceStore::audit);
  }

  Future<Optional<JsonObject>> audit(String id) {
    return mongo
        .findOne("audit_runs", new JsonObject().put("_id", id), null)
        .map(found -> Optional.ofNullable(found).map(EvidenceStore::audit));
  }

  /**
   * The newest run whose findings are in force: a finding is, until a later full audit has come to
   * its end without one. Continuous audits look only at what is new and clear nothing.
   */
  Future<Optional<JsonObject>> runWithFindings() {
    JsonObject full = before(TEXTS, null).put("kind", "full").put("state", "completed");
    Future<Page> lastFinding =
        page("audit_findings", before(TEXTS, null), -1, 1, EvidenceStore::withId);
    Future<Page> lastFull = page("audit_runs", full, -1, 1, EvidenceStore::audit);
    return Future.all(lastFinding, lastFull)
        .compose(
            both -> {
              // A finding's id begins with its run's id, and these grow with time.
              Optional<String> run =
                  first(lastFinding.result())
                      .map(finding -> finding.getString("id").split("/", 2)[0]);
              boolean inForce =
                  run.isPresent()
                      && first(lastFull.result())
                          .map(audit -> run.get().compareTo(audit.getString("id")) >= 0)
                          .orElse(true);
              return inForce ? audit(run.get()) : Future.succeededFuture(Optional.empty());
            });
  }

  /**
   * In the order in which they are kept.
   *
   * @param cursor of the page before, or null
   */
  Future<Page> findings(String auditId, String cursor, int limit) {
    // One range of the primary index holds a run's findings.
    String start = auditId + '/';
    JsonObject ids =
        new JsonObject()
            .put("$gt", start + (cursor == null ? "" : cursor))
            .put("$lt", auditId + "0");
    return page("audit_findings", new JsonObject().put("_id", ids), 1, limit, EvidenceStore::withId)
        .map(
            page ->
                page.next() == null
                    ? page
                    : new Page(page.items(), page.next().substring(start.length())));
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

  private static JsonObject audit(JsonObject document) {
    JsonObject audit = withId(document);
    audit.remove("mark"); // where the next continuous run goes on; of no use to a reader
    return audit;
  }

  private static JsonObject withId(JsonObject document) {
    JsonObject copy = document.copy();
    copy.put("id", copy.remove("_id"));
    return copy;
  }
}
