package io.blockofenergy.cloud.api;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.List;
import java.util.Optional;

/**
 * What the API shows of checkpoints, anchors and audits, as the ledger and the audit keep them.
 * Each query walks an index from its newest end and stops at its limit.
 */
final class EvidenceStore {
  private final MongoClient mongo;

  EvidenceStore(MongoClient mongo) {
    this.mongo = mongo;
  }

  Future<List<JsonObject>> checkpoints(int limit) {
    return newest("log_checkpoints", new JsonObject(), limit)
        .map(
            found ->
                found.stream()
                    .map(
                        checkpoint ->
                            new JsonObject()
                                .put("treeSize", checkpoint.getLong("_id"))
                                .put("rootHash", checkpoint.getString("rootHash"))
                                .put("createdAt", checkpoint.getString("createdAt"))
                                .put("note", checkpoint.getString("note")))
                    .toList());
  }

  Future<List<JsonObject>> anchors(int limit) {
    return newest("anchors", new JsonObject(), limit)
        .map(found -> found.stream().map(EvidenceStore::anchor).toList());
  }

  /** The newest anchor that the chain has confirmed. */
  Future<Optional<JsonObject>> latestAnchor() {
    // At most a handful of newer ones are still on their way, so this look-up stays short.
    return newest("anchors", new JsonObject(), 16)
        .map(
            found ->
                found.stream()
                    .filter(anchor -> "anchored".equals(anchor.getString("state")))
                    .map(EvidenceStore::anchor)
                    .findFirst());
  }

  Future<List<JsonObject>> audits(int limit) {
    return newest("audit_runs", new JsonObject(), limit)
        .map(found -> found.stream().map(EvidenceStore::audit).toList());
  }

  Future<Optional<JsonObject>> audit(String id) {
    return mongo
        .findOne("audit_runs", new JsonObject().put("_id", id), null)
        .map(found -> Optional.ofNullable(found).map(EvidenceStore::audit));
  }

  Future<List<JsonObject>> findings(String auditId, int limit) {
    // A finding's id begins with its run's id, so that one range of the primary index holds them.
    JsonObject range =
        new JsonObject()
            .put("_id", new JsonObject().put("$gt", auditId + "/").put("$lt", auditId + "0"));
    FindOptions options = new FindOptions().setSort(new JsonObject().put("_id", 1)).setLimit(limit);
    return mongo
        .findWithOptions("audit_findings", range, options)
        .map(found -> found.stream().map(EvidenceStore::withId).toList());
  }

  private Future<List<JsonObject>> newest(String collection, JsonObject query, int limit) {
    FindOptions options =
        new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(limit);
    return mongo.findWithOptions(collection, query, options);
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
