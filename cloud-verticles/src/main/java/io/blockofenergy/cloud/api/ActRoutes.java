package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.storage.Act;
import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.cloud.storage.Erasure;
import io.blockofenergy.cloud.storage.ErasureStore;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Acts, and the erasures among them. */
final class ActRoutes {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 1000;
  private static final int MAX_REASON = 500;
  private static final int MAX_DEVICE = 128;
  private static final long NEWEST = 9_999_999_999_999_999L;
  private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999Z");

  private final Vertx vertx;
  private final ActStore acts;
  private final ErasureStore erasures;
  private final Receipts receipts;

  ActRoutes(Vertx vertx, ActStore acts, ErasureStore erasures, Receipts receipts) {
    this.vertx = vertx;
    this.acts = acts;
    this.erasures = erasures;
    this.receipts = receipts;
  }

  /** By operationId. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.ofEntries(
        Map.entry("listActs", this::acts),
        Map.entry("getAct", this::act),
        Map.entry("getActReceipt", this::receipt),
        Map.entry("listErasures", this::erasures),
        Map.entry("orderErasure", this::erase),
        Map.entry("getErasure", this::erasure));
  }

  private void acts(RoutingContext context) {
    list(context, "acts", acts::acts, Act::n, Act::toJson);
  }

  private void erasures(RoutingContext context) {
    list(context, "erasures", erasures::erasures, erasure -> erasure.act().n(), Erasure::toJson);
  }

  /** What is before a number, newest first. */
  private interface Source<T> {
    Future<List<T>> before(long number, int limit);
  }

  private static <T> void list(
      RoutingContext context,
      String name,
      Source<T> source,
      ToLongFunction<T> number,
      Function<T, JsonObject> show) {
    Query query = Query.of(context, "limit", "cursor");
    int limit = query.limit(DEFAULT_LIMIT, MAX_LIMIT);
    Long cursor = query.numberCursor(name);
    long before = cursor == null ? NEWEST : Math.min(cursor, NEWEST);
    // One more than asked for tells whether there is another page.
    Answers.json(
        context,
        source
            .before(before, limit + 1)
            .map(
                found -> {
                  boolean more = found.size() > limit;
                  List<T> page = more ? found.subList(0, limit) : found;
                  return new JsonObject()
                      .put(name, new JsonArray(page.stream().map(show).toList()))
                      .put(
                          "nextCursor",
                          more
                              ? PageCursor.of(
                                  name, Long.toString(number.applyAsLong(page.get(limit - 1))))
                              : null);
                }));
  }

  private void act(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    Answers.json(
        context,
        acts.find(id)
            .map(
                found ->
                    found.orElseThrow(() -> Problem.notFound("there is no act " + id)).toJson()));
  }

  private void receipt(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    acts.find(id)
        .compose(
            found ->
                receipts.actReceipt(
                    found.orElseThrow(() -> Problem.notFound("there is no act " + id)).canonical()))
        .onSuccess(receipt -> Answers.receipt(context, id, receipt))
        .onFailure(context::fail);
  }

  private void erasure(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    Answers.json(
        context,
        erasures
            .find(id)
            .map(
                found ->
                    found
                        .orElseThrow(() -> Problem.notFound("there is no erasure " + id))
                        .toJson()));
  }

  private void erase(RoutingContext context) {
    order(JsonBody.of(context))
        .onSuccess(
            erasure -> {
              vertx.eventBus().publish(ActStore.RECORDED, new JsonObject());
              Answers.made(
                  context, 202, "/api/v1/erasures/" + erasure.act().id(), erasure.toJson());
            })
        .onFailure(context::fail);
  }

  private Future<Erasure> order(JsonObject body) {
    String reason = text(body, "reason", MAX_REASON);
    if (body.containsKey("readings")) {
      only(body, Set.of("readings", "reason"));
      return erasures.order(ids(body.getValue("readings")), reason);
    }
    only(body, Set.of("device", "from", "to", "reason"));
    Instant from = instant(body, "from");
    Instant to = instant(body, "to");
    if (!from.isBefore(to)) {
      throw Problem.badRequest("from must be before to");
    }
    return erasures.order(text(body, "device", MAX_DEVICE), from, to, reason);
  }

  /** A member that is not known is one that would be ignored: what is erased stays so. */
  private static void only(JsonObject body, Set<String> known) {
    for (String name : body.fieldNames()) {
      if (!known.contains(name)) {
        throw Problem.badRequest("unknown member " + name);
      }
    }
  }

  private static String text(JsonObject body, String name, int max) {
    if (body.getValue(name) instanceof String text
        && !text.isBlank()
        && text.length() <= max
        && text.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff)) {
      return text;
    }
    throw Problem.badRequest(name + " must be a text of 1 to " + max + " characters");
  }

  private static Instant instant(JsonObject body, String name) {
    try {
      Instant instant = Instant.parse(String.valueOf(body.getValue(name)));
      // Readings have milliseconds: a finer bound could not be kept in the act.
      if (!instant.isBefore(FIRST)
          && !instant.isAfter(LAST)
          && instant.equals(Instant.parse(Reading.format(instant)))) {
        return instant;
      }
    } catch (DateTimeParseException e) {
      // Said below.
    }
    throw Problem.badRequest(
        name + " must be a UTC instant, to the millisecond, such as 2026-11-23T08:00:00Z");
  }

  private static List<String> ids(Object value) {
    if (!(value instanceof JsonArray array)
        || array.isEmpty()
        || array.size() > ErasureStore.MAX_READINGS) {
      throw Problem.badRequest(
          "readings must be a list of 1 to " + ErasureStore.MAX_READINGS + " ids");
    }
    List<String> ids = new ArrayList<>();
    for (Object each : array) {
      if (!(each instanceof String id) || ReadingId.parse(id).isEmpty()) {
        throw Problem.badRequest("not the id of a reading: " + each);
      }
      ids.add(id);
    }
    return ids;
  }
}
