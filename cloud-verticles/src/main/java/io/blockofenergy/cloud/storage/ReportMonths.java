package io.blockofenergy.cloud.storage;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Collection {@code report_months}: what reports have made of a device's rollups of a UTC month, so
 * that the next process need not read these. A cache and nothing but: all of it may be deleted at
 * any time. What the bytes mean is the reports' affair. Every query is a range of {@code _id}. Safe
 * for any thread. Futures fail with {@link io.blockofenergy.telemetry.UnavailableException} when
 * the store does not answer.
 */
public final class ReportMonths {
  static final String MONTHS = "report_months";

  private static final String BYTES = "bytes";
  private static final String BINARY = "$binary";

  private final MongoClient mongo;

  public ReportMonths(MongoClient mongo) {
    this.mongo = mongo;
  }

  /**
   * What is kept, by month. A document that is not of the form of one is left out.
   *
   * @param from first month
   * @param to the month after the last, at most {@value RollupStore#MAX_MONTHS} later
   * @throws IllegalArgumentException when there are more months, or none
   */
  public Future<Map<YearMonth, byte[]>> find(String device, YearMonth from, YearMonth to) {
    if (!from.isBefore(to) || from.plusMonths(RollupStore.MAX_MONTHS).isBefore(to)) {
      throw new IllegalArgumentException(
          "a period of 1 to " + RollupStore.MAX_MONTHS + " months is needed");
    }
    JsonObject range =
        new JsonObject()
            .put("$gte", RollupVersions.lowest(device, from))
            .put("$lt", RollupVersions.lowest(device, to));
    return mongo
        .findWithOptions(
            MONTHS,
            new JsonObject().put(Rollups.ID, range),
            new FindOptions().setLimit(RollupStore.MAX_MONTHS).setBatchSize(RollupStore.MAX_MONTHS))
        .map(
            found -> {
              Map<YearMonth, byte[]> months = new HashMap<>();
              for (JsonObject document : found) {
                if (document.getValue(BYTES) instanceof JsonObject bytes
                    && bytes.getValue(BINARY) instanceof String) {
                  months.put(RollupVersions.month(device, document), bytes.getBinary(BINARY));
                }
              }
              return months;
            })
        .recover(MongoFailures::unavailable);
  }

  /** Keeps a month, in the place of what was kept of it. */
  public Future<Void> put(String device, YearMonth month, byte[] bytes) {
    JsonObject id = new JsonObject().put(Rollups.ID, RollupVersions.id(device, month));
    JsonObject document = id.copy().put(BYTES, new JsonObject().put(BINARY, bytes));
    return mongo
        .bulkWriteWithOptions(
            MONTHS,
            List.of(BulkOperation.createReplace(id, document, true)),
            new BulkWriteOptions(false))
        .<Void>mapEmpty()
        .recover(MongoFailures::unavailable);
  }

  /** Completes when nothing is kept of the month, durably. */
  public Future<Void> remove(String device, YearMonth month) {
    return mongo
        .removeDocuments(MONTHS, new JsonObject().put(Rollups.ID, RollupVersions.id(device, month)))
        .<Void>mapEmpty()
        .recover(MongoFailures::unavailable);
  }

  /** Of the month that a day is in. */
  Future<Void> remove(String device, LocalDate day) {
    return remove(device, YearMonth.from(day));
  }
}
