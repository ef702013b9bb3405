package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * The readings of a device and UTC day in the order of their instants, in pages: walks of the index
 * on device and instant. Safe for any thread.
 */
final class DayReadings {
  private static final int PAGE = 200;
  private static final JsonObject OLDEST_FIRST =
      new JsonObject().put("measuredAt", 1).put("_id", 1);

  private final MongoClient mongo;
  private final ReadingStore readings;

  DayReadings(MongoClient mongo) {
    this.mongo = mongo;
    this.readings = new ReadingStore(mongo);
  }

  /**
   * Hands each page to the visitor when it is done with the one before. What is stored but is no
   * reading is left out.
   *
   * @param day {@code uuuu-MM-dd}
   */
  Future<Void> walk(String device, String day, Function<List<Reading>, Future<Void>> visitor) {
    // Instants are texts of one width: those of a day are the ones between these two.
    JsonObject between = new JsonObject().put("$gte", day + 'T').put("$lt", day + 'U');
    AtomicReference<JsonObject> filter = new AtomicReference<>(between(device, between));
    return new Steps(
            () ->
                visit(device, day, filter.get(), visitor)
                    .map(
                        next -> {
                          filter.set(next.orElse(null));
                          return next.isPresent();
                        }))
        .run();
  }

  private static JsonObject between(String device, JsonObject measuredAt) {
    return new JsonObject().put("device", device).put("measuredAt", measuredAt);
  }

  /** Gives what the next page is to be looked for with; empty after the last. */
  private Future<Optional<JsonObject>> visit(
      String device, String day, JsonObject filter, Function<List<Reading>, Future<Void>> visitor) {
    return page(filter)
        .compose(
            places -> {
              if (places.isEmpty()) {
                return Future.succeededFuture(
                    filter.containsKey("_id")
                        ? Optional.of(laterThan(device, day, filter))
                        : Optional.empty());
              }
              return readings
                  .findAll(places.stream().map(Place::id).toList())
                  .compose(found -> visitor.apply(readingsOf(places, found)))
                  .map(v -> Optional.of(after(device, day, filter, places)));
            });
  }

  /** The next walk: the rest of the last place's own instant, and then what is later. */
  private static JsonObject after(
      String device, String day, JsonObject filter, List<Place> places) {
    if (places.size() < PAGE && filter.containsKey("_id")) {
      return laterThan(device, day, filter);
    }
    Place last = places.get(places.size() - 1);
    return new JsonObject()
        .put("device", device)
        .put("measuredAt", last.measuredAt())
        .put("_id", new JsonObject().put("$gt", last.key()));
  }

  private static JsonObject laterThan(String device, String day, JsonObject ofInstant) {
    return between(
        device,
        new JsonObject().put("$gt", ofInstant.getString("measuredAt")).put("$lt", day + 'U'));
  }

  private record Place(String measuredAt, String key) {
    String id() {
      return ReadingDocument.publicId(key);
    }
  }

  private Future<List<Place>> page(JsonObject filter) {
    return mongo
        .findWithOptions(
            ReadingStore.READINGS,
            filter,
            new FindOptions()
                .setSort(OLDEST_FIRST)
                .setLimit(PAGE)
                .setBatchSize(PAGE)
                .setFields(new JsonObject().put("measuredAt", 1)))
        .map(
            documents ->
                documents.stream()
                    .map(
                        document ->
                            new Place(
                                document.getString("measuredAt"),
                                String.valueOf(document.getValue("_id"))))
                    .toList())
        .recover(MongoFailures::unavailable);
  }

  private static List<Reading> readingsOf(List<Place> places, Map<String, StoredReading> found) {
    return places.stream()
        .map(place -> found.get(place.id()))
        .filter(stored -> stored != null && stored.isReading())
        .map(StoredReading::reading)
        .toList();
  }
}
