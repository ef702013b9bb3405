package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.ReadingId;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out erasures, one after the other: puts tombstones in the place of readings, makes the
 * rollups of their days and what is shown of their devices anew, then writes down that it is done.
 * Every step may be repeated, so an erasure that a crash has interrupted is simply carried out
 * again: the tombstones that name it tell which days it has touched. Not safe for concurrent use,
 * but for {@link #stop}.
 */
final class Eraser {
  private static final Logger log = LoggerFactory.getLogger(Eraser.class);
  private static final int PAGE = 200;
  private static final JsonObject NAMES =
      new JsonObject().put("device", 1).put("site", 1).put("measuredAt", 1).put("erased", 1);

  private record Day(String device, LocalDate day) {}

  /** What an erasure has touched so far. */
  private static final class Touched {
    final Set<Day> days = new HashSet<>();
    final Set<String> devices = new TreeSet<>();
    long erased;
  }

  private final MongoClient mongo;
  private final ErasureStore erasures;
  private final RollupStore rollups;
  private final DeviceStore devices;
  private final ErasureGate gate;
  private volatile boolean stopped;

  Eraser(
      MongoClient mongo,
      ErasureStore erasures,
      RollupStore rollups,
      DeviceStore devices,
      ErasureGate gate) {
    this.mongo = mongo;
    this.erasures = erasures;
    this.rollups = rollups;
    this.devices = devices;
    this.gate = gate;
  }

  /**
   * Carries out all that are not done. On failure what is left is to be asked for again. Fails soon
   * after {@link #stop}.
   */
  Future<Void> run() {
    return new Steps(
            () ->
                erasures
                    .nextRunning()
                    .compose(
                        next ->
                            next.isEmpty()
                                ? Future.succeededFuture(false)
                                : carryOut(next.get()).map(true)))
        .run();
  }

  /** What is under way ends with the step that it is at: whoever runs the next finishes it. */
  void stop() {
    stopped = true;
  }

  private <T> Future<T> unlessStopped(Supplier<Future<T>> step) {
    return stopped
        ? Future.failedFuture(new UnavailableException("storage has stopped"))
        : step.get();
  }

  private Future<Void> carryOut(Erasure erasure) {
    Touched touched = new Touched();
    Future<Void> buried =
        erasure.device().isPresent()
            ? period(erasure, erasure.device().get(), touched)
            : named(erasure, touched);
    return buried
        .compose(v -> Steps.each(List.copyOf(touched.days), this::rebuild).run())
        .compose(v -> Steps.each(List.copyOf(touched.devices), this::renew).run())
        .compose(v -> erasures.complete(erasure, touched.erased))
        .onSuccess(
            v ->
                log.info(
                    "Erasure {} is complete: {} readings", erasure.act().id(), touched.erased));
  }

  private Future<Void> period(Erasure erasure, String device, Touched touched) {
    JsonObject between = new JsonObject().put("$gte", erasure.from()).put("$lt", erasure.to());
    AtomicReference<JsonObject> filter =
        new AtomicReference<>(new JsonObject().put("device", device).put("measuredAt", between));
    return new Steps(
            () ->
                step(erasure, filter.get(), touched)
                    .map(
                        page -> {
                          filter.set(following(erasure, filter.get(), page));
                          return filter.get() != null;
                        }))
        .run();
  }

  /** First page by page what is of one instant, then what is later: each is one index range. */
  private static JsonObject following(Erasure erasure, JsonObject filter, List<JsonObject> page) {
    JsonObject next = new JsonObject().put("device", filter.getString("device"));
    if (page.size() == PAGE) {
      JsonObject last = page.get(page.size() - 1);
      return next.put("measuredAt", last.getString("measuredAt"))
          .put("_id", new JsonObject().put("$gt", last.getValue("_id")));
    }
    return filter.containsKey("_id")
        ? next.put(
            "measuredAt",
            new JsonObject().put("$gt", filter.getString("measuredAt")).put("$lt", erasure.to()))
        : null;
  }

  private Future<Void> named(Erasure erasure, Touched touched) {
    List<List<String>> pages = new ArrayList<>();
    List<String> ids = erasure.readings();
    for (int start = 0; start < ids.size(); start += PAGE) {
      pages.add(ids.subList(start, Math.min(start + PAGE, ids.size())));
    }
    return Steps.each(pages, page -> step(erasure, named(page), touched).<Void>mapEmpty()).run();
  }

  private static JsonObject named(List<String> ids) {
    List<String> keys =
        ids.stream().flatMap(id -> ReadingId.parse(id).map(ReadingId::sortable).stream()).toList();
    return new JsonObject().put("_id", new JsonObject().put("$in", new JsonArray(keys)));
  }

  /** Buries a page, while no batch is between looking at what is stored and folding it. */
  private Future<List<JsonObject>> step(Erasure erasure, JsonObject filter, Touched touched) {
    FindOptions page =
        new FindOptions()
            .setSort(new JsonObject().put("measuredAt", 1).put("_id", 1))
            .setLimit(PAGE)
            .setBatchSize(PAGE)
            .setFields(NAMES);
    return unlessStopped(
        () ->
            gate.erasing(
                () ->
                    mongo
                        .findWithOptions(ReadingStore.READINGS, filter, page)
                        .compose(found -> bury(erasure, found, touched).map(found))
                        .recover(MongoFailures::unavailable)));
  }

  private Future<Void> bury(Erasure erasure, List<JsonObject> found, Touched touched) {
    String act = erasure.act().id();
    List<BulkOperation> burials = new ArrayList<>();
    for (JsonObject document : found) {
      Optional<ReadingId> id = ReadingId.parseSortable(String.valueOf(document.getValue("_id")));
      boolean mine = act.equals(document.getValue("erased"));
      if (id.isEmpty() || (document.containsKey("erased") && !mine)) {
        continue;
      }
      if (!mine) {
        burials.add(
            BulkOperation.createReplace(
                new JsonObject().put("_id", id.get().sortable()),
                ReadingDocument.tombstone(id.get(), document, act)));
      }
      touched.erased++;
      day(document).ifPresent(touched.days::add);
      touched.devices.add(String.valueOf(document.getValue("device")));
    }
    return burials.isEmpty()
        ? Future.succeededFuture()
        : mongo.bulkWrite(ReadingStore.READINGS, burials).mapEmpty();
  }

  private static Optional<Day> day(JsonObject document) {
    try {
      String measuredAt = String.valueOf(document.getValue("measuredAt"));
      return Optional.of(
          new Day(
              String.valueOf(document.getValue("device")),
              LocalDate.parse(measuredAt.substring(0, Math.min(10, measuredAt.length())))));
    } catch (DateTimeParseException e) {
      return Optional.empty(); // somebody has changed it; it was in no rollup
    }
  }

  private Future<Void> rebuild(Day day) {
    return unlessStopped(() -> rollups.rebuild(day.device(), day.day()));
  }

  private Future<Void> renew(String device) {
    return unlessStopped(() -> gate.erasing(() -> devices.renew(device)));
  }
}
