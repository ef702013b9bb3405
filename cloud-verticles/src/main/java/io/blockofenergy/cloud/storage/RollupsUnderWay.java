package io.blockofenergy.cloud.storage;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Tells which rollups are being made anew, by an order ({@link RollupRebuild}) or for an erasure:
 * until then a day may lack readings, and a month may seem to have none. Who reads rollups asks
 * before and after; what neither answer touches was whole. Safe for any thread. Futures fail with
 * {@link io.blockofenergy.telemetry.UnavailableException} when the store does not answer.
 */
public final class RollupsUnderWay {
  /** Far more than are ordered at a time; with so many all is touched. */
  private static final int MAX_ERASURES = 100;

  private final MongoClient mongo;
  private final ActDocuments acts;

  public RollupsUnderWay(MongoClient mongo) {
    this.mongo = mongo;
    this.acts = new ActDocuments(mongo);
  }

  /** What was under way at a time. Immutable. */
  public static final class Days {
    private final boolean all;
    private final Optional<JsonObject> order;
    private final List<Erasure> erasures;

    private Days(boolean all, Optional<JsonObject> order, List<Erasure> erasures) {
      this.all = all;
      this.order = order;
      this.erasures = erasures;
    }

    /**
     * Whether rollups of a device are, or are yet to be, made anew.
     *
     * @param from first UTC day
     * @param last last UTC day
     */
    public boolean touch(String device, LocalDate from, LocalDate last) {
      return all
          || order.filter(its -> isOrdered(its, device, from, last)).isPresent()
          || erasures.stream().anyMatch(each -> erases(each, device, from, last));
    }
  }

  /** What is under way now. */
  public Future<Days> now() {
    JsonObject both =
        new JsonObject()
            .put("_id", new JsonObject().put("$in", new JsonArray().add("order").add("form")));
    JsonObject erasing =
        new JsonObject().put("kind", Erasure.KIND).put(Erasure.KIND + ".state", Erasure.RUNNING);
    return mongo
        .find(RollupRebuild.REBUILD, both)
        .recover(MongoFailures::unavailable)
        .compose(
            found ->
                acts.upwards(erasing, MAX_ERASURES, Erasure::read)
                    .map(
                        erasures ->
                            new Days(
                                erasures.found().size() == MAX_ERASURES || isOlder(found),
                                found.stream()
                                    .filter(
                                        each ->
                                            RollupRebuild.RUNNING.equals(each.getValue("state")))
                                    .findFirst(),
                                erasures.found())));
  }

  /** Storage has not started since the program was exchanged. */
  private static boolean isOlder(List<JsonObject> documents) {
    return documents.stream()
        .map(each -> each.getValue("form"))
        .anyMatch(form -> form instanceof Number n && n.intValue() < RollupRebuild.FORM);
  }

  private static boolean isOrdered(
      JsonObject order, String device, LocalDate from, LocalDate last) {
    Object only = order.getValue("only");
    return (only == null || only.equals(device))
        && !(order.getValue("from") instanceof String first && first.compareTo(last.toString()) > 0)
        && !(order.getValue("to") instanceof String to && to.compareTo(from.toString()) <= 0)
        && !isPast(order, device, last);
  }

  private static boolean isPast(JsonObject order, String device, LocalDate last) {
    if (!(order.getValue("device") instanceof String at)) {
      return false;
    }
    // As the store compares texts.
    int compared =
        Arrays.compareUnsigned(
            device.getBytes(StandardCharsets.UTF_8), at.getBytes(StandardCharsets.UTF_8));
    return compared < 0
        || (compared == 0
            && order.getValue("day") instanceof String next
            && last.toString().compareTo(next) < 0);
  }

  /** One that names readings may touch any day; it takes a moment. */
  private static boolean erases(Erasure erasure, String device, LocalDate from, LocalDate last) {
    return erasure
        .device()
        .map(
            its ->
                its.equals(device)
                    && erasure.from().compareTo(last.plusDays(1).toString()) < 0
                    && erasure.to().compareTo(from + "T00:00:00.000Z") > 0)
        .orElse(true);
  }
}
