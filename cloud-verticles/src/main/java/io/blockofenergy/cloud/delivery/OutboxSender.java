package io.blockofenergy.cloud.delivery;

import io.blockofenergy.telemetry.Reading;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes messages out of an outbox by one channel, by rising id, each until the receiver has it or
 * refuses it, or it is {@link #KEPT} old. An outbox is a collection whose documents have {@code
 * createdAt} and, named as the channel, {@code pending}, {@code sent}, {@code failed} or {@code
 * refused}; what became of it when is then in {@code <channel>At}. For one event loop, and one
 * process: two would send twice.
 */
public final class OutboxSender {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxSender.class);
  static final Duration KEPT = Duration.ofDays(3);
  private static final long FIRST_PAUSE_MS = 1_000;
  private static final long LONGEST_PAUSE_MS = 300_000;
  private static final long NO_TIMER = -1;

  private final Vertx vertx;
  private final MongoClient mongo;
  private final Outbox outbox;
  private final Channel channel;
  private final Clock clock;
  private final Counter sent;
  private final Counter failed;
  private final Counter refused;
  private boolean indexed;
  private boolean busy;
  private boolean again;
  private boolean stopped;
  private long timer = NO_TIMER;
  private int faults;

  /** Sent, but the store did not take it down: not to be sent again. */
  private String unmarked;

  /**
   * Where messages are kept.
   *
   * @param collection its name
   * @param noun what they are, for the log
   * @param counter counts attempts, by channel and outcome
   * @param fields those of a document that {@code reader} needs
   * @param reader makes a document's message; fails with {@link RefusedException} or throws when it
   *     cannot be made, however often that is tried
   */
  public record Outbox(
      String collection,
      String noun,
      String counter,
      List<String> fields,
      Function<JsonObject, Future<Message>> reader) {}

  public OutboxSender(
      Vertx vertx,
      MongoClient mongo,
      Outbox outbox,
      Channel channel,
      Clock clock,
      MeterRegistry metrics) {
    this.vertx = vertx;
    this.mongo = mongo;
    this.outbox = outbox;
    this.channel = channel;
    this.clock = clock;
    this.sent = counter(metrics, "sent");
    this.failed = counter(metrics, "failed");
    this.refused = counter(metrics, "refused");
  }

  private Counter counter(MeterRegistry metrics, String outcome) {
    return Counter.builder(outbox.counter())
        .description("Attempts to send")
        .tags("channel", channel.name(), "outcome", outcome)
        .register(metrics);
  }

  /** The name of the member of an outbox document that tells whether this channel has sent it. */
  public String channel() {
    return channel.name();
  }

  /** There may be something to send. */
  public void wake() {
    if (busy) {
      again = true; // what was asked for may have been before it was there
    } else if (timer == NO_TIMER && !stopped) {
      step();
    }
  }

  public Future<Void> stop() {
    stopped = true;
    if (timer != NO_TIMER) {
      vertx.cancelTimer(timer);
    }
    return channel.close();
  }

  private void step() {
    busy = true;
    again = false;
    Future<Void> marked = unmarked == null ? Future.succeededFuture() : mark(unmarked, "sent");
    marked
        .compose(done -> index())
        .compose(done -> oldest())
        .compose(found -> found == null || stopped ? Future.succeededFuture(false) : send(found))
        .onComplete(
            step -> {
              busy = false;
              if (step.failed()) {
                pause(step.cause());
              } else {
                faults = 0;
                if ((step.result() || again) && !stopped) {
                  step();
                }
              }
            });
  }

  private Future<Void> index() {
    return indexed
        ? Future.succeededFuture()
        : mongo
            .createIndex(outbox.collection(), new JsonObject().put(channel.name(), 1).put("_id", 1))
            .onSuccess(done -> indexed = true);
  }

  private Future<JsonObject> oldest() {
    JsonObject pending =
        new JsonObject()
            .put(channel.name(), "pending")
            .put("_id", new JsonObject().put("$gte", ""));
    JsonObject fields = new JsonObject().put("createdAt", 1);
    outbox.fields().forEach(name -> fields.put(name, 1));
    FindOptions options =
        new FindOptions().setSort(new JsonObject().put("_id", 1)).setFields(fields).setLimit(1);
    return mongo
        .findWithOptions(outbox.collection(), pending, options)
        .map(found -> found.isEmpty() ? null : found.get(0));
  }

  /** Whether there may be more. */
  private Future<Boolean> send(JsonObject document) {
    String id = document.getString("_id");
    return readable(document)
        .compose(channel::send)
        .transform(
            outcome -> {
              if (outcome.succeeded()) {
                sent.increment();
                unmarked = id;
                LOG.info("{} {} sent by {}", outbox.noun(), id, channel.name());
                return mark(id, "sent");
              }
              if (outcome.cause() instanceof RefusedException refusal) {
                refused.increment();
                LOG.warn(
                    "{} {} is given up by {}: {}",
                    outbox.noun(),
                    id,
                    channel.name(),
                    refusal.getMessage());
                return mark(id, "refused");
              }
              failed.increment();
              if (isFresh(document.getValue("createdAt"))) {
                return Future.failedFuture(outcome.cause());
              }
              LOG.error(
                  "{} {} could not be sent by {}: given up", outbox.noun(), id, channel.name());
              return mark(id, "failed");
            })
        .map(done -> true);
  }

  /** Refused when it cannot be made: somebody has changed what was put down. */
  private Future<Message> readable(JsonObject document) {
    try {
      return outbox.reader().apply(document);
    } catch (RuntimeException e) {
      return Future.failedFuture(new RefusedException("its document is damaged: " + e));
    }
  }

  /** When it was put down cannot be told of one that somebody has changed: it has one attempt. */
  private boolean isFresh(Object createdAt) {
    try {
      Instant created = Instant.parse(String.valueOf(createdAt));
      Instant now = clock.instant();
      return created.plus(KEPT).isAfter(now) && created.minus(KEPT).isBefore(now);
    } catch (DateTimeException e) {
      return false;
    }
  }

  private Future<Void> mark(String id, String state) {
    JsonObject members =
        new JsonObject()
            .put(channel.name(), state)
            .put(channel.name() + "At", Reading.format(clock.instant()));
    return mongo
        .updateCollection(
            outbox.collection(),
            new JsonObject().put("_id", id),
            new JsonObject().put("$set", members))
        .onSuccess(done -> unmarked = null)
        .mapEmpty();
  }

  /** Half of the pause is chance. */
  private void pause(Throwable cause) {
    if (stopped) {
      return;
    }
    if (faults == 0) {
      LOG.warn("no {} can be sent by {} now: {}", outbox.noun(), channel.name(), cause.toString());
    }
    long cap = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(faults, 20));
    faults++;
    timer =
        vertx.setTimer(
            cap / 2 + ThreadLocalRandom.current().nextLong(cap / 2),
            fired -> {
              timer = NO_TIMER;
              step();
            });
  }
}
