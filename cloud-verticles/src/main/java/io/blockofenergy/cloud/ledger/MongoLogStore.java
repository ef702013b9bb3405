package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.IndexOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The log in MongoDB collections {@code log_*}. */
public final class MongoLogStore implements LogStore {
  private static final int BULK = 256;
  private static final JsonObject LOG = new JsonObject().put("_id", "log");

  private final MongoClient mongo;

  /**
   * @param mongo must acknowledge writes only when they are durable
   */
  public MongoLogStore(MongoClient mongo) {
    this.mongo = mongo;
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
  public Future<Optional<Long>> size() {
    return mongo
        .findOne("log_state", LOG.copy(), null)
        .map(document -> Optional.ofNullable(document).map(state -> state.getLong("size")));
  }

  @Override
  public Future<Void> createSize(long size) {
    return mongo.insert("log_state", LOG.copy().put("size", size)).mapEmpty();
  }

  @Override
  public Future<Boolean> compareAndSetSize(long from, long to) {
    return mongo
        .updateCollection(
            "log_state",
            LOG.copy().put("size", from),
            new JsonObject().put("$set", new JsonObject().put("size", to)))
        .map(result -> result.getDocMatched() == 1);
  }

  @Override
  public Future<Optional<Staged>> staged() {
    return mongo
        .findOne("log_staged", LOG.copy(), null)
        .map(document -> Optional.ofNullable(document).map(MongoLogStore::staged));
  }

  @Override
  public Future<Void> createStaged(Staged staged) {
    return mongo.insert("log_staged", document(staged)).mapEmpty();
  }

  @Override
  public Future<Boolean> stage(Staged staged) {
    return mongo
        .findOneAndReplace(
            "log_staged", LOG.copy().put("toSize", staged.fromSize()), document(staged))
        .map(before -> before != null);
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
    bundles.forEach(
        (n, data) -> documents.add(new JsonObject().put("_id", n).put("data", binary(data))));
    return replace("log_entries", documents);
  }

  @Override
  public Future<Void> putTiles(Map<Tile, byte[]> tiles) {
    List<JsonObject> documents = new ArrayList<>();
    tiles.forEach(
        (tile, data) ->
            documents.add(new JsonObject().put("_id", tile.key()).put("data", binary(data))));
    return replace("log_tiles", documents);
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
    return replace("log_batches", documents);
  }

  private Future<Void> replace(String collection, List<JsonObject> documents) {
    Future<Void> done = Future.succeededFuture();
    for (int from = 0; from < documents.size(); from += BULK) {
      List<BulkOperation> bulk = new ArrayList<>();
      for (JsonObject document : documents.subList(from, Math.min(documents.size(), from + BULK))) {
        bulk.add(
            BulkOperation.createReplace(
                new JsonObject().put("_id", document.getValue("_id")), document, true));
      }
      done =
          done.compose(
              before ->
                  mongo
                      .bulkWriteWithOptions(
                          collection, bulk, new BulkWriteOptions().setOrdered(false))
                      .mapEmpty());
    }
    return done;
  }

  @Override
  public Future<Void> putCheckpoint(LogCheckpoint checkpoint) {
    return replace(
        "log_checkpoints",
        List.of(
            new JsonObject()
                .put("_id", checkpoint.treeSize())
                .put("note", checkpoint.note())
                .put("rootHash", checkpoint.rootHex())
                .put("createdAt", Reading.format(checkpoint.createdAt()))));
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
