package io.blockofenergy.cloud.storage;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoBulkWriteException;
import com.mongodb.bulk.BulkWriteError;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Collection {@code readings}. Every query is a look-up by {@code _id} or a walk of one index that
 * ends at its limit. Safe for any thread. Futures fail with {@link
 * io.blockofenergy.telemetry.UnavailableException} when the store does not answer.
 */
public final class ReadingStore {
  /** Ids in one look-up at most. */
  public static final int MAX_IDS = 256;

  /** Readings of a walk at most: with the largest payloads still less than a reply may hold. */
  private static final int WALK = 200;

  private static final long MAX_PAGE_BYTES = 4 << 20;

  static final String READINGS = "readings";
  private static final JsonObject NEWEST_FIRST =
      new JsonObject().put("measuredAt", -1).put("_id", -1);

  private final MongoClient mongo;

  public ReadingStore(MongoClient mongo) {
    this.mongo = mongo;
  }

  /** Creates what queries walk; does nothing when it is there. */
  public Future<Void> createIndexes() {
    return mongo
        .createIndex(READINGS, new JsonObject().put("device", 1).put("measuredAt", 1).put("_id", 1))
        .compose(
            v -> mongo.createIndex(READINGS, new JsonObject().put("measuredAt", 1).put("_id", 1)))
        .recover(MongoFailures::unavailable);
  }

  /**
   * Inserts what is not there yet. What is there already must be the same; if not it is left alone
   * and reported. Completes when all of it is durable.
   *
   * @param readings with ids that differ
   */
  public Future<InsertResult> insert(List<Reading> readings) {
    if (readings.isEmpty()) {
      return Future.succeededFuture(new InsertResult(List.of(), 0, List.of(), Set.of()));
    }
    List<BulkOperation> inserts = new ArrayList<>(readings.size());
    for (Reading reading : readings) {
      inserts.add(BulkOperation.createInsert(ReadingDocument.of(reading)));
    }
    return mongo
        .bulkWriteWithOptions(READINGS, inserts, new BulkWriteOptions(false))
        .map(done -> new InsertResult(readings, 0, List.of(), Set.of()))
        .recover(failure -> afterErrors(readings, failure));
  }

  /** The counts in the driver's exception are not relied on: the errors say what was not new. */
  private Future<InsertResult> afterErrors(List<Reading> readings, Throwable failure) {
    if (!(failure instanceof MongoBulkWriteException bulk)
        || bulk.getWriteConcernError() != null
        || bulk.getWriteErrors().stream().anyMatch(error -> !isDuplicate(error))) {
      return MongoFailures.unavailable(failure);
    }
    Set<Integer> present = new HashSet<>();
    bulk.getWriteErrors().forEach(error -> present.add(error.getIndex()));
    List<Reading> inserted = new ArrayList<>();
    Map<String, Reading> repeated = new HashMap<>();
    for (int i = 0; i < readings.size(); i++) {
      Reading reading = readings.get(i);
      if (present.contains(i)) {
        repeated.put(reading.id(), reading);
      } else {
        inserted.add(reading);
      }
    }
    return findAll(repeated.keySet())
        .map(
            stored -> {
              List<String> conflicts = new ArrayList<>();
              Set<String> erased = new HashSet<>();
              repeated.forEach(
                  (id, reading) -> {
                    StoredReading there = stored.get(id);
                    if (there != null && there.isErased()) {
                      erased.add(id);
                    } else if (there == null || !reading.equals(there.reading())) {
                      conflicts.add(id);
                    }
                  });
              return new InsertResult(
                  inserted, repeated.size() - conflicts.size(), conflicts, erased);
            });
  }

  private static boolean isDuplicate(BulkWriteError error) {
    return ErrorCategory.fromErrorCode(error.getCode()) == ErrorCategory.DUPLICATE_KEY;
  }

  public Future<Optional<StoredReading>> find(String id) {
    return findAll(List.of(id)).map(found -> Optional.ofNullable(found.get(id)));
  }

  /**
   * What is stored under the ids, in as few look-ups as {@link #MAX_IDS} allows, one after the
   * other.
   *
   * @return by id; an id under which there is nothing is absent
   */
  public Future<Map<String, StoredReading>> findAll(Iterable<String> ids) {
    List<String> all = new ArrayList<>();
    ids.forEach(all::add);
    return findFrom(all, 0, new HashMap<>(all.size() * 2));
  }

  private Future<Map<String, StoredReading>> findFrom(
      List<String> ids, int start, Map<String, StoredReading> found) {
    if (start >= ids.size()) {
      return Future.succeededFuture(found);
    }
    int end = Math.min(start + MAX_IDS, ids.size());
    List<String> some = ids.subList(start, end);
    return lookUp(some)
        .compose(
            readings -> {
              readings.forEach(reading -> found.put(reading.id(), reading));
              return findFrom(ids, end, found);
            });
  }

  private Future<List<StoredReading>> lookUp(List<String> ids) {
    List<String> keys = ids.stream().map(ReadingStore::key).toList();
    Object wanted =
        keys.size() == 1 ? keys.get(0) : new JsonObject().put("$in", new JsonArray(keys));
    return mongo
        .findWithOptions(
            READINGS, new JsonObject().put("_id", wanted), new FindOptions().setBatchSize(MAX_IDS))
        .map(documents -> documents.stream().map(ReadingDocument::read).toList())
        .recover(
            failure -> {
              if (!MongoFailures.isUndecodable(failure)) {
                return MongoFailures.unavailable(failure);
              }
              return ids.size() == 1
                  ? Future.succeededFuture(
                      List.of(
                          StoredReading.broken(
                              ids.get(0), "it has a value of a type that no reading has")))
                  : oneByOne(ids);
            });
  }

  /** What is not a reading's id finds nothing: no document is kept under it. */
  private static String key(String id) {
    return ReadingId.parse(id).map(ReadingId::sortable).orElse(id);
  }

  /** One document that the client cannot read must not hide the others. */
  private Future<List<StoredReading>> oneByOne(List<String> ids) {
    Future<List<StoredReading>> chain = Future.succeededFuture(new ArrayList<>());
    for (String id : ids) {
      chain =
          chain.compose(
              found ->
                  lookUp(List.of(id))
                      .map(
                          one -> {
                            found.addAll(one);
                            return found;
                          }));
    }
    return chain;
  }

  /**
   * A page, newest first; of the same instant, the higher id first. It ends early when its payloads
   * have become too many bytes, so that no answer fills the memory.
   */
  public Future<ReadingPage> query(ReadingQuery query) {
    Optional<ReadingQuery.Place> place = query.place();
    if (place.isPresent()) {
      String at = place.get().measuredAt();
      if (query.from().map(Reading::format).filter(from -> from.compareTo(at) > 0).isPresent()
          || query.to().map(Reading::format).filter(to -> to.compareTo(at) <= 0).isPresent()) {
        return Future.failedFuture(
            new MalformedQueryException("cursor does not belong to this period"));
      }
    }
    return fill(query, place, new ArrayList<>());
  }

  /**
   * Whether a device's readings in a period, erased ones too, come from another bridge or site than
   * these.
   *
   * @param from the period's begin
   * @param to when it ends, exclusive
   */
  Future<Boolean> comesFromElsewhere(
      String device, Instant from, Instant to, String bridge, String site) {
    JsonObject filter =
        between(
                new ReadingQuery(
                    Optional.of(device), Optional.of(from), Optional.of(to), 1, Optional.empty()),
                Reading.format(to))
            .put("$or", new JsonArray().add(isNot("bridge", bridge)).add(isNot("site", site)));
    return mongo
        .findWithOptions(
            READINGS,
            filter,
            new FindOptions().setLimit(1).setFields(new JsonObject().put("_id", 1)))
        .map(found -> !found.isEmpty())
        .recover(MongoFailures::unavailable);
  }

  /** A damaged document may lack the member, which says nothing of where it came from. */
  private static JsonObject isNot(String name, String value) {
    return new JsonObject().put(name, new JsonObject().put("$ne", value).put("$exists", true));
  }

  private Future<ReadingPage> fill(
      ReadingQuery query, Optional<ReadingQuery.Place> after, List<Found> found) {
    int missing = query.limit() + 1 - found.size();
    long bytes = found.stream().mapToLong(each -> each.stored().bytes()).sum();
    if (missing == 0 || bytes > MAX_PAGE_BYTES) {
      return Future.succeededFuture(page(query, found, true));
    }
    int wanted = Math.min(missing, WALK);
    return after
        .map(place -> walkAfter(query, place, wanted))
        .orElseGet(() -> walk(between(query, upTo(query)), wanted))
        .compose(
            more -> {
              found.addAll(more);
              return more.size() < wanted
                  ? Future.succeededFuture(page(query, found, false))
                  : fill(query, Optional.of(more.get(wanted - 1).place()), found);
            });
  }

  /** First the rest of the place's own instant, then what is older: each is one index range. */
  private Future<List<Found>> walkAfter(ReadingQuery query, ReadingQuery.Place place, int wanted) {
    String at = place.measuredAt();
    JsonObject same =
        of(query).put("measuredAt", at).put("_id", new JsonObject().put("$lt", place.id()));
    return walk(same, wanted)
        .compose(
            first ->
                first.size() >= wanted
                    ? Future.succeededFuture(first)
                    : walk(between(query, at), wanted - first.size())
                        .map(
                            older -> {
                              List<Found> both = new ArrayList<>(first);
                              both.addAll(older);
                              return both;
                            }));
  }

  private static JsonObject of(ReadingQuery query) {
    JsonObject filter = new JsonObject();
    query.device().ifPresent(device -> filter.put("device", device));
    return filter;
  }

  /** The highest instant as text sorts below this. */
  private static String upTo(ReadingQuery query) {
    return query.to().map(Reading::format).orElse(":");
  }

  private static JsonObject between(ReadingQuery query, String before) {
    return of(query)
        .put(
            "measuredAt",
            new JsonObject()
                .put("$gte", query.from().map(Reading::format).orElse(""))
                .put("$lt", before));
  }

  /** A document of a page with the place that its cursor points to. */
  private record Found(ReadingQuery.Place place, StoredReading stored) {}

  private Future<List<Found>> walk(JsonObject filter, int limit) {
    return mongo
        .findWithOptions(READINGS, filter, newest(limit))
        .map(
            documents ->
                documents.stream()
                    .map(document -> new Found(place(document), ReadingDocument.read(document)))
                    .toList())
        .recover(
            failure ->
                MongoFailures.isUndecodable(failure)
                    ? walkCarefully(filter, limit)
                    : MongoFailures.unavailable(failure));
  }

  private Future<List<Found>> walkCarefully(JsonObject filter, int limit) {
    JsonObject fields = new JsonObject().put("measuredAt", 1);
    return mongo
        .findWithOptions(READINGS, filter, newest(limit).setFields(fields))
        .recover(MongoFailures::unavailable)
        .compose(
            documents ->
                findAll(
                        documents.stream()
                            .map(document -> ReadingDocument.publicId(document.getValue("_id")))
                            .toList())
                    .map(
                        stored -> {
                          List<Found> readable = new ArrayList<>();
                          for (JsonObject document : documents) {
                            StoredReading reading =
                                stored.get(ReadingDocument.publicId(document.getValue("_id")));
                            if (reading != null) {
                              readable.add(new Found(place(document), reading));
                            }
                          }
                          return readable;
                        }));
  }

  private static FindOptions newest(int limit) {
    return new FindOptions().setSort(NEWEST_FIRST).setLimit(limit).setBatchSize(limit);
  }

  private static ReadingQuery.Place place(JsonObject document) {
    return new ReadingQuery.Place(
        String.valueOf(document.getValue("measuredAt")), String.valueOf(document.getValue("_id")));
  }

  private static ReadingPage page(ReadingQuery query, List<Found> found, boolean more) {
    List<Reading> readings = new ArrayList<>();
    List<StoredReading> broken = new ArrayList<>();
    List<StoredReading> erased = new ArrayList<>();
    int count = Math.min(found.size(), query.limit());
    for (Found each : found.subList(0, count)) {
      if (each.stored().isReading()) {
        readings.add(each.stored().reading());
      } else if (each.stored().isErased()) {
        erased.add(each.stored());
      } else {
        broken.add(each.stored());
      }
    }
    return new ReadingPage(
        readings,
        broken,
        erased,
        more ? Optional.of(found.get(count - 1).place().cursor()) : Optional.empty());
  }

  /** How many documents there are, without looking at them. */
  public Future<Long> count() {
    return mongo
        .runCommand("count", new JsonObject().put("count", READINGS))
        .map(answer -> answer.getLong("n"))
        .recover(MongoFailures::unavailable);
  }
}
