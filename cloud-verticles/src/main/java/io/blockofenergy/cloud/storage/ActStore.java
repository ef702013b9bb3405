package io.blockofenergy.cloud.storage;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoServerException;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.IndexOptions;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Collection {@code acts}: administrative deeds, numbered 1, 2, 3 … without gaps. An act is
 * recorded before it takes effect, never changed, and logged by the ledger. Safe for any thread.
 * Futures fail with {@link io.blockofenergy.telemetry.UnavailableException} when the store does not
 * answer.
 */
public final class ActStore {
  /** Published on the event bus when an act was recorded, so that it need not be waited for. */
  public static final String RECORDED = "acts.recorded";

  static final String ACTS = "acts";

  private final MongoClient mongo;
  private volatile boolean indexed;

  public ActStore(MongoClient mongo) {
    this.mongo = mongo;
  }

  /** Creates what queries walk; does nothing when it is there. */
  public Future<Void> createIndexes() {
    if (indexed) {
      return Future.succeededFuture();
    }
    return mongo
        .createIndexWithOptions(
            ACTS, new JsonObject().put("key", 1), new IndexOptions().unique(true))
        .compose(v -> mongo.createIndex(ACTS, new JsonObject().put("state", 1).put("_id", 1)))
        .compose(v -> mongo.createIndex(ACTS, new JsonObject().put("kind", 1).put("_id", 1)))
        .onSuccess(v -> indexed = true)
        .recover(MongoFailures::unavailable);
  }

  /**
   * Records an act, durably, unless one of this key is recorded: that one is given back then. So
   * whoever does not know whether it was recorded may record it again.
   *
   * @param key what the act is of, unique among all acts
   * @param members of its kind, texts and integers
   */
  public Future<Act> record(String key, String kind, Instant at, Map<String, ?> members) {
    return record(key, kind, at, members, new JsonObject());
  }

  /**
   * @param more members of the document, not of the act: the work that the act is the beginning of
   */
  Future<Act> record(String key, String kind, Instant at, Map<String, ?> members, JsonObject more) {
    return createIndexes()
        .compose(v -> first(new JsonObject().put("key", key), 1))
        .compose(
            found ->
                found.isPresent()
                    ? Future.succeededFuture(found.get())
                    : first(new JsonObject(), -1)
                        .compose(
                            last ->
                                insert(
                                    last.map(Act::n).orElse(0L) + 1,
                                    key,
                                    kind,
                                    at,
                                    members,
                                    more)));
  }

  private Future<Act> insert(
      long n, String key, String kind, Instant at, Map<String, ?> members, JsonObject more) {
    Map<String, Object> tree = new TreeMap<>(members);
    tree.put("schema", "boe.act.v1");
    tree.put("id", Act.id(n));
    tree.put("kind", kind);
    tree.put("at", Reading.format(at));
    String canonical = new String(CanonicalJson.bytes(tree), StandardCharsets.UTF_8);
    JsonObject document =
        new JsonObject()
            .put("_id", Act.sortableId(n))
            .put("act", canonical)
            .put("state", "recorded")
            .put("kind", kind)
            .put("key", key)
            .mergeIn(more);
    return mongo
        .insert(ACTS, document)
        .map(id -> new Act(n, canonical, false))
        .recover(
            failure ->
                // Another one has taken the number, or has recorded the same act.
                isDuplicate(failure)
                    ? record(key, kind, at, members, more)
                    : MongoFailures.unavailable(failure));
  }

  private static boolean isDuplicate(Throwable failure) {
    return failure instanceof MongoServerException server
        && ErrorCategory.fromErrorCode(server.getCode()) == ErrorCategory.DUPLICATE_KEY;
  }

  private Future<Optional<Act>> first(JsonObject filter, int direction) {
    return list(filter, direction, 1).map(found -> found.stream().findFirst());
  }

  private Future<List<Act>> list(JsonObject filter, int direction, int limit) {
    return documents(filter, direction, limit).map(all -> all.stream().map(Act::read).toList());
  }

  /** In the order of their numbers, 1, or against it, -1. */
  Future<List<JsonObject>> documents(JsonObject filter, int direction, int limit) {
    return mongo
        .findWithOptions(
            ACTS,
            filter,
            new FindOptions().setSort(new JsonObject().put("_id", direction)).setLimit(limit))
        .recover(MongoFailures::unavailable);
  }

  /** The act of a public id. */
  public Future<Optional<Act>> find(String id) {
    Optional<Long> n = Act.number(id);
    return n.isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : first(new JsonObject().put("_id", Act.sortableId(n.get())), 1);
  }

  /** Newest first, those before number {@code before}. */
  public Future<List<Act>> acts(long before, int limit) {
    return list(
        new JsonObject().put("_id", new JsonObject().put("$lt", Act.sortableId(before))),
        -1,
        limit);
  }

  /** Those that the ledger has not logged yet, in the order of their numbers. */
  public Future<List<Act>> unlogged(int limit) {
    return list(new JsonObject().put("state", "recorded"), 1, limit);
  }

  /** To be called when a signed checkpoint includes the act. */
  public Future<Void> markLogged(long n) {
    return set(n, new JsonObject().put("$set", new JsonObject().put("state", "logged")));
  }

  Future<Void> set(long n, JsonObject update) {
    return mongo
        .updateCollection(ACTS, new JsonObject().put("_id", Act.sortableId(n)), update)
        .<Void>mapEmpty()
        .recover(MongoFailures::unavailable);
  }
}
