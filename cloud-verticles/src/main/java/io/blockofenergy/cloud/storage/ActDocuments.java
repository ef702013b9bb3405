package io.blockofenergy.cloud.storage;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks collection {@code acts}. A document that somebody has damaged hides no other: it is left
 * out and named once in the log. Safe for any thread. Futures fail with {@link
 * io.blockofenergy.telemetry.UnavailableException} when the store does not answer.
 */
final class ActDocuments {
  private static final Logger log = LoggerFactory.getLogger(ActDocuments.class);
  private static final String ABOVE_ALL = "@act.00000000/";
  private static final int MAX_NAMED = 1_000;

  private final MongoClient mongo;
  private final Set<String> named = ConcurrentHashMap.newKeySet();

  ActDocuments(MongoClient mongo) {
    this.mongo = mongo;
  }

  /** What was read, and how many damaged documents were met on the way. */
  record Page<T>(List<T> found, int damaged) {
    Optional<T> first() {
      return found.stream().findFirst();
    }
  }

  /** By number, upwards. */
  <T> Future<Page<T>> upwards(
      JsonObject filter, int limit, Function<JsonObject, Optional<T>> reader) {
    return walk(filter, Act.JOURNAL, ABOVE_ALL, 1, limit, reader);
  }

  /** Those below a number, downwards. */
  <T> Future<Page<T>> downwards(
      JsonObject filter, long before, int limit, Function<JsonObject, Optional<T>> reader) {
    return walk(filter, Act.JOURNAL, Act.sortableId(before), -1, limit, reader);
  }

  /** The one of a number. */
  <T> Future<Optional<T>> of(JsonObject filter, long n, Function<JsonObject, Optional<T>> reader) {
    return documents(filter.copy().put("_id", Act.sortableId(n)), 1, 1)
        .map(found -> found.stream().findFirst().flatMap(reader));
  }

  private <T> Future<Page<T>> walk(
      JsonObject filter,
      String above,
      String below,
      int direction,
      int limit,
      Function<JsonObject, Optional<T>> reader) {
    List<T> found = new ArrayList<>();
    List<String> damaged = new ArrayList<>();
    AtomicReference<String> last = new AtomicReference<>(direction > 0 ? above : below);
    return new Steps(
            () -> {
              int wanted = limit - found.size();
              JsonObject ids = direction > 0 ? ids(last.get(), below) : ids(above, last.get());
              return documents(filter.copy().put("_id", ids), direction, wanted)
                  .map(
                      page -> {
                        for (JsonObject document : page) {
                          last.set(document.getString("_id"));
                          reader
                              .apply(document)
                              .ifPresentOrElse(found::add, () -> damaged.add(last.get()));
                        }
                        return page.size() == wanted && found.size() < limit;
                      });
            })
        .run()
        .map(
            v -> {
              damaged.forEach(this::name);
              return new Page<>(found, damaged.size());
            });
  }

  private static JsonObject ids(String above, String below) {
    return new JsonObject().put("$gt", above).put("$lt", below);
  }

  private void name(String id) {
    if (named.size() < MAX_NAMED && named.add(id)) {
      log.warn("Document {} of collection acts is damaged and is passed over", id);
    }
  }

  private Future<List<JsonObject>> documents(JsonObject filter, int direction, int limit) {
    FindOptions options =
        new FindOptions().setSort(new JsonObject().put("_id", direction)).setLimit(limit);
    return mongo
        .findWithOptions(ActStore.ACTS, filter, options)
        .recover(
            failure ->
                MongoFailures.isUndecodable(failure)
                    ? oneByOne(filter, options)
                    : MongoFailures.unavailable(failure));
  }

  /** One that the client cannot read is given as its {@code _id} alone. */
  private Future<List<JsonObject>> oneByOne(JsonObject filter, FindOptions options) {
    List<JsonObject> all = new ArrayList<>();
    return mongo
        .findWithOptions(
            ActStore.ACTS,
            filter,
            new FindOptions(options).setFields(new JsonObject().put("_id", 1)))
        .recover(MongoFailures::unavailable)
        .compose(ids -> Steps.each(ids, id -> one(id).onSuccess(all::add).<Void>mapEmpty()).run())
        .map(all);
  }

  private Future<JsonObject> one(JsonObject id) {
    return mongo
        .findOne(ActStore.ACTS, id.copy(), null)
        .map(found -> found == null ? id : found)
        .recover(
            failure ->
                MongoFailures.isUndecodable(failure)
                    ? Future.succeededFuture(id)
                    : MongoFailures.unavailable(failure));
  }

  /** How many of them have an {@code _id} that no act can have; walks never see them. */
  Future<Long> strays(JsonObject filter) {
    JsonObject act = new JsonObject().put("$gt", Act.JOURNAL).put("$lt", ABOVE_ALL);
    return mongo
        .count(ActStore.ACTS, filter.copy().put("_id", new JsonObject().put("$not", act)))
        .recover(MongoFailures::unavailable);
  }
}
