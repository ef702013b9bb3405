package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Collection {@code rollups}: what reports and charts read instead of readings, documents of a
 * device, counter epoch and a part of a UTC day; {@code docs/formats.md} has its members. Every
 * write is an idempotent, commutative fold by {@code _id}, every query a range of {@code _id}. Safe
 * for any thread. Futures fail with {@link io.blockofenergy.telemetry.UnavailableException} when
 * the store does not answer.
 */
public final class RollupStore {
  static final String ROLLUPS = "rollups";

  /** Days in one answer at most: a year and a day, whatever the number of counter epochs. */
  public static final int MAX_DAYS = 367;

  /** Months in one answer at most. */
  public static final int MAX_MONTHS = 240;

  /** Documents in one answer at most: counters that are reset all the time have many. */
  public static final int MAX_DOCUMENTS = 100_000;

  private static final int PAGE = 1000;

  private final MongoClient mongo;
  private final DayReadings readings;
  private final RollupVersions versions;
  private final ReportMonths months;
  private List<Reading> waiting = new ArrayList<>();
  private Promise<Void> next = Promise.promise();
  private boolean folding;

  public RollupStore(MongoClient mongo) {
    this.mongo = mongo;
    this.readings = new DayReadings(mongo);
    this.versions = new RollupVersions(mongo);
    this.months = new ReportMonths(mongo);
  }

  /**
   * Folds stored readings in, in any order and as often as one likes: only after they are durable
   * themselves, see {@link #rebuild}. Completes when the rollups are durable and their versions are
   * others than before.
   *
   * <p>Each fold writes whole documents anew. So what comes while a fold is under way waits and is
   * folded together: under load one write serves many batches.
   */
  public Future<Void> fold(Collection<Reading> stored) {
    if (stored.isEmpty()) {
      return Future.succeededFuture();
    }
    Future<Void> folded;
    synchronized (this) {
      waiting.addAll(stored);
      folded = next.future();
      if (folding) {
        return folded;
      }
      folding = true;
    }
    foldWaiting();
    return folded;
  }

  private void foldWaiting() {
    List<Reading> together;
    Promise<Void> turn;
    synchronized (this) {
      together = waiting;
      turn = next;
      waiting = new ArrayList<>();
      next = Promise.promise();
    }
    Future.<Rollups>succeededFuture()
        .map(v -> Rollups.of(together))
        .compose(rollups -> write(rollups).map(rollups))
        .onComplete(
            done -> {
              boolean more;
              synchronized (this) {
                more = !waiting.isEmpty();
                folding = more;
              }
              if (more) {
                foldWaiting();
              }
              if (done.failed()) {
                turn.fail(done.cause());
              } else {
                // The next fold need not wait for this.
                versions.countUp(done.result().changes()).onComplete(turn);
              }
            });
  }

  private Future<Void> write(Rollups folded) {
    List<BulkOperation> upserts = folded.upserts();
    return upserts.isEmpty()
        ? Future.succeededFuture()
        : mongo
            .bulkWriteWithOptions(ROLLUPS, upserts, new BulkWriteOptions(false))
            .<Void>mapEmpty()
            .recover(MongoFailures::unavailable);
  }

  /**
   * A device's documents as they are stored, by day.
   *
   * @param from first UTC day
   * @param to the UTC day after the last, at most {@value #MAX_DAYS} later
   * @return fails with {@link MalformedQueryException} when the counter was reset so often that
   *     there are more than {@value #MAX_DOCUMENTS}
   * @throws IllegalArgumentException when there are more days, or none
   */
  public Future<List<JsonObject>> find(String device, LocalDate from, LocalDate to) {
    if (!from.isBefore(to) || from.plusDays(MAX_DAYS).isBefore(to)) {
      throw new IllegalArgumentException("a period of 1 to " + MAX_DAYS + " days is needed");
    }
    List<JsonObject> found = new ArrayList<>();
    JsonObject range = days(device, from, to).getJsonObject(Rollups.ID);
    return new Steps(() -> page(range).map(page -> take(device, page, found, range)))
        .run()
        .map(v -> found);
  }

  private Future<List<JsonObject>> page(JsonObject range) {
    return mongo
        .findWithOptions(
            ROLLUPS,
            new JsonObject().put(Rollups.ID, range.copy()),
            new FindOptions()
                .setSort(new JsonObject().put(Rollups.ID, 1))
                .setLimit(PAGE)
                .setBatchSize(PAGE))
        .recover(MongoFailures::unavailable);
  }

  /** Whether there may be more, which the range is then of. */
  private static boolean take(
      String device, List<JsonObject> page, List<JsonObject> found, JsonObject range) {
    found.addAll(page);
    if (found.size() > MAX_DOCUMENTS) {
      throw new MalformedQueryException(
          "the counter of " + device + " was reset too often for such a period");
    }
    if (page.size() < PAGE) {
      return false;
    }
    range.remove("$gte");
    range.put("$gt", page.get(PAGE - 1).getString(Rollups.ID));
    return true;
  }

  /**
   * A device's rollups by day, then by counter epoch; as {@link #find}.
   *
   * @param workers on which the documents are read: a month of them takes its time
   * @return fails with {@link IllegalArgumentException} when one is not of the form of a rollup
   */
  public Future<List<Rollup>> rollups(
      String device, LocalDate from, LocalDate to, WorkerExecutor workers) {
    return find(device, from, to)
        .compose(found -> workers.executeBlocking(() -> RollupDocument.join(found), false));
  }

  /**
   * Of each UTC month of a device that has any rollups, by day of the month, a number that is
   * another one after each change to that day's rollups. Whoever asks for them first and for the
   * rollups then may keep these as long as the versions are still the same: he misses no fold that
   * has completed.
   *
   * @param from first month
   * @param to the month after the last, at most {@value #MAX_MONTHS} later
   * @throws IllegalArgumentException when there are more months, or none
   */
  public Future<SortedMap<YearMonth, Map<Integer, Long>>> versions(
      String device, YearMonth from, YearMonth to) {
    return versions.versions(device, from, to);
  }

  /** The last UTC month before another one in which a device has, or had, rollups. */
  public Future<Optional<YearMonth>> lastMonthBefore(String device, YearMonth month) {
    return versions.lastMonthBefore(device, month);
  }

  private static JsonObject days(String device, LocalDate from, LocalDate to) {
    return new JsonObject()
        .put(
            Rollups.ID,
            new JsonObject()
                .put("$gte", Rollups.lowest(device, from))
                .put("$lt", Rollups.lowest(device, to)));
  }

  /**
   * Makes a day's rollups anew from the readings that are stored: deletes them, then folds every
   * stored reading of the day, page by page. Until it completes they are incomplete; a crash leaves
   * them so, and whoever asked for it has to ask again.
   *
   * <p>Storing may go on meanwhile. A reading is inserted first and folded then. If it is inserted
   * before this walk comes to its place, the walk folds it. If it is inserted later, its own fold
   * is later still, so it is not deleted.
   *
   * <p>What reports have kept of its month is deleted too, once the day's version is another one:
   * it may hold readings that are erased. Whoever keeps a month looks at the versions afterwards.
   */
  public Future<Void> rebuild(String device, LocalDate day) {
    return mongo
        .removeDocuments(ROLLUPS, days(device, day, day.plusDays(1)))
        .<Void>mapEmpty()
        .recover(MongoFailures::unavailable)
        .compose(v -> versions.countUp(device, day)) // there may be nothing to fold
        .compose(v -> months.remove(device, day))
        .compose(v -> readings.walk(device, Rollups.day(day), this::fold));
  }
}
