package io.blockofenergy.cloud.api;

import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/**
 * What ingestion refused, newest first, as it keeps a record of it in {@code dead_letters}; the
 * messages themselves are in their queue. The store is not trusted: only texts and numbers of these
 * records are shown.
 */
final class DeadLetterRoutes {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 1000;
  private static final String LIST = "deadLetters";
  private static final List<String> TEXTS = List.of("at", "reason", "detail", "bridge", "message");

  private final MongoClient mongo;

  DeadLetterRoutes(MongoClient mongo) {
    this.mongo = mongo;
  }

  /** By operationId. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.of("listDeadLetters", this::list);
  }

  private void list(RoutingContext context) {
    Query query = Query.of(context, "limit", "cursor");
    int limit = query.limit(DEFAULT_LIMIT, MAX_LIMIT);
    JsonObject ids = new JsonObject().put("$gte", "");
    query.cursor(LIST).ifPresent(place -> ids.put("$lt", place));
    // One more than asked for tells whether there is another page.
    FindOptions options =
        new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(limit + 1);
    Answers.json(
        context,
        mongo
            .findWithOptions("dead_letters", new JsonObject().put("_id", ids), options)
            .map(
                found -> {
                  boolean more = found.size() > limit;
                  JsonArray page = new JsonArray();
                  found.stream().limit(limit).forEach(each -> page.add(show(each)));
                  String next = more ? found.get(limit - 1).getString("_id") : null;
                  return new JsonObject()
                      .put(LIST, page)
                      .put("nextCursor", PageCursor.of(LIST, next));
                }));
  }

  private static JsonObject show(JsonObject document) {
    JsonObject shown = new JsonObject().put("id", document.getString("_id"));
    for (String name : TEXTS) {
      shown.put(name, document.getValue(name) instanceof String text ? text : null);
    }
    return shown.put(
        "bytes", document.getValue("bytes") instanceof Number bytes ? bytes.longValue() : null);
  }
}
