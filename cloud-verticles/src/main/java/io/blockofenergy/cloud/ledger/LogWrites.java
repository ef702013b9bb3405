package io.blockofenergy.cloud.ledger;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoBulkWriteException;
import com.mongodb.bulk.BulkWriteError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;

/**
 * Writes that only ever add. A document is written when there is none of its id, or one of less
 * {@code width}; else it stays as it is and must say what was to be written. So a writer that was
 * paused for any time takes nothing back.
 */
final class LogWrites {
  /** Number of hashes or entries in a document that may grow. */
  static final String WIDTH = "width";

  private static final int BULK = 256;

  private final MongoClient mongo;

  LogWrites(MongoClient mongo) {
    this.mongo = mongo;
  }

  /**
   * @param agrees whether the stored document, the first, says what the written one does
   */
  Future<Void> put(
      String collection, List<JsonObject> documents, BiPredicate<JsonObject, JsonObject> agrees) {
    Future<Void> done = Future.succeededFuture();
    for (int from = 0; from < documents.size(); from += BULK) {
      List<JsonObject> some = documents.subList(from, Math.min(documents.size(), from + BULK));
      done = done.compose(before -> putSome(collection, some, agrees));
    }
    return done;
  }

  private Future<Void> putSome(
      String collection, List<JsonObject> documents, BiPredicate<JsonObject, JsonObject> agrees) {
    return mongo
        .bulkWriteWithOptions(
            collection,
            documents.stream().map(LogWrites::operation).toList(),
            new BulkWriteOptions().setOrdered(false))
        .<Void>mapEmpty()
        .recover(
            failure -> {
              if (!(failure instanceof MongoBulkWriteException bulk)
                  || bulk.getWriteConcernError() != null
                  || !bulk.getWriteErrors().stream().allMatch(LogWrites::isDuplicate)) {
                return Future.failedFuture(failure);
              }
              List<JsonObject> there = new ArrayList<>();
              bulk.getWriteErrors().forEach(error -> there.add(documents.get(error.getIndex())));
              return compare(collection, there, agrees);
            });
  }

  /** With an upsert, the store answers "duplicate key" when what it has is as wide or wider. */
  private static BulkOperation operation(JsonObject document) {
    Integer width = document.getInteger(WIDTH);
    return width == null
        ? BulkOperation.createInsert(document)
        : BulkOperation.createReplace(
            new JsonObject()
                .put("_id", document.getValue("_id"))
                .put(WIDTH, new JsonObject().put("$lt", width)),
            document,
            true);
  }

  private static boolean isDuplicate(BulkWriteError error) {
    return ErrorCategory.fromErrorCode(error.getCode()) == ErrorCategory.DUPLICATE_KEY;
  }

  private Future<Void> compare(
      String collection, List<JsonObject> written, BiPredicate<JsonObject, JsonObject> agrees) {
    JsonArray ids = new JsonArray();
    written.forEach(document -> ids.add(document.getValue("_id")));
    return mongo
        .find(collection, new JsonObject().put("_id", new JsonObject().put("$in", ids)))
        .compose(
            found -> {
              List<JsonObject> again = new ArrayList<>();
              for (JsonObject document : written) {
                Object id = document.getValue("_id");
                JsonObject stored =
                    found.stream()
                        .filter(other -> isSame(other.getValue("_id"), id))
                        .findFirst()
                        .orElse(null);
                if (stored != null && width(stored) < width(document)) {
                  // Two writers have inserted it at once, and the narrower one came first.
                  again.add(document);
                } else if (stored == null || !agrees.test(stored, document)) {
                  throw new LogContradictionException(
                      collection + " has another " + id + " than the log would write");
                }
              }
              return again.isEmpty()
                  ? Future.succeededFuture()
                  : putSome(collection, again, agrees);
            });
  }

  private static int width(JsonObject document) {
    return document.getInteger(WIDTH, 0);
  }

  /** A number comes back as an Integer or a Long, as it fits. */
  private static boolean isSame(Object stored, Object written) {
    return stored instanceof Number a && written instanceof Number b
        ? a.longValue() == b.longValue()
        : Objects.equals(stored, written);
  }
}
