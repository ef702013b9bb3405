package io.blockofenergy.cloud.ledger;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoWriteException;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.IndexOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The log in MongoDB collections {@code log_*}. */
public final class MongoLogStore implements LogStore {
  private static final String STATE = "log_state";
  private static final String STAGED = "log_staged";
  private static final JsonObject LOG = new JsonObject().put("_id", "log");
  private static final JsonObject LEASE = new JsonObject().put("_id", "lease");

  private final MongoClient mongo;
  private final LogWrites writes;

  /**
   * @param mongo must acknowledge writes only when they are durable
   */
  public MongoLogStore(MongoClient mongo) {
    this.mongo = mongo;
    this.writes = new LogWrites(mongo);
  }

  @Override
  public Future<Void> prepare() {
    // The auditor walks the batches in the order of their leaves.
    return mongo
        .createIndexWithOptions(
            "log_batches",
            new JsonObject().put("leafStart", 1),
            new IndexOptions().name("leafStart"))
        // Each pass of the anchoring asks for open intents, each receipt for the newest anchor.
        .compose(
            created ->
                mongo.createIndexWithOptions(
                    "anchors",
                    new JsonObject().put("state", 1).put("_id", 1),
                    new IndexOptions().name("state")));
  }

  @Override
  public Future<Optional<Lease>> lease() {
    return mongo
        .findOne(STATE, LEASE.copy(), null)
        .map(
            document ->
                Optional.ofNullable(document)
                    .map(
                        lease ->
                            new Lease(
                                lease.getString("holder"),
                                lease.getLong("epoch"),
                                lease.getLong("renewal"),
                                Instant.parse(lease.getString("expiresAt")))));
  }

  @Override
  public Future<Boolean> createLease(Lease lease) {
    return create(STATE, document(lease));
  }

  @Override
  public Future<Boolean> takeLease(Lease found, Lease next) {
    return changeLease(
        new JsonObject()
            .put("holder", found.holder())
            .put("epoch", found.epoch())
            .put("renewal", found.renewal()),
        next);
  }

  @Override
  public Future<Boolean> renewLease(Lease renewed) {
    return changeLease(
        new JsonObject().put("holder", renewed.holder()).put("epoch", renewed.epoch()), renewed);
  }

  private Future<Boolean> changeLease(JsonObject expected, Lease next) {
    JsonObject fields = document(next);
    fields.remove("_id");
    return mongo
        .updateCollection(
            STATE, LEASE.copy().mergeIn(expected), new JsonObject().put("$set", fields))
        .map(result -> result.getDocMatched() == 1);
  }

  private static JsonObject document(Lease lease) {
    return LEASE
        .copy()
        .put("holder", lease.holder())
        .put("epoch", lease.epoch())
        .put("renewal", lease.renewal())
        .put("expiresAt", Reading.format(lease.expiresAt()));
  }

  @Override
  public Future<Long> fence(long epoch) {
    return raise(STAGED, epoch)
        .compose(raised -> raise(STATE, epoch))
        .compose(
            raised -> {
              JsonObject only = new JsonObject().put("epoch", 1);
              return Future.all(
                  mongo.findOne(STAGED, LOG.copy(), only), mongo.findOne(STATE, LOG.copy(), only));
            })
        .map(
            both -> {
              JsonObject staged = both.resultAt(0);
              JsonObject state = both.resultAt(1);
              if (staged == null || state == null) {
                throw new LogContradictionException("the log's state is lost");
              }
              return Math.max(staged.getLong("epoch"), state.getLong("epoch"));
            });
  }

  private Future<Void> raise(String collection, long epoch) {
    return mongo
        .updateCollection(
            collection,
            LOG.copy().put("epoch", new JsonObject().put("$lt", epoch)),
            new JsonObject().put("$set", new JsonObject().put("epoch", epoch)))
        .mapEmpty();
  }

  @Override
  public Future<Optional<Long>> size() {
    return mongo
        .findOne(STATE, LOG.copy(), null)
        .map(document -> Optional.ofNullable(document).map(state -> state.getLong("size")));
  }

  @Override
  public Future<Void> createSize() {
    return create(STATE, LOG.copy().put("size", 0L).put("epoch", 0L)).mapEmpty();
  }

  @Override
  public Future<Boolean> compareAndSetSize(long epoch, long from, long to) {
    return mongo
        .updateCollection(
            STATE,
            LOG.copy().put("size", from).put("epoch", epoch),
            new JsonObject().put("$set", new JsonObject().put("size", to)))
        .map(result -> result.getDocMatched() == 1);
  }

  @Override
  public Future<Optional<Staged>> staged() {
    return mongo
        .findOne(STAGED, LOG.copy(), null)
        .map(document -> Optional.ofNullable(document).map(MongoLogStore::staged));
  }

  @Override
  public Future<Void> createStaged(Staged staged) {
    return create(STAGED, document(staged).put("epoch", 0L)).mapEmpty();
  }

  @Override
  public Future<Boolean> stage(long epoch, Staged staged) {
    return mongo
        .findOneAndReplaceWithOptions(
            STAGED,
            LOG.copy().put("toSize", staged.fromSize()).put("epoch", epoch),
            document(staged).put("epoch", epoch),
            // The round that is replaced may be of 512 KiB: only whether there was one is asked.
            new FindOptions().setFields(new JsonObject().put("_id", 1)),
            new UpdateOptions())
        .map(before -> before != null);
  }

  /** Inserts a document; false when there is one with its id. */
  private Future<Boolean> create(String collection, JsonObject document) {
    return mongo
        .insert(collection, document)
        .map(true)
        .recover(
            failure ->
                failure instanceof MongoWriteException write
                        && write.getError().getCategory() == ErrorCategory.DUPLICATE_KEY
                    ? Future.succeededFuture(false)
                    : Future.failedFuture(failure));
  }

  private static JsonObject document(Staged staged) {
    JsonArray batches = new JsonArray();
    for (LoggedBatch batch : staged.batches()) {
      batches.add(
          new JsonObject()
              .put("id", batch.id())
              .put("leafStart", batch.leafStart())
              .put("count", batch.count()));
    }
    return LOG.copy()
        .put("fromSize", staged.fromSize())
        .put("toSize", staged.toSize())
        .put("hashes", binary(staged.hashes()))
        .put("batches", batches)
        .put("createdAt", Reading.format(staged.createdAt()));
  }

  private static Staged staged(JsonObject document) {
    List<LoggedBatch> batches = new ArrayList<>();
    for (Object batch : document.getJsonArray("batches")) {
      JsonObject fields = (JsonObject) batch;
      batches.add(
          new LoggedBatch(
              fields.getString("id"), fields.getLong("leafStart"), fields.getInteger("count")));
    }
    return new Staged(
        document.getLong("fromSize"),
        document.getLong("toSize"),
        bytes(document.getJsonObject("hashes")),
        batches,
        Instant.parse(document.getString("createdAt")));
  }

  @Override
  public Future<Void> putEntries(Map<Long, byte[]> bundles) {
    List<JsonObject> documents = new ArrayList<>();
    bundles.forEach((n, data) -> documents.add(wide(n, data, Tile.ENTRY_BYTES)));
    return writes.put("log_entries", documents, MongoLogStore::grows);
  }

  @Override
  public Future<Void> putTiles(Map<Tile, byte[]> tiles) {
    List<JsonObject> documents = new ArrayList<>();
    tiles.forEach((tile, data) -> documents.add(wide(tile.key(), data, Tile.HASH_BYTES)));
    return writes.put("log_tiles", documents, MongoLogStore::grows);
  }

  private static JsonObject wide(Object id, byte[] data, int unit) {
    return new JsonObject()
        .put("_id", id)
        .put(LogWrites.WIDTH, data.length / unit)
        .put("data", binary(data));
  }

  /** Whether what is stored is what was to be written, or that with more after it. */
  private static boolean grows(JsonObject stored, JsonObject written) {
    byte[] there = bytes(stored.getJsonObject("data"));
    byte[] here = bytes(written.getJsonObject("data"));
    return there.length >= here.length
        && Arrays.equals(there, 0, here.length, here, 0, here.length);
  }

  @Override
  public Future<Void> putBatches(Staged staged) {
    List<JsonObject> documents = new ArrayList<>();
    for (LoggedBatch batch : staged.batches()) {
      documents.add(
          new JsonObject()
              .put("_id", batch.id())
              .put("leafStart", batch.leafStart())
              .put("count", batch.count())
              .put("appendedAt", Reading.format(staged.createdAt())));
    }
    return writes.put(
        "log_batches", documents, (stored, written) -> batch(stored).equals(batch(written)));
  }

  @Override
  public Future<Void> putCheckpoint(LogCheckpoint checkpoint) {
    return writes.put(
        "log_checkpoints",
        List.of(
            new JsonObject()
                .put("_id", checkpoint.treeSize())
                .put("note", checkpoint.note())
                .put("rootHash", checkpoint.rootHex())
                .put("createdAt", Reading.format(checkpoint.createdAt()))),
        (stored, written) -> stored.getString("note").equals(written.getString("note")));
  }

  @Override
  public Future<Optional<LogCheckpoint>> checkpoint(long treeSize) {
    return mongo
        .findOne("log_checkpoints", new JsonObject().put("_id", treeSize), null)
        .map(document -> Optional.ofNullable(document).map(MongoLogStore::checkpoint));
  }

  @Override
  public Future<Optional<LogCheckpoint>> newestCheckpoint() {
    return mongo
        .findWithOptions(
            "log_checkpoints",
            // A text as _id, which no checkpoint has, would sort above all numbers.
            new JsonObject().put("_id", new JsonObject().put("$gte", 0)),
            new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(1))
        .map(found -> found.stream().findFirst().map(MongoLogStore::checkpoint));
  }

  private static LogCheckpoint checkpoint(JsonObject document) {
    return new LogCheckpoint(
        document.getLong("_id"),
        HexFormat.of().parseHex(document.getString("rootHash")),
        document.getString("note"),
        Instant.parse(document.getString("createdAt")));
  }

  @Override
  public Future<Optional<byte[]>> entries(long n) {
    return data("log_entries", n);
  }

  @Override
  public Future<Optional<byte[]>> tile(Tile tile) {
    return data("log_tiles", tile.key());
  }

  private Future<Optional<byte[]>> data(String collection, Object id) {
    return mongo
        .findOne(collection, new JsonObject().put("_id", id), null)
        .map(
            document ->
                Optional.ofNullable(document).map(found -> bytes(found.getJsonObject("data"))));
  }

  @Override
  public Future<Map<String, LoggedBatch>> batches(List<String> ids) {
    return mongo
        .find(
            "log_batches",
            new JsonObject().put("_id", new JsonObject().put("$in", new JsonArray(ids))))
        .map(
            found -> {
              Map<String, LoggedBatch> batches = new HashMap<>();
              found.forEach(document -> batches.put(document.getString("_id"), batch(document)));
              return batches;
            });
  }

  @Override
  public Future<Optional<LoggedBatch>> lastBatch(String first, String last) {
    return mongo
        .findWithOptions(
            "log_batches",
            new JsonObject().put("_id", new JsonObject().put("$gte", first).put("$lte", last)),
            new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(1))
        .map(found -> found.stream().findFirst().map(MongoLogStore::batch));
  }

  private static LoggedBatch batch(JsonObject document) {
    return new LoggedBatch(
        document.getString("_id"), document.getLong("leafStart"), document.getInteger("count"));
  }

  private static JsonObject binary(byte[] bytes) {
    return new JsonObject().put("$binary", bytes);
  }

  private static byte[] bytes(JsonObject binary) {
    return binary.getBinary("$binary");
  }
}
