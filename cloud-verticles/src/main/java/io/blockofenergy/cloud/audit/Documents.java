package io.blockofenergy.cloud.audit;

import com.mongodb.MongoException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads from a store that anybody may have written to. A value of a type that the client has no
 * notion of (a regular expression, JavaScript …) makes it fail for all the documents that were
 * asked for together; here only the one that holds it comes back empty.
 */
final class Documents {
  private final MongoClient mongo;
  private final Runnable beforeEach;

  /**
   * @param beforeEach is run before the store is asked for anything; what it throws ends the asking
   */
  Documents(MongoClient mongo, Runnable beforeEach) {
    this.mongo = mongo;
    this.beforeEach = beforeEach;
  }

  /** Those that are there, by id (whole numbers as Long); empty for what cannot be read. */
  Future<Map<Object, Optional<JsonObject>>> byId(String collection, List<?> ids) {
    beforeEach.run();
    JsonObject query =
        new JsonObject().put("_id", new JsonObject().put("$in", new JsonArray(List.copyOf(ids))));
    return mongo
        .find(collection, query.copy())
        .map(
            found -> {
              Map<Object, Optional<JsonObject>> byId = new HashMap<>();
              found.forEach(document -> byId.put(id(document), Optional.of(document)));
              return byId;
            })
        .recover(
            failure -> {
              if (failure instanceof MongoException) {
                return Future.failedFuture(failure);
              }
              if (ids.size() > 1) {
                int half = ids.size() / 2;
                return byId(collection, ids.subList(0, half))
                    .compose(
                        first ->
                            byId(collection, ids.subList(half, ids.size()))
                                .map(
                                    second -> {
                                      first.putAll(second);
                                      return first;
                                    }));
              }
              // Asked for without being read: so this is about the document, not the connection.
              return exists(collection, query, 0)
                  .map(
                      there -> {
                        Map<Object, Optional<JsonObject>> unreadable = new HashMap<>();
                        if (there) {
                          unreadable.put(ids.get(0), Optional.empty());
                        }
                        return unreadable;
                      });
            });
  }

  /** Looks at nothing but an id, which can be read whatever else a document holds. */
  Future<Boolean> exists(String collection, JsonObject query, int skip) {
    FindOptions one =
        new FindOptions().setFields(new JsonObject().put("_id", 1)).setSkip(skip).setLimit(1);
    return mongo.findWithOptions(collection, query, one).map(found -> !found.isEmpty());
  }

  /** Whether a member is a whole number. */
  static boolean isWhole(Object value) {
    return value instanceof Long || value instanceof Integer;
  }

  /** A member of a document; null where there is none, or no document that can be read. */
  static Object member(Optional<JsonObject> document, String name) {
    return document == null ? null : document.map(found -> found.getValue(name)).orElse(null);
  }

  /**
   * Of the documents of a journal up to a key, the last one; none when there is none.
   *
   * @param journal what their {@code _id}s begin with
   */
  Future<List<Optional<JsonObject>>> lastUpTo(String collection, String journal, String key) {
    JsonObject ids = new JsonObject().put("$gte", journal).put("$lte", key);
    return page(
        collection, new JsonObject().put("_id", ids), new JsonObject().put("_id", -1), 0, 1);
  }

  /** A document of a range; empty when it cannot be read. */
  record Kept(String id, Optional<JsonObject> document) {}

  /**
   * The documents whose {@code _id} is a text after {@code after}, in its order.
   *
   * @param after "" to begin
   * @param limit of the page; less come only at the end
   */
  Future<List<Kept>> range(String collection, String after, int limit) {
    beforeEach.run();
    JsonObject query = new JsonObject().put("_id", new JsonObject().put("$gt", after));
    return mongo
        .findWithOptions(collection, query.copy(), byId(limit))
        .map(
            found ->
                found.stream()
                    .map(document -> new Kept(document.getString("_id"), Optional.of(document)))
                    .toList())
        .recover(
            failure -> {
              if (failure instanceof MongoException) {
                return Future.failedFuture(failure);
              }
              return limit > 1
                  ? range(collection, after, limit / 2)
                      .compose(
                          first ->
                              range(collection, first.get(first.size() - 1).id(), limit - limit / 2)
                                  .map(second -> joined(first, second)))
                  : mongo
                      .findWithOptions(
                          collection, query, byId(1).setFields(new JsonObject().put("_id", 1)))
                      .map(
                          found ->
                              found.stream()
                                  .map(only -> new Kept(only.getString("_id"), Optional.empty()))
                                  .toList());
            });
  }

  private static FindOptions byId(int limit) {
    return new FindOptions()
        .setSort(new JsonObject().put("_id", 1))
        .setLimit(limit)
        .setBatchSize(limit);
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    List<T> both = new ArrayList<>(first);
    both.addAll(second);
    return both;
  }

  private static Object id(JsonObject document) {
    Object id = document.getValue("_id");
    return id instanceof Integer number ? (Object) number.longValue() : id;
  }

  /** A page of what the query finds, in the sort's order; empty for what cannot be read. */
  Future<List<Optional<JsonObject>>> page(
      String collection, JsonObject query, JsonObject sort, int skip, int limit) {
    beforeEach.run();
    FindOptions options =
        new FindOptions().setSort(sort.copy()).setSkip(skip).setLimit(limit).setBatchSize(limit);
    return mongo
        .findWithOptions(collection, query.copy(), options)
        .map(
            found -> {
              List<Optional<JsonObject>> page = new ArrayList<>();
              found.forEach(document -> page.add(Optional.of(document)));
              return page;
            })
        .recover(
            failure -> {
              if (failure instanceof MongoException) {
                return Future.failedFuture(failure);
              }
              if (limit > 1) {
                int half = limit / 2;
                return page(collection, query, sort, skip, half)
                    .compose(
                        first ->
                            page(collection, query, sort, skip + half, limit - half)
                                .map(
                                    second -> {
                                      first.addAll(second);
                                      return first;
                                    }));
              }
              return exists(collection, query.copy(), skip)
                  .map(
                      there -> {
                        List<Optional<JsonObject>> unreadable = new ArrayList<>();
                        if (there) {
                          unreadable.add(Optional.empty());
                        }
                        return unreadable;
                      });
            });
  }
}
