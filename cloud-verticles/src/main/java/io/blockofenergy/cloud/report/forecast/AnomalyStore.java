package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Collection {@code anomalies}, and how far each load was looked at, in {@code anomaly_marks}.
 * {@code docs/formats.md} has their members. An anomaly's id follows from its load, kind and begin,
 * so putting it twice, by whatever process, puts it once. Safe for any thread. Futures fail with
 * {@link UnavailableException} when the store does not answer.
 */
public final class AnomalyStore {
  private static final String ANOMALIES = "anomalies";
  private static final String MARKS = "anomaly_marks";
  private static final int MAX_MARKS = 10_000;

  /**
   * One page, newest first.
   *
   * @param next where the next one goes on
   */
  public record Page(List<JsonObject> anomalies, Optional<String> next) {}

  private final MongoClient mongo;

  public AnomalyStore(MongoClient mongo) {
    this.mongo = mongo;
  }

  /** Without them a query would look at every anomaly. */
  Future<Void> createIndexes() {
    return mongo
        .createIndex(ANOMALIES, new JsonObject().put("device", 1).put("_id", 1))
        .compose(
            made -> mongo.createIndex(ANOMALIES, new JsonObject().put("site", 1).put("_id", 1)))
        .recover(AnomalyStore::unavailable);
  }

  /** The hour up to which a load was looked at, Unix seconds. */
  Future<Optional<Long>> mark(Load load) {
    return mongo
        .findOne(MARKS, new JsonObject().put("_id", load.key()), null)
        .map(found -> Optional.ofNullable(found).map(document -> document.getLong("upTo")))
        .recover(AnomalyStore::unavailable);
  }

  /**
   * Puts what was found of a load, then how far it was looked at: after a crash between the two the
   * same is put again.
   *
   * @param knownHours hours of data that there were
   * @param upTo end of the last hour that was looked at, Unix seconds; empty when there is too
   *     little data to tell
   */
  Future<Void> put(Load load, Collection<Anomaly> anomalies, long knownHours, Optional<Long> upTo) {
    List<BulkOperation> puts = new ArrayList<>();
    for (Anomaly each : anomalies) {
      JsonObject members =
          new JsonObject()
              .put("device", load.device().orElse(null))
              .put("site", load.site())
              .put("kind", each.kindName())
              .put("severity", each.severity())
              .put("from", time(each.from()))
              .put("to", time(each.to()))
              .put("actualW", rounded(each.actualW()))
              .put("expectedW", rounded(each.expectedW()))
              .put("lowW", rounded(each.lowW()))
              .put("highW", rounded(each.highW()))
              .put("score", rounded(each.score()));
      puts.add(
          BulkOperation.createUpdate(
              new JsonObject().put("_id", id(load, each)),
              new JsonObject().put("$set", members),
              true,
              false));
    }
    JsonObject mark =
        new JsonObject()
            .put(
                "$set",
                new JsonObject()
                    .put("site", load.site())
                    .put("device", load.device().orElse(null))
                    .put("knownHours", knownHours));
    upTo.ifPresent(end -> mark.put("$max", new JsonObject().put("upTo", end)));
    Future<?> written =
        puts.isEmpty() ? Future.succeededFuture() : mongo.bulkWrite(ANOMALIES, puts);
    return written
        .compose(
            done ->
                mongo.bulkWrite(
                    MARKS,
                    List.of(
                        BulkOperation.createUpdate(
                            new JsonObject().put("_id", load.key()), mark, true, false))))
        .<Void>mapEmpty()
        .recover(AnomalyStore::unavailable);
  }

  /**
   * How many hours of data each device had when it was looked at last.
   *
   * @param site of that one only
   * @param device that one only
   */
  public Future<Map<String, Long>> knownHours(Optional<String> site, Optional<String> device) {
    JsonObject query =
        new JsonObject()
            .put(
                "_id",
                device.isPresent()
                    ? Load.device("", device.get()).key()
                    : new JsonObject().put("$gte", "d/").put("$lt", "d0"));
    site.ifPresent(id -> query.put("site", id));
    return mongo
        .findWithOptions(MARKS, query, new FindOptions().setLimit(MAX_MARKS))
        .map(
            found -> {
              Map<String, Long> hours = new TreeMap<>();
              found.forEach(
                  mark -> hours.put(mark.getString("device"), mark.getLong("knownHours", 0L)));
              return hours;
            })
        .recover(AnomalyStore::unavailable);
  }

  /** Ids are in the order of the anomalies' begins. */
  private static String id(Load load, Anomaly anomaly) {
    String digest = Sha256.hex(load.key().getBytes(StandardCharsets.UTF_8)).substring(0, 12);
    return time(anomaly.from()).replaceAll("[-:.]", "") + '-' + anomaly.kindName() + '-' + digest;
  }

  private static String time(long seconds) {
    return Reading.format(Instant.ofEpochSecond(seconds));
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }

  /**
   * Anomalies that began in a period, newest first.
   *
   * @param cursor where the page before ended
   * @param limit over 0
   */
  public Future<Page> page(
      Optional<String> site,
      Optional<String> device,
      Optional<Instant> from,
      Optional<Instant> to,
      Optional<String> cursor,
      int limit) {
    JsonObject ids = new JsonObject();
    from.ifPresent(at -> ids.put("$gte", prefix(at)));
    String before = to.map(AnomalyStore::prefix).orElse("~");
    ids.put("$lt", cursor.filter(place -> place.compareTo(before) < 0).orElse(before));
    JsonObject query = new JsonObject();
    device.ifPresent(id -> query.put("device", id));
    site.ifPresent(id -> query.put("site", id));
    return mongo
        .findWithOptions(
            ANOMALIES,
            query.put("_id", ids),
            new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(limit + 1))
        .map(
            found -> {
              List<JsonObject> shown = found.subList(0, Math.min(limit, found.size()));
              Optional<String> next =
                  found.size() > limit
                      ? Optional.of(shown.get(limit - 1).getString("_id"))
                      : Optional.empty();
              shown.forEach(each -> each.put("id", each.remove("_id")));
              return new Page(shown, next);
            })
        .recover(AnomalyStore::unavailable);
  }

  /** Whether a text has the form of a page's end. */
  public static boolean isPlace(String cursor) {
    return cursor.matches("[0-9]{8}T[0-9]{9}Z-[a-z]{3,7}-[0-9a-f]{12}");
  }

  /** What ids of anomalies that begin at an instant or later are not below. */
  private static String prefix(Instant at) {
    return Reading.format(at).replaceAll("[-:.]", "");
  }

  private static <T> Future<T> unavailable(Throwable cause) {
    return Future.failedFuture(
        cause instanceof UnavailableException
            ? cause
            : new UnavailableException("the store does not answer", cause));
  }
}
