package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Collection {@code devices}: one document a device, folded from its readings so that repeats and
 * late ones change nothing they should not. Safe for any thread. Futures fail with {@link
 * io.blockofenergy.telemetry.UnavailableException} when the store does not answer.
 */
public final class DeviceStore {
  /** Far more than an installation has; a bound all the same. */
  private static final int MAX_DEVICES = 10_000;

  /** Readings in which a device's newest quantities are looked for. */
  private static final int RENEWED_FROM = 100;

  private static final String DEVICES = "devices";
  private static final Comparator<Reading> ORDER =
      Comparator.comparing(Reading::measuredAt).thenComparing(Reading::id);

  private final MongoClient mongo;

  public DeviceStore(MongoClient mongo) {
    this.mongo = mongo;
  }

  /** Folds readings in, in any order and as often as one likes. Completes when it is durable. */
  public Future<Void> fold(Collection<Reading> readings) {
    Map<String, List<Reading>> byDevice =
        readings.stream()
            .collect(Collectors.groupingBy(Reading::device, TreeMap::new, Collectors.toList()));
    List<BulkOperation> folds = new ArrayList<>();
    byDevice.forEach(
        (device, own) -> {
          Reading earliest = own.stream().min(ORDER).orElseThrow();
          Reading latest = own.stream().max(ORDER).orElseThrow();
          folds.add(span(device, earliest, latest));
          folds.add(latest(device, latest, newestQuantities(own)));
        });
    return folds.isEmpty()
        ? Future.succeededFuture()
        : mongo.bulkWrite(DEVICES, folds).<Void>mapEmpty().recover(MongoFailures::unavailable);
  }

  private static BulkOperation span(String device, Reading earliest, Reading latest) {
    return BulkOperation.createUpdate(
        new JsonObject().put("_id", device),
        new JsonObject()
            .put("$min", new JsonObject().put("firstMeasuredAt", at(earliest)))
            .put("$max", new JsonObject().put("lastMeasuredAt", at(latest)))
            .put(
                "$setOnInsert",
                new JsonObject().put("site", latest.site()).put("bridge", latest.bridge())),
        true,
        false);
  }

  /** Some sensors say power in one message and energy in another: the newest of each counts. */
  private static Map<String, Double> newestQuantities(List<Reading> readings) {
    Map<String, Double> newest = new TreeMap<>();
    readings.stream().sorted(ORDER).forEach(reading -> newest.putAll(reading.quantities()));
    return newest;
  }

  /**
   * The highest (measuredAt, id) stays, in whatever order they come, and of each quantity the value
   * that came last with such a one.
   */
  private static BulkOperation latest(
      String device, Reading latest, Map<String, Double> quantities) {
    String at = at(latest);
    JsonArray older =
        new JsonArray()
            .add(new JsonObject().put("latest", new JsonObject().put("$exists", false)))
            .add(new JsonObject().put("latest.measuredAt", new JsonObject().put("$lt", at)))
            .add(
                new JsonObject()
                    .put("latest.measuredAt", at)
                    .put("latest.id", new JsonObject().put("$lt", latest.id())));
    JsonObject fields =
        new JsonObject()
            .put("site", latest.site())
            .put("bridge", latest.bridge())
            .put("latest.id", latest.id())
            .put("latest.measuredAt", at);
    quantities.forEach((name, value) -> fields.put("latest.quantities." + name, value));
    return BulkOperation.createUpdate(
        new JsonObject().put("_id", device).put("$or", older),
        new JsonObject().put("$set", fields),
        false,
        false);
  }

  /**
   * Shows of a device what is still stored of it, when readings were erased: its newest reading,
   * and of each quantity the newest value among the last few. No reading may be folded meanwhile.
   * When it was first and last heard of stays: tombstones keep that too.
   */
  Future<Void> renew(String device) {
    return mongo
        .findWithOptions(
            ReadingStore.READINGS,
            new JsonObject()
                .put("device", device)
                .put("erased", new JsonObject().put("$exists", false)),
            new FindOptions()
                .setSort(new JsonObject().put("measuredAt", -1).put("_id", -1))
                .setLimit(RENEWED_FROM)
                .setBatchSize(RENEWED_FROM))
        .compose(
            documents -> {
              List<Reading> left =
                  documents.stream()
                      .map(ReadingDocument::read)
                      .filter(StoredReading::isReading)
                      .map(StoredReading::reading)
                      .toList();
              JsonObject id = new JsonObject().put("_id", device);
              return mongo.updateCollection(DEVICES, id, newest(left));
            })
        .<Void>mapEmpty()
        .recover(MongoFailures::unavailable);
  }

  private static JsonObject newest(List<Reading> left) {
    if (left.isEmpty()) {
      return new JsonObject().put("$unset", new JsonObject().put("latest", ""));
    }
    Reading latest = left.stream().max(ORDER).orElseThrow();
    JsonObject quantities = new JsonObject();
    newestQuantities(left).forEach(quantities::put);
    return new JsonObject()
        .put(
            "$set",
            new JsonObject()
                .put("site", latest.site())
                .put("bridge", latest.bridge())
                .put(
                    "latest",
                    new JsonObject()
                        .put("id", latest.id())
                        .put("measuredAt", at(latest))
                        .put("quantities", quantities)));
  }

  private static String at(Reading reading) {
    return Reading.format(reading.measuredAt());
  }

  /** All devices by name, at most {@value #MAX_DEVICES}. */
  public Future<List<Device>> devices() {
    return mongo
        .findWithOptions(
            DEVICES,
            new JsonObject(),
            new FindOptions().setSort(new JsonObject().put("_id", 1)).setLimit(MAX_DEVICES))
        .map(documents -> documents.stream().map(Device::read).toList())
        .recover(MongoFailures::unavailable);
  }

  public Future<Optional<Device>> device(String id) {
    return mongo
        .findOne(DEVICES, new JsonObject().put("_id", id), null)
        .map(document -> Optional.ofNullable(document).map(Device::read))
        .recover(MongoFailures::unavailable);
  }

  /** All sites by name. */
  public Future<List<Site>> sites() {
    return devices()
        .map(
            devices -> {
              Map<String, Site> sites = new TreeMap<>();
              for (Device device : devices) {
                sites.merge(
                    device.site(),
                    new Site(device.site(), 1, device.lastMeasuredAt()),
                    (a, b) ->
                        new Site(
                            a.id(),
                            a.devices() + b.devices(),
                            a.lastMeasuredAt().compareTo(b.lastMeasuredAt()) > 0
                                ? a.lastMeasuredAt()
                                : b.lastMeasuredAt()));
              }
              return List.copyOf(sites.values());
            });
  }
}
