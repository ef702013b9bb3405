package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
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
  private final ActDocuments documents;
  private volatile boolean indexed;

  public ActStore(MongoClient mongo) {
    this.mongo = mongo;
    this.documents = new ActDocuments(mongo);
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
    JsonObject same = new JsonObject().put("key", key);
    return createIndexes()
        .compose(v -> documents.upwards(same, 1, Act::read))
        .compose(
            found -> {
              if (found.first().isPresent()) {
                return Future.succeededFuture(found.first().get());
              }
              return documents
                  .strays(same)
                  .compose(
                      strays ->
                          found.damaged() + strays > 0
                              ? Future.failedFuture(
                                  new UnavailableException("the act " + key + " is damaged"))
                              : highest())
                  .compose(n -> insert(n + 1, key, kind, at, members, more));
            });
  }

  /** A document takes a number by its {@code _id}, however damaged it is. */
  private Future<Long> highest() {
    return documents
        .downwards(new JsonObject(), Act.MAX, 1, Act::numberOf)
        .map(found -> found.first().orElse(0L))
        .compose(
            n ->
                n + 1 < Act.MAX
                    ? Future.succeededFuture(n)
                    : Future.failedFuture(new UnavailableException("no number is left for acts")));
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
                MongoFailures.isDuplicate(failure)
                    ? record(key, kind, at, members, more)
                    : MongoFailures.unavailable(failure));
  }

  /** The act of a public id. */
  public Future<Optional<Act>> find(String id) {
    Optional<Long> n = Act.number(id);
    return n.isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : documents.of(new JsonObject(), n.get(), Act::read);
  }

  /** Newest first, those before number {@code before}. */
  public Future<List<Act>> acts(long before, int limit) {
    return documents
        .downwards(new JsonObject(), before, limit, Act::read)
        .map(ActDocuments.Page::found);
  }

  /**
   * Acts that wait for the log.
   *
   * @param acts the first of them, in the order of their numbers
   * @param damaged documents among them that are no acts any more, so cannot be logged; all of them
   *     when {@code acts} are fewer than were asked for
   */
  public record Unlogged(List<Act> acts, long damaged) {}

  /** Those that the ledger has not logged yet. */
  public Future<Unlogged> unlogged(int limit) {
    JsonObject recorded = new JsonObject().put("state", "recorded");
    return documents
        .upwards(recorded, limit, Act::read)
        .compose(
            page ->
                documents
                    .strays(recorded)
                    .map(strays -> new Unlogged(page.found(), page.damaged() + strays)));
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
