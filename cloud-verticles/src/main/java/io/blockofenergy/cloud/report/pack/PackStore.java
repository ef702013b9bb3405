package io.blockofenergy.cloud.report.pack;

import com.mongodb.MongoException;
import io.blockofenergy.cloud.storage.MongoFailures;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.IndexOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Collections {@code packs} and {@code pack_files}, see docs/formats.md. Files are written before
 * the pack that names them, so a pack that is there is whole; it is never changed afterwards but
 * for what became of its deliveries. Safe for any thread. Futures fail with {@link
 * UnavailableException} when the store does not answer.
 */
public final class PackStore {
  static final String PACKS = "packs";
  static final String CHANNELS = "channels";
  private static final String FILES = "pack_files";

  /** A document stays below what any MongoDB service takes. */
  private static final int CHUNK = 512 << 10;

  private final MongoClient mongo;

  public PackStore(MongoClient mongo) {
    this.mongo = mongo;
  }

  /**
   * A page of packs.
   *
   * @param next the cursor of the next page; null when there is none
   */
  public record Page(List<JsonObject> packs, String next) {}

  Future<Void> createIndexes() {
    return mongo
        .createIndexWithOptions(
            PACKS, new JsonObject().put("message", 1), new IndexOptions().unique(true))
        .recover(PackStore::unavailable);
  }

  /** Newest first, from the cursor on. */
  public Future<Page> list(int limit, Optional<String> cursor) {
    JsonObject before = new JsonObject().put("$gte", "");
    cursor.ifPresent(message -> before.put("$lt", message));
    return find(
            new JsonObject().put("message", before), new JsonObject().put("message", -1), limit + 1)
        .map(
            found -> {
              boolean more = found.size() > limit;
              List<JsonObject> page = more ? found.subList(0, limit) : found;
              return new Page(
                  page.stream().map(PackStore::shown).toList(),
                  more ? page.get(limit - 1).getString("message") : null);
            });
  }

  /** The pack as the API shows it. */
  public Future<Optional<JsonObject>> pack(String id) {
    return document(id).map(found -> found.map(PackStore::shown));
  }

  Future<Optional<JsonObject>> document(String id) {
    return find(new JsonObject().put("_id", id), null, 1).map(found -> found.stream().findFirst());
  }

  /** The document of a period's pack with the highest revision. */
  Future<Optional<JsonObject>> latest(String first) {
    JsonObject later = new JsonObject().put("$gte", first + '.').put("$lt", first + '/');
    return document(first)
        .compose(
            one ->
                one.isEmpty()
                    ? Future.succeededFuture(one)
                    : find(new JsonObject().put("_id", later), null, 1000)
                        .map(
                            others ->
                                others.stream()
                                    .filter(each -> first.equals(each.getString("first")))
                                    .max(Comparator.comparing(each -> each.getInteger("revision")))
                                    .or(() -> one)));
  }

  /**
   * Has a pack sent again by the channels that gave it up.
   *
   * @param pack its document
   * @return it as it is then
   */
  Future<JsonObject> sendAgain(JsonObject pack, Instant now) {
    JsonObject changed = pack.copy();
    Future<Void> all = Future.succeededFuture();
    for (Object channel : pack.getJsonArray(CHANNELS, new JsonArray())) {
      if (!isGivenUp(pack.getString("" + channel))) {
        continue;
      }
      JsonObject members =
          new JsonObject().put("" + channel, "pending").put(channel + "At", Reading.format(now));
      changed.mergeIn(members);
      JsonObject query =
          new JsonObject()
              .put("_id", pack.getString("_id"))
              .put("" + channel, pack.getString("" + channel));
      all =
          all.compose(
              done ->
                  mongo
                      .updateCollection(PACKS, query, new JsonObject().put("$set", members))
                      .mapEmpty());
    }
    return all.map(changed).recover(PackStore::unavailable);
  }

  private static boolean isGivenUp(String state) {
    return "failed".equals(state) || "refused".equals(state);
  }

  /**
   * Keeps a pack, unless there is one of that id.
   *
   * @param pack its document
   * @return whether it was not there
   */
  Future<Boolean> insert(JsonObject pack, List<PackFile> files) {
    Future<Void> written = Future.succeededFuture();
    String maker = pack.getString("message");
    for (PackFile file : files) {
      written = written.compose(done -> write(maker, file));
    }
    return written
        .compose(done -> mongo.insert(PACKS, pack))
        .map(true)
        .recover(
            failure ->
                MongoFailures.isDuplicate(failure)
                    ? remove(maker, files).map(false)
                    : PackStore.<Boolean>unavailable(failure));
  }

  /** Under the message's id, which two that make the same pack at once do not share. */
  private Future<Void> write(String maker, PackFile file) {
    Future<Void> written = Future.succeededFuture();
    for (int i = 0; i * CHUNK < Math.max(1, file.content().length()); i++) {
      int from = i * CHUNK;
      int to = Math.min(from + CHUNK, file.content().length());
      JsonObject chunk =
          new JsonObject()
              .put("_id", chunk(maker, file.name(), i))
              .put("bytes", new JsonObject().put("$binary", file.content().getBytes(from, to)));
      written = written.compose(done -> mongo.save(FILES, chunk).mapEmpty());
    }
    return written.recover(PackStore::unavailable);
  }

  private Future<Void> remove(String maker, List<PackFile> files) {
    Future<Void> removed = Future.succeededFuture();
    for (PackFile file : files) {
      for (int i = 0; i * CHUNK < Math.max(1, file.content().length()); i++) {
        JsonObject chunk = new JsonObject().put("_id", chunk(maker, file.name(), i));
        removed = removed.compose(done -> mongo.removeDocument(FILES, chunk).mapEmpty());
      }
    }
    return removed.recover(PackStore::unavailable);
  }

  private static String chunk(String maker, PackFile.Name name, int number) {
    return String.format("%s/%s/%04d", maker, name, number);
  }

  /** A file of a pack; none when the pack does not have it. */
  public Future<Optional<PackFile>> file(String id, PackFile.Name name) {
    return document(id)
        .compose(
            pack ->
                pack.isPresent() && pack.get().getJsonObject("files").containsKey(name.name())
                    ? read(pack.get(), name).map(Optional::of)
                    : Future.succeededFuture(Optional.empty()));
  }

  Future<List<PackFile>> files(JsonObject pack) {
    Future<List<PackFile>> all = Future.succeededFuture(new ArrayList<>());
    for (PackFile.Name name : PackFile.Name.values()) {
      if (pack.getJsonObject("files").containsKey(name.name())) {
        all =
            all.compose(
                files ->
                    read(pack, name)
                        .map(
                            file -> {
                              files.add(file);
                              return files;
                            }));
      }
    }
    return all;
  }

  private Future<PackFile> read(JsonObject pack, PackFile.Name name) {
    int bytes = pack.getJsonObject("files").getJsonObject(name.name()).getInteger("bytes");
    Future<Buffer> content = Future.succeededFuture(Buffer.buffer(bytes));
    for (int i = 0; i * CHUNK < bytes; i++) {
      JsonObject chunk = new JsonObject().put("_id", chunk(pack.getString("message"), name, i));
      content =
          content.compose(
              before ->
                  mongo
                      .findOne(FILES, chunk, null)
                      .map(found -> before.appendBytes(bytes(found, name))));
    }
    return content
        .map(
            whole -> {
              if (whole.length() != bytes) {
                throw new IllegalStateException(name + " is not what was kept");
              }
              return new PackFile(name, whole);
            })
        .recover(PackStore::unavailable);
  }

  private static byte[] bytes(JsonObject chunk, PackFile.Name name) {
    if (chunk == null) {
      throw new IllegalStateException("a part of " + name + " is gone");
    }
    return chunk.getJsonObject("bytes").getBinary("$binary");
  }

  private Future<List<JsonObject>> find(JsonObject query, JsonObject sort, int limit) {
    FindOptions options = new FindOptions().setLimit(limit);
    if (sort != null) {
      options.setSort(sort);
    }
    return mongo.findWithOptions(PACKS, query, options).recover(PackStore::unavailable);
  }

  /** As the API shows a pack's document. */
  static JsonObject shown(JsonObject pack) {
    JsonArray deliveries = new JsonArray();
    boolean pending = false;
    boolean failed = false;
    for (Object channel : pack.getJsonArray(CHANNELS, new JsonArray())) {
      String state = pack.getString("" + channel, "pending");
      pending |= state.equals("pending");
      failed |= isGivenUp(state);
      deliveries.add(
          new JsonObject()
              .put("channel", channel)
              .put("state", state)
              .put("at", pack.getString(channel + "At")));
    }
    JsonArray files = new JsonArray();
    JsonObject kept = pack.getJsonObject("files");
    JsonObject sha256 = new JsonObject();
    for (PackFile.Name name : PackFile.Name.values()) {
      if (kept.containsKey(name.name())) {
        files.add(name.toString());
        sha256.put(name.toString(), kept.getJsonObject(name.name()).getString("sha256"));
      }
    }
    return new JsonObject()
        .put("id", pack.getString("_id"))
        .put("site", pack.getString("site"))
        .put("period", pack.getString("period"))
        .put("revision", pack.getInteger("revision"))
        .put("replaces", pack.getString("replaces"))
        .put("state", failed ? "failed" : pending || deliveries.isEmpty() ? "made" : "sent")
        .put("madeAt", pack.getString("createdAt"))
        .put("reportSha256", pack.getString("reportSha256"))
        .put("files", files)
        .put("sha256", sha256)
        .put("deliveries", deliveries);
  }

  private static <T> Future<T> unavailable(Throwable failure) {
    return Future.failedFuture(
        failure instanceof MongoException
            ? new UnavailableException(
                "the store does not answer: " + failure.getMessage(), failure)
            : failure);
  }
}
