package io.blockofenergy.cloud.storage;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A collection of small documents that people write, each replaced only by who has seen what it
 * replaces. A document has {@code _id}, {@code revision}, a text that every write draws anew, and
 * {@code content}, an object: one that was deleted and made again is another one, which a counter
 * would not tell. Queries are look-ups by {@code _id}. Safe for any thread. Futures fail with
 * {@link io.blockofenergy.telemetry.UnavailableException} when the store does not answer.
 */
public final class VersionedDocuments {
  private static final int MAX_IDS = 500;

  /**
   * A document as it was read.
   *
   * @param revision what {@link #replace} and {@link #remove} ask for
   */
  public record Versioned(String id, String revision, JsonObject content) {}

  private final MongoClient mongo;
  private final String collection;

  public VersionedDocuments(MongoClient mongo, String collection) {
    this.mongo = mongo;
    this.collection = collection;
  }

  public Future<Optional<Versioned>> find(String id) {
    return mongo
        .findOne(collection, new JsonObject().put("_id", id), null)
        .map(document -> Optional.ofNullable(document).map(VersionedDocuments::read))
        .recover(MongoFailures::unavailable);
  }

  /** Those of these ids that there are. */
  public Future<Map<String, Versioned>> find(Collection<String> ids) {
    Map<String, Versioned> found = new TreeMap<>();
    List<String> all = ids.stream().distinct().toList();
    List<List<String>> pages = new ArrayList<>();
    for (int start = 0; start < all.size(); start += MAX_IDS) {
      pages.add(all.subList(start, Math.min(start + MAX_IDS, all.size())));
    }
    return Steps.each(
            pages,
            page ->
                mongo
                    .find(
                        collection,
                        new JsonObject()
                            .put("_id", new JsonObject().put("$in", new JsonArray(page))))
                    .<Void>map(
                        documents -> {
                          documents.stream()
                              .map(VersionedDocuments::read)
                              .forEach(each -> found.put(each.id(), each));
                          return null;
                        }))
        .run()
        .map(v -> found)
        .recover(MongoFailures::unavailable);
  }

  /**
   * The documents by id.
   *
   * @param limit of their number
   */
  public Future<List<Versioned>> all(int limit) {
    return mongo
        .findWithOptions(
            collection,
            new JsonObject(),
            new FindOptions().setSort(new JsonObject().put("_id", 1)).setLimit(limit))
        .map(documents -> documents.stream().map(VersionedDocuments::read).toList())
        .recover(MongoFailures::unavailable);
  }

  /** How many there are. */
  public Future<Long> count() {
    return mongo.count(collection, new JsonObject()).recover(MongoFailures::unavailable);
  }

  /**
   * Writes a document that is not there, durably.
   *
   * @return it; empty when it is there
   */
  public Future<Optional<Versioned>> create(String id, JsonObject content) {
    Versioned next = next(id, content);
    return mongo
        .insert(collection, document(next))
        .map(v -> Optional.of(next))
        .recover(
            failure ->
                MongoFailures.isDuplicate(failure)
                    ? Future.succeededFuture(Optional.empty())
                    : MongoFailures.unavailable(failure));
  }

  /**
   * Writes the document in the place of one that was read, durably.
   *
   * @return it; empty when somebody else has written or removed it meanwhile
   */
  public Future<Optional<Versioned>> replace(Versioned old, JsonObject content) {
    Versioned next = next(old.id(), content);
    return mongo
        .replaceDocuments(collection, exactly(old), document(next))
        .map(
            result ->
                result != null && result.getDocMatched() == 1
                    ? Optional.of(next)
                    : Optional.<Versioned>empty())
        .recover(MongoFailures::unavailable);
  }

  /** False when somebody else has written or removed it meanwhile. */
  public Future<Boolean> remove(Versioned old) {
    return mongo
        .removeDocument(collection, exactly(old))
        .map(result -> result != null && result.getRemovedCount() == 1)
        .recover(MongoFailures::unavailable);
  }

  private static Versioned next(String id, JsonObject content) {
    return new Versioned(id, UUID.randomUUID().toString(), content);
  }

  private static JsonObject exactly(Versioned old) {
    return new JsonObject().put("_id", old.id()).put("revision", old.revision());
  }

  private static JsonObject document(Versioned version) {
    return new JsonObject()
        .put("_id", version.id())
        .put("revision", version.revision())
        .put("content", version.content());
  }

  private static Versioned read(JsonObject document) {
    return new Versioned(
        document.getString("_id"),
        document.getString("revision"),
        document.getJsonObject("content", new JsonObject()));
  }
}
