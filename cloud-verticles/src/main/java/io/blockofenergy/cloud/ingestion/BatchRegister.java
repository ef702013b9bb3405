package io.blockofenergy.cloud.ingestion;

import io.blockofenergy.cloud.ingestion.RefusedException.Reason;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.util.List;

/**
 * Which batches were taken, collection {@code batches}: what makes a repeat harmless and a second
 * history of the same sequence numbers impossible. Two point look-ups and an insert a batch, all by
 * {@code _id}. Batches of one bridge are to be claimed one after the other.
 */
public final class BatchRegister {
  private static final String BATCHES = "batches";

  private final MongoClient mongo;
  private final Clock clock;

  public BatchRegister(MongoClient mongo, Clock clock) {
    this.mongo = mongo;
    this.clock = clock;
  }

  /**
   * Takes the batch's sequence numbers for it, durably. In which order batches come is no matter.
   *
   * @return true when they were free, false when this very batch has them already; fails with
   *     {@link RefusedException} when another one has any of them, and with {@link
   *     UnavailableException} when the store does not answer
   */
  public Future<Boolean> claim(Batch batch) {
    String id = batch.sortableId();
    // '/' follows '.' in ASCII, so these bound the ids of one journal.
    String journal = batch.bridge() + '.' + batch.journal();
    return nearest(new JsonObject().put("$lte", id).put("$gt", journal + '.'), -1)
        .compose(
            before -> {
              if (before != null && before.getString("_id").equals(id)) {
                return sameAs(before, batch);
              }
              if (before != null && before.getLong("lastSeq") >= batch.firstSeq()) {
                return conflict(batch, before);
              }
              return nearest(new JsonObject().put("$gt", id).put("$lt", journal + '/'), 1)
                  .compose(
                      after ->
                          after != null && after.getLong("firstSeq") <= batch.lastSeq()
                              ? conflict(batch, after)
                              : insert(batch));
            });
  }

  private Future<JsonObject> nearest(JsonObject range, int direction) {
    return mongo
        .findWithOptions(
            BATCHES,
            new JsonObject().put("_id", range),
            new FindOptions().setSort(new JsonObject().put("_id", direction)).setLimit(1))
        .map((List<JsonObject> found) -> found.isEmpty() ? null : found.get(0))
        .recover(failure -> Future.failedFuture(MongoFailures.unavailable(failure)));
  }

  private Future<Boolean> insert(Batch batch) {
    JsonObject document =
        new JsonObject()
            .put("_id", batch.sortableId())
            .put("bridge", batch.bridge())
            .put("journal", batch.journal())
            .put("firstSeq", batch.firstSeq())
            .put("lastSeq", batch.lastSeq())
            .put("count", batch.count())
            .put("bodySha256", batch.bodySha256())
            .put("prev", batch.prev())
            .put("signature", batch.signature())
            .put("ingestedAt", Reading.format(clock.instant()));
    return mongo
        .insert(BATCHES, document)
        .map(id -> true)
        .recover(
            failure ->
                MongoFailures.isDuplicate(failure)
                    // Another ingestion was faster with the same id: look again.
                    ? claim(batch)
                    : Future.failedFuture(MongoFailures.unavailable(failure)));
  }

  private static Future<Boolean> sameAs(JsonObject taken, Batch batch) {
    boolean same =
        taken.getString("bodySha256").equals(batch.bodySha256())
            && taken.getLong("lastSeq") == batch.lastSeq()
            && taken.getString("prev").equals(batch.prev());
    return same ? Future.succeededFuture(false) : conflict(batch, taken);
  }

  private static Future<Boolean> conflict(Batch batch, JsonObject taken) {
    return Future.failedFuture(
        new RefusedException(
            Reason.SEQUENCE_CONFLICT,
            "sequence numbers "
                + batch.firstSeq()
                + " to "
                + batch.lastSeq()
                + " meet another batch with "
                + taken.getLong("firstSeq")
                + " to "
                + taken.getLong("lastSeq")));
  }
}
