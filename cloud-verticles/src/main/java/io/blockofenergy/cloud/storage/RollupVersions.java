package io.blockofenergy.cloud.storage;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Collection {@code rollup_versions}: a document a device and UTC month, with a number for each day
 * that is another one after each change to the day's rollups. It is counted up when the change is
 * durable, never before: who has read versions and then rollups may hold something newer than its
 * version says, and reads once more for nothing; never the other way round. Every query is a range
 * of {@code _id}. Safe for any thread. Futures fail with {@link
 * io.blockofenergy.telemetry.UnavailableException} when the store does not answer.
 */
final class RollupVersions {
  static final String VERSIONS = "rollup_versions";

  private static final String DAYS = "days";

  private final MongoClient mongo;

  RollupVersions(MongoClient mongo) {
    this.mongo = mongo;
  }

  /** Days of devices, gathered to be counted up together. Used by one thread at a time. */
  static final class Changes {
    private final Map<String, JsonObject> months = new TreeMap<>();

    /**
     * @param day {@code uuuu-MM-dd}
     */
    void add(String device, String day) {
      int month = day.length() - 3;
      months
          .computeIfAbsent(Rollups.prefix(device) + day.substring(0, month), id -> new JsonObject())
          .put(DAYS + '.' + day.substring(month + 1), 1L);
    }
  }

  /** Completes when it is durable. */
  Future<Void> countUp(Changes changes) {
    List<BulkOperation> updates = new ArrayList<>(changes.months.size());
    changes.months.forEach(
        (id, days) ->
            updates.add(
                BulkOperation.createUpdate(
                    new JsonObject().put(Rollups.ID, id),
                    new JsonObject().put("$inc", days),
                    true,
                    false)));
    return updates.isEmpty()
        ? Future.succeededFuture()
        : mongo
            .bulkWriteWithOptions(VERSIONS, updates, new BulkWriteOptions(false))
            .<Void>mapEmpty()
            .recover(MongoFailures::unavailable);
  }

  Future<Void> countUp(String device, LocalDate day) {
    Changes changes = new Changes();
    changes.add(device, Rollups.day(day));
    return countUp(changes);
  }

  /** See {@link RollupStore#versions}. */
  Future<SortedMap<YearMonth, Map<Integer, Long>>> versions(
      String device, YearMonth from, YearMonth to) {
    if (!from.isBefore(to) || from.plusMonths(RollupStore.MAX_MONTHS).isBefore(to)) {
      throw new IllegalArgumentException(
          "a period of 1 to " + RollupStore.MAX_MONTHS + " months is needed");
    }
    return find(device, lowest(device, from), lowest(device, to), 1, RollupStore.MAX_MONTHS)
        .map(
            found -> {
              SortedMap<YearMonth, Map<Integer, Long>> months = new TreeMap<>();
              found.forEach(document -> months.put(month(device, document), days(document)));
              return months;
            });
  }

  /** See {@link RollupStore#lastMonthBefore}. */
  Future<Optional<YearMonth>> lastMonthBefore(String device, YearMonth month) {
    return find(device, Rollups.prefix(device), lowest(device, month), -1, 1)
        .map(found -> found.stream().findFirst().map(document -> month(device, document)));
  }

  private Future<List<JsonObject>> find(String device, String from, String to, int way, int limit) {
    return mongo
        .findWithOptions(
            VERSIONS,
            new JsonObject().put(Rollups.ID, new JsonObject().put("$gte", from).put("$lt", to)),
            new FindOptions()
                .setSort(new JsonObject().put(Rollups.ID, way))
                .setLimit(limit)
                .setBatchSize(limit))
        .recover(MongoFailures::unavailable);
  }

  static String id(String device, YearMonth month) {
    return Rollups.prefix(device) + month;
  }

  static String lowest(String device, YearMonth month) {
    return Rollups.lowest(device, month.getYear(), month.toString());
  }

  static YearMonth month(String device, JsonObject document) {
    return YearMonth.parse(
        document.getString(Rollups.ID).substring(Rollups.prefix(device).length()));
  }

  private static Map<Integer, Long> days(JsonObject document) {
    Map<Integer, Long> days = new HashMap<>();
    document
        .getJsonObject(DAYS)
        .forEach(
            day -> days.put(Integer.valueOf(day.getKey()), ((Number) day.getValue()).longValue()));
    return days;
  }
}
