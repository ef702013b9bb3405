package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.log.Cosignature;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.SignedNote;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.MongoClientUpdateResult;
import io.vertx.ext.mongo.UpdateOptions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * What witnesses have said of checkpoints: {@code log_cosignatures} holds their signatures, one
 * document a checkpoint and witness, beside the notes and never in them, so that a note stays what
 * the log has signed; {@code witness_refusals} holds what a witness would not sign. Safe for any
 * thread.
 */
public final class Cosignatures {
  private static final String COSIGNATURES = "log_cosignatures";
  private static final String REFUSALS = "witness_refusals";

  /** Names without what c2sp.org/signed-note forbids: other clients refuse the whole note. */
  private static final Pattern LINE =
      Pattern.compile(
          "— [^\\s\\p{Cntrl}+]{1,200} [A-Za-z0-9+/]{8,200}={0,2}", Pattern.UNICODE_CHARACTER_CLASS);

  /** No more lines are put on a note: it must stay small whatever the store holds. */
  private static final int MAX_LINES = 16;

  /**
   * A witness's refusal.
   *
   * @param treeSize of the checkpoint that it refused
   * @param witnessSize size of the tree that it cosigned last, as far as it said so; else -1
   * @param status of its HTTP answer
   * @param detail in words
   */
  record Refusal(String witness, long treeSize, long witnessSize, int status, String detail) {}

  private final MongoClient mongo;

  public Cosignatures(MongoClient mongo) {
    this.mongo = mongo;
  }

  /**
   * The checkpoint, its note with the cosignatures that are stored for it, by witnesses' names; the
   * log's signature comes first. They are as they were verified when they were stored.
   */
  public Future<LogCheckpoint> cosigned(LogCheckpoint checkpoint) {
    return mongo
        .findWithOptions(
            COSIGNATURES,
            new JsonObject().put("_id", lines(checkpoint.treeSize())),
            new FindOptions().setSort(new JsonObject().put("_id", 1)).setLimit(MAX_LINES))
        .map(
            found -> {
              List<String> lines =
                  found.stream()
                      .map(document -> document.getString("line"))
                      .filter(line -> readable(checkpoint.note(), line))
                      .toList();
              return new LogCheckpoint(
                  checkpoint.treeSize(),
                  checkpoint.root(),
                  SignedNote.append(checkpoint.note(), lines),
                  checkpoint.createdAt());
            });
  }

  /**
   * The largest of the sizes whose checkpoint a witness has cosigned; empty when there is none.
   *
   * @param sizes a few
   */
  Future<OptionalLong> newestCosigned(List<Long> sizes) {
    if (sizes.isEmpty()) {
      return Future.succeededFuture(OptionalLong.empty());
    }
    JsonArray places = new JsonArray();
    sizes.forEach(size -> places.add(new JsonObject().put("_id", lines(size))));
    return mongo
        .findWithOptions(
            COSIGNATURES,
            new JsonObject().put("$or", places),
            new FindOptions()
                .setFields(new JsonObject().put("_id", 1))
                .setSort(new JsonObject().put("_id", -1))
                .setLimit(1))
        .map(
            found ->
                found.stream()
                    .map(document -> document.getString("_id"))
                    .mapToLong(id -> Long.parseLong(id.substring(0, id.indexOf('/'))))
                    .findFirst());
  }

  /** The ids of a checkpoint's cosignatures. */
  private static JsonObject lines(long treeSize) {
    return new JsonObject().put("$gte", key(treeSize) + '/').put("$lt", key(treeSize) + '0');
  }

  /**
   * Whether the line can stand on the note: what somebody put into the store must not make it
   * unreadable, nor pass for the log's own signature and fail in its place.
   */
  private static boolean readable(String note, String line) {
    if (line == null || !LINE.matcher(line).matches()) {
      return false;
    }
    try {
      SignedNote.Signature given = SignedNote.parse("\n\n" + line + '\n').signatures().get(0);
      return SignedNote.parse(note).signatures().stream()
          .noneMatch(
              own -> own.name().equals(given.name()) && Arrays.equals(own.hash(), given.hash()));
    } catch (MalformedProofException e) {
      return false;
    }
  }

  /** Keeps a verified cosignature; a later one of the same checkpoint takes its place. */
  Future<Void> put(long treeSize, Cosignature cosignature) {
    String witness = cosignature.witness().name();
    return upsert(
            COSIGNATURES,
            key(treeSize) + '/' + witness,
            new JsonObject()
                .put(
                    "$set",
                    new JsonObject()
                        .put("treeSize", treeSize)
                        .put("witness", witness)
                        .put("line", cosignature.line())
                        .put("at", Reading.format(cosignature.at()))))
        .mapEmpty();
  }

  /** Records a refusal; false when the same witness has refused this checkpoint before. */
  Future<Boolean> refused(Refusal refusal, Instant at) {
    return upsert(
            REFUSALS,
            refusal.witness() + '/' + refusal.treeSize(),
            new JsonObject()
                .put(
                    "$setOnInsert",
                    new JsonObject()
                        .put("witness", refusal.witness())
                        .put("treeSize", refusal.treeSize())
                        .put("witnessSize", refusal.witnessSize())
                        .put("status", refusal.status())
                        .put("detail", refusal.detail())
                        .put("at", Reading.format(at))))
        .map(result -> result.getDocUpsertedId() != null);
  }

  private Future<MongoClientUpdateResult> upsert(String collection, String id, JsonObject update) {
    return mongo.updateCollectionWithOptions(
        collection, new JsonObject().put("_id", id), update, new UpdateOptions().setUpsert(true));
  }

  private static String key(long treeSize) {
    return String.format("%016d", treeSize);
  }
}
