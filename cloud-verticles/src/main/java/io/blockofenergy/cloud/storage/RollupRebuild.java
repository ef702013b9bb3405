package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.time.Clock;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/**
 * Makes rollups anew from readings: all of them, or a device's, or those of some days. One order at
 * a time, kept in document {@code rollup_rebuild/order} with the place that it has come to, so that
 * it goes on after a crash. Storage carries it out, a day of a device at a time, and stores
 * meanwhile: see {@link RollupStore#rebuild}. Which days there are is looked up as it goes, in the
 * readings and in the rollups, one place of an index each; of a device that has no readings any
 * more nothing is found. Futures fail with {@link io.blockofenergy.telemetry.UnavailableException}
 * when the store does not answer. Safe for any thread, but for {@link #step}.
 */
public final class RollupRebuild {
  static final String REBUILD = "rollup_rebuild";

  /** Counts up when the form of the rollups changes: older ones are then made anew. */
  static final int FORM = 2;

  static final String RUNNING = "running";
  private static final JsonObject ORDER = new JsonObject().put("_id", "order");
  private static final JsonObject FORM_ID = new JsonObject().put("_id", "form");
  private static final LocalDate FIRST_DAY = LocalDate.of(0, 1, 1);
  private static final LocalDate AFTER_LAST_DAY = LocalDate.of(10_000, 1, 1);

  private final MongoClient mongo;
  private final RollupStore rollups;
  private final Clock clock;

  /**
   * How far an order has come.
   *
   * @param days how many days of devices are done
   * @param device where it is; empty before the first
   * @param day the day of it that comes next; empty before the first
   * @param completedAt when it was done; empty while it runs
   */
  public record Progress(
      long days, Optional<String> device, Optional<LocalDate> day, Optional<String> completedAt) {}

  public RollupRebuild(MongoClient mongo, RollupStore rollups, Clock clock) {
    this.mongo = mongo;
    this.rollups = rollups;
    this.clock = clock;
  }

  /**
   * Orders it, durably.
   *
   * @param device empty for all
   * @param from first UTC day
   * @param to the UTC day after the last
   * @return false when another one is running: nothing was ordered then
   */
  public Future<Boolean> order(
      Optional<String> device, Optional<LocalDate> from, Optional<LocalDate> to) {
    // Where one is running this finds nothing, and the insert that it then tries is refused.
    return put(
            ORDER.copy().put("state", new JsonObject().put("$ne", RUNNING)),
            new JsonObject()
                .put("only", device.orElse(null))
                .put("from", from.orElse(FIRST_DAY).toString())
                .put("to", to.map(LocalDate::toString).orElse(null)))
        .map(true)
        .recover(
            failure ->
                MongoFailures.isDuplicate(failure)
                    ? Future.succeededFuture(false)
                    : MongoFailures.unavailable(failure));
  }

  /** Writes an order that is yet to begin in the place of one that is as the query says. */
  private Future<Void> put(JsonObject query, JsonObject what) {
    JsonObject order =
        what.copy()
            .put("state", RUNNING)
            .put("orderedAt", Reading.format(clock.instant()))
            .put("device", null)
            .put("day", null)
            .put("days", 0)
            .put("completedAt", null);
    return mongo
        .updateCollectionWithOptions(
            REBUILD,
            query,
            new JsonObject().put("$set", order),
            new UpdateOptions().setUpsert(true))
        .mapEmpty();
  }

  /** The order that runs, or else the last one; empty when there was none. */
  public Future<Optional<Progress>> progress() {
    return current()
        .map(
            found ->
                found.map(
                    order ->
                        new Progress(
                            order.getLong("days"),
                            Optional.ofNullable(order.getString("device")),
                            Optional.ofNullable(order.getString("day")).map(LocalDate::parse),
                            Optional.ofNullable(order.getString("completedAt")))));
  }

  private Future<Optional<JsonObject>> current() {
    return mongo
        .findOne(REBUILD, ORDER.copy(), null)
        .map(Optional::ofNullable)
        .recover(MongoFailures::unavailable);
  }

  /**
   * Orders that all be made anew when those that are stored may be of an older form: also in the
   * place of an order that is running, which it contains. After a crash before the form is written
   * it is ordered once more. No {@link #step} may be under way.
   */
  Future<Void> orderWhenFormIsOlder() {
    return mongo
        .findOne(REBUILD, FORM_ID.copy(), null)
        .compose(
            found ->
                found != null && Integer.valueOf(FORM).equals(found.getInteger("form"))
                    ? Future.<Void>succeededFuture()
                    : put(
                            ORDER.copy(),
                            new JsonObject()
                                .putNull("only")
                                .put("from", FIRST_DAY.toString())
                                .putNull("to"))
                        .compose(
                            ordered ->
                                mongo.updateCollectionWithOptions(
                                    REBUILD,
                                    FORM_ID.copy(),
                                    new JsonObject()
                                        .put("$set", new JsonObject().put("form", FORM)),
                                    new UpdateOptions().setUpsert(true)))
                        .<Void>mapEmpty())
        .recover(MongoFailures::unavailable);
  }

  /**
   * Does the next day of a device. No reading may be erased meanwhile.
   *
   * @return whether there is more to do
   */
  Future<Boolean> step() {
    return current()
        .compose(
            order ->
                order.isEmpty() || !RUNNING.equals(order.get().getString("state"))
                    ? Future.succeededFuture(false)
                    : next(order.get()).map(true));
  }

  private Future<Void> next(JsonObject order) {
    String device = order.getString("device");
    if (device == null) {
      return begin(order, order.getString("only"), "");
    }
    LocalDate day = LocalDate.parse(order.getString("day"));
    LocalDate to =
        Optional.ofNullable(order.getString("to")).map(LocalDate::parse).orElse(AFTER_LAST_DAY);
    return nextDay(device, day)
        .compose(
            found ->
                found.filter(next -> next.isBefore(to)).isEmpty()
                    ? begin(order, order.getString("only") == null ? null : "", device)
                    : rollups
                        .rebuild(device, found.get())
                        .compose(v -> set(at(order, device, found.get().plusDays(1), 1))));
  }

  /**
   * @param only the one device; null for the one after another; empty when there is none left
   */
  private Future<Void> begin(JsonObject order, String only, String after) {
    Future<Optional<String>> device =
        only == null
            ? deviceAfter(after)
            : Future.succeededFuture(Optional.of(only).filter(name -> !name.isEmpty()));
    return device.compose(
        next ->
            set(
                next.isPresent()
                    ? at(order, next.get(), LocalDate.parse(order.getString("from")), 0)
                    : new JsonObject()
                        .put("state", "completed")
                        .put("completedAt", Reading.format(clock.instant()))));
  }

  private static JsonObject at(JsonObject order, String device, LocalDate day, int done) {
    return new JsonObject()
        .put("device", device)
        .put("day", day.toString())
        .put("days", order.getLong("days") + done);
  }

  private Future<Void> set(JsonObject members) {
    return mongo
        .updateCollection(REBUILD, ORDER.copy(), new JsonObject().put("$set", members))
        .<Void>mapEmpty()
        .recover(MongoFailures::unavailable);
  }

  /** By the order of the index on device and instant. */
  private Future<Optional<String>> deviceAfter(String device) {
    JsonObject query = new JsonObject().put("device", new JsonObject().put("$gt", device));
    return first(ReadingStore.READINGS, query, "device", "measuredAt", "_id")
        .map(found -> found.map(document -> document.getString("device")));
  }

  /** The earlier one of the next day with readings and the next one with rollups. */
  private Future<Optional<LocalDate>> nextDay(String device, LocalDate from) {
    JsonObject read =
        new JsonObject()
            .put("device", device)
            .put(
                "measuredAt",
                new JsonObject()
                    .put("$gte", from.isBefore(AFTER_LAST_DAY) ? Rollups.day(from) : ":"));
    JsonObject folded =
        new JsonObject()
            .put(
                Rollups.ID,
                new JsonObject()
                    .put("$gte", Rollups.lowest(device, from))
                    .put("$lt", Rollups.lowest(device, AFTER_LAST_DAY)));
    return first(ReadingStore.READINGS, read, "measuredAt", "_id")
        .map(found -> found.flatMap(document -> day(document.getString("measuredAt"))))
        .compose(
            ofReading ->
                first(RollupStore.ROLLUPS, folded, Rollups.ID)
                    .map(
                        found ->
                            found
                                .map(document -> document.getString(Rollups.ID))
                                .map(id -> id.substring(Rollups.prefix(device).length()))
                                .flatMap(RollupRebuild::day)
                                .filter(day -> ofReading.filter(day::isAfter).isEmpty())
                                .or(() -> ofReading)));
  }

  private static Optional<LocalDate> day(String text) {
    try {
      return Optional.of(LocalDate.parse(text.substring(0, Math.min(10, text.length()))));
    } catch (DateTimeParseException e) {
      return Optional.empty(); // somebody has changed it in the store
    }
  }

  private Future<Optional<JsonObject>> first(String collection, JsonObject query, String... order) {
    JsonObject sort = new JsonObject();
    List.of(order).forEach(member -> sort.put(member, 1));
    JsonObject places = new JsonObject().put("device", 1).put("measuredAt", 1);
    return mongo
        .findWithOptions(
            collection,
            query,
            new FindOptions().setSort(sort).setLimit(1).setBatchSize(1).setFields(places))
        .map(found -> found.stream().findFirst())
        .recover(MongoFailures::unavailable);
  }
}
