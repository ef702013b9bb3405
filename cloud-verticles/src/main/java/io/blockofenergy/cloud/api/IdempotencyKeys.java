package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.storage.MongoFailures;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests that carry an {@code Idempotency-Key} are carried out once
 * (draft-ietf-httpapi-idempotency-key-header): who asks again with the same key and body gets the
 * first answer. Kept for a day in collection {@code api_requests}, put down before the request is
 * carried out, and its answer before it is sent. A refusal is not kept. When the process dies in
 * between, whoever asks again after {@link #ABANDONED} has the request carried out again: only then
 * can a thing be done twice.
 */
final class IdempotencyKeys implements Handler<RoutingContext> {
  private static final Logger LOG = LoggerFactory.getLogger(IdempotencyKeys.class);

  static final String HEADER = "Idempotency-Key";
  static final Duration KEPT = Duration.ofHours(24);

  /** Nothing takes so long that still goes on. */
  static final Duration ABANDONED = Duration.ofMinutes(2);

  private static final String COLLECTION = "api_requests";
  private static final String SLOT = IdempotencyKeys.class.getName();
  private static final String KEY = "\"[ !#-\\[\\]-~]{1,128}\"|[!#-+\\--~]{1,128}";
  private static final Duration PRUNING = Duration.ofMinutes(10);

  private final MongoClient mongo;
  private final Clock clock;
  private Instant pruned = Instant.MIN;

  IdempotencyKeys(MongoClient mongo, Clock clock) {
    this.mongo = mongo;
    this.clock = clock;
  }

  /** A request that is being carried out under its key. */
  private record Slot(IdempotencyKeys keys, String id, String startedAt) {
    private JsonObject document() {
      return new JsonObject().put("_id", id).put("startedAt", startedAt);
    }
  }

  @Override
  public void handle(RoutingContext context) {
    String key = context.request().getHeader(HEADER);
    if (key == null) {
      context.next();
      return;
    }
    if (!key.matches(KEY)) {
      throw Problem.badRequest(HEADER + " must be a text of 1 to 128 ASCII characters");
    }
    String name = key.startsWith("\"") ? key.substring(1, key.length() - 1) : key;
    String target = context.request().method() + " " + context.normalizedPath() + '\n' + name;
    Buffer body = context.body().buffer();
    String id = Sha256.hex(target.getBytes(StandardCharsets.UTF_8));
    begin(context, id, Sha256.hex(body == null ? new byte[0] : body.getBytes()))
        .onSuccess(answer -> answer.ifPresentOrElse(known -> replay(context, known), context::next))
        .onFailure(context::fail);
  }

  /** Empty when the request is to be carried out; else the answer that it had. */
  private Future<Optional<JsonObject>> begin(
      RoutingContext context, String id, String fingerprint) {
    Instant now = clock.instant();
    prune(now);
    JsonObject fresh =
        new JsonObject()
            .put("fingerprint", fingerprint)
            .put("startedAt", Reading.format(now))
            .put("expiresAt", Reading.format(now.plus(KEPT)))
            .putNull("answer");
    Slot slot = new Slot(this, id, Reading.format(now));
    return mongo
        .insert(COLLECTION, fresh.copy().put("_id", id))
        .map(done -> true)
        .recover(
            failure ->
                MongoFailures.isDuplicate(failure)
                    ? Future.succeededFuture(false)
                    : Future.failedFuture(failure))
        .compose(
            mine ->
                mine
                    ? Future.succeededFuture(Optional.<JsonObject>empty())
                    : known(id, fresh, fingerprint, now))
        .onSuccess(
            answer -> {
              if (answer.isEmpty()) {
                context.put(SLOT, slot);
              }
            });
  }

  private Future<Optional<JsonObject>> known(
      String id, JsonObject fresh, String fingerprint, Instant now) {
    return mongo
        .findOne(COLLECTION, new JsonObject().put("_id", id), null)
        .compose(
            there -> {
              if (there == null) {
                return Future.failedFuture(inProgress()); // refused a moment ago
              }
              String startedAt = there.getString("startedAt", "");
              boolean expired = there.getString("expiresAt", "").compareTo(Reading.format(now)) < 0;
              if (!expired && !fingerprint.equals(there.getValue("fingerprint"))) {
                return Future.failedFuture(
                    Problem.keyReused("this key came with another body before"));
              }
              if (!expired && there.getValue("answer") instanceof JsonObject answer) {
                return Future.succeededFuture(Optional.of(answer));
              }
              if (!expired && startedAt.compareTo(Reading.format(now.minus(ABANDONED))) > 0) {
                return Future.failedFuture(inProgress());
              }
              // Of those who find it abandoned, one takes it over.
              return mongo
                  .updateCollection(
                      COLLECTION,
                      new JsonObject().put("_id", id).put("startedAt", startedAt),
                      new JsonObject().put("$set", fresh))
                  .compose(
                      result ->
                          result.getDocMatched() == 1
                              ? Future.succeededFuture(Optional.<JsonObject>empty())
                              : Future.failedFuture(inProgress()));
            });
  }

  private static Problem inProgress() {
    return Problem.conflict("a request with this key is being carried out");
  }

  private static void replay(RoutingContext context, JsonObject answer) {
    String location = answer.getString("location");
    if (location != null) {
      context.response().putHeader("Location", location);
    }
    context
        .response()
        .setStatusCode(answer.getInteger("status"))
        .putHeader("Idempotency-Replayed", "true")
        .putHeader("Content-Type", "application/json")
        .end(answer.getString("body"));
  }

  /**
   * Keeps the answer of the request, if it has a key. Succeeds even when the store fails: the thing
   * is done, and has to be told.
   */
  static Future<Void> keep(RoutingContext context, int status, String location, Buffer body) {
    if (!(context.get(SLOT) instanceof Slot slot)) {
      return Future.succeededFuture();
    }
    context.remove(SLOT);
    JsonObject answer =
        new JsonObject().put("status", status).put("location", location).put("body", "" + body);
    return slot.keys
        .mongo
        .updateCollection(
            COLLECTION,
            slot.document(),
            new JsonObject().put("$set", new JsonObject().put("answer", answer)))
        .<Void>mapEmpty()
        .recover(
            failure -> {
              LOG.warn("The answer to a request with a key is not kept: {}", failure.getMessage());
              return Future.succeededFuture();
            });
  }

  /** The request was refused: its key can be used again. */
  static void release(RoutingContext context) {
    if (context.get(SLOT) instanceof Slot slot) {
      context.remove(SLOT);
      slot.keys
          .mongo
          .removeDocument(COLLECTION, slot.document())
          .onFailure(failure -> LOG.debug("a key is not released: {}", failure.getMessage()));
    }
  }

  /** Removes what is older than a day, now and then; one range of an index. */
  private void prune(Instant now) {
    if (pruned.isAfter(now.minus(PRUNING))) {
      return;
    }
    pruned = now;
    JsonObject expired =
        new JsonObject().put("expiresAt", new JsonObject().put("$lt", Reading.format(now)));
    mongo
        .createIndex(COLLECTION, new JsonObject().put("expiresAt", 1))
        .compose(done -> mongo.removeDocuments(COLLECTION, expired))
        .onFailure(failure -> LOG.debug("keys are not pruned: {}", failure.getMessage()));
  }
}
