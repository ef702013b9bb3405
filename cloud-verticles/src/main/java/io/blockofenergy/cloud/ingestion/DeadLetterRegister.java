package io.blockofenergy.cloud.ingestion;

import io.blockofenergy.cloud.topic.TopicMessage;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;

/**
 * A record of each message that was refused, collection {@code dead_letters}: what people ask for,
 * while the message itself waits whole in its queue, which cannot be looked into the same way at
 * every broker. Recorded before the message is sent there. The {@code _id} begins with the time at
 * which the hub took the message and holds a digest of it, so that a message that comes again after
 * a crash is recorded once.
 */
final class DeadLetterRegister {
  private static final String COLLECTION = "dead_letters";
  private static final String ENQUEUED_TIME = "iothub-enqueuedtime";
  private static final int MAX_CHARACTERS = 200;

  private final MongoClient mongo;
  private final Clock clock;

  DeadLetterRegister(MongoClient mongo, Clock clock) {
    this.mongo = mongo;
    this.clock = clock;
  }

  /**
   * Completes when the record is durable; fails with {@link
   * io.blockofenergy.telemetry.UnavailableException} when the store does not answer.
   *
   * @param letter with the properties that name reason, description and sender
   */
  Future<Void> record(TopicMessage letter) {
    Instant at =
        letter.annotations().get(ENQUEUED_TIME) instanceof Date enqueued
            ? enqueued.toInstant()
            : clock.instant();
    String time = Reading.format(at);
    String bridge = text(letter, "deviceId");
    String digest =
        Sha256.hex(
            String.join("\n", text(letter, "deadLetterReason"), bridge, "" + letter.messageId())
                .getBytes(StandardCharsets.UTF_8),
            letter.body());
    JsonObject document =
        new JsonObject()
            .put("_id", time.replaceAll("[^0-9TZ]", "") + '-' + digest.substring(0, 16))
            .put("at", time)
            .put("reason", text(letter, "deadLetterReason"))
            .put("detail", text(letter, "deadLetterDescription"))
            .put("bridge", letter.annotations().containsKey(BatchCheck.DEVICE_ID) ? bridge : null)
            .put("message", letter.messageId() == null ? null : bounded(letter.messageId()))
            .put("bytes", letter.body().length);
    return mongo
        .insert(COLLECTION, document)
        .<Void>mapEmpty()
        .recover(
            failure ->
                MongoFailures.isDuplicate(failure)
                    ? Future.succeededFuture()
                    : Future.failedFuture(MongoFailures.unavailable(failure)));
  }

  private static String text(TopicMessage letter, String property) {
    return bounded(letter.applicationProperties().getOrDefault(property, ""));
  }

  private static String bounded(String text) {
    return text.substring(0, Math.min(MAX_CHARACTERS, text.length()));
  }
}
