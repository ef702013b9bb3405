package io.blockofenergy.cloud.delivery;

import io.blockofenergy.telemetry.Reading;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes messages out of an outbox by one channel, each until the receiver has it or refuses it, or
 * it is {@link #KEPT} old. New ones go by rising id; one that failed waits for its next attempt
 * while the others go on. When several fail in a row, it is the channel that waits. An outbox is a
 * collection whose documents have {@code createdAt} and, named as the channel, {@code pending},
 * {@code sent}, {@code failed} or {@code refused}; what became of it when is then in {@code
 * <channel>At}, and so is since when one is pending again. For one event loop, and one process: two
 * would send twice.
 */
public final class OutboxSender {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxSender.class);
  static final Duration KEPT = Duration.ofDays(3);
  private static final long FIRST_PAUSE_MS = 1_000;
  private static final long LONGEST_PAUSE_MS = 300_000;
  private static final long NO_TIMER = -1;

  /** So many failures in a row are the receiver's, not one message's. */
  private static final int CHANNEL_FAULTS = 3;

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

  /** Whether the timer is for the channel, not for a single message. */
  private boolean paused;

  /** In a row, of any message or of the store. */
  private int faults;

  /** Those that failed and are tried again, by id. */
  private final Map<String, Retry> retries = new HashMap<>();

  /** Sent, but the store did not take it down: not to be sent again. */
  private String unmarked;

  /**
   * When a message is tried again.
   *
   * @param faults how often it has failed
   * @param atNanos of {@link System#nanoTime}
   */
  private record Retry(int faults, long atNanos) {}

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
    } else if (!paused && !stopped) {
      step();
    }
  }

  public Future<Void> stop() {
    stopped = true;
    cancelTimer();
    return channel.close();
  }

  private void cancelTimer() {
    if (timer != NO_TIMER) {
      vertx.cancelTimer(timer);
      timer = NO_TIMER;
    }
  }

  private void step() {
    cancelTimer();
    busy = true;
    again = false;
    paused = false;
    Future<Void> marked = unmarked == null ? Future.succeededFuture() : mark(unmarked, "sent");
    marked
        .compose(done -> index())
        .compose(done -> next())
        .compose(
            found -> {
              if (found == null && retries.isEmpty()) {
                faults = 0; // what failed in a row is not there any more
              }
              return found == null || stopped ? Future.succeededFuture(false) : send(found);
            })
        .onComplete(
            step -> {
              busy = false;
              if (stopped) {
                return;
              }
              if (step.failed()) {
                faults++;
                pause(step.cause());
              } else if (faults >= CHANNEL_FAULTS) {
                pause(null);
              } else if (step.result() || again) {
                step();
              } else {
                retries.values().stream()
                    .mapToLong(Retry::atNanos)
                    .min()
                    .ifPresent(at -> timer(Math.max(1, (at - System.nanoTime()) / 1_000_000 + 1)));
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

  /** The oldest that was not tried yet, else the one whose turn it is again. */
  private Future<JsonObject> next() {
    JsonObject ids = new JsonObject().put("$gte", "");
    if (!retries.isEmpty()) {
      ids.put("$nin", new JsonArray(List.copyOf(retries.keySet())));
    }
    return pending(ids)
        .compose(untried -> untried != null ? Future.succeededFuture(untried) : retry());
  }

  private Future<JsonObject> retry() {
    long now = System.nanoTime();
    Optional<Map.Entry<String, Retry>> due =
        retries.entrySet().stream()
            .filter(each -> each.getValue().atNanos() - now <= 0)
            .min(Comparator.comparingLong(each -> each.getValue().atNanos() - now));
    if (due.isEmpty()) {
      return Future.succeededFuture();
    }
    String id = due.get().getKey();
    return pending(new JsonObject().put("$eq", id))
        .compose(
            found -> {
              if (found != null) {
                return Future.succeededFuture(found);
              }
              retries.remove(id); // somebody has changed it
              return retry();
            });
  }

  private Future<JsonObject> pending(JsonObject ids) {
    JsonObject fields = new JsonObject().put("createdAt", 1).put(channel.name() + "At", 1);
    outbox.fields().forEach(name -> fields.put(name, 1));
    FindOptions options =
        new FindOptions().setSort(new JsonObject().put("_id", 1)).setFields(fields).setLimit(1);
    return mongo
        .findWithOptions(
            outbox.collection(),
            new JsonObject().put(channel.name(), "pending").put("_id", ids),
            options)
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
                faults = 0;
                unmarked = id;
                LOG.info("{} {} sent by {}", outbox.noun(), id, channel.name());
                return mark(id, "sent");
              }
              if (outcome.cause() instanceof RefusedException refusal) {
                refused.increment();
                faults = 0;
                LOG.warn(
                    "{} {} is given up by {}: {}",
                    outbox.noun(),
                    id,
                    channel.name(),
                    refusal.getMessage());
                return mark(id, "refused");
              }
              failed.increment();
              if (faults++ == 0) {
                LOG.warn(
                    "{} {} cannot be sent by {} now: {}",
                    outbox.noun(),
                    id,
                    channel.name(),
                    outcome.cause().toString());
              }
              if (isFresh(document)) {
                retries.merge(id, retryAfter(1), (old, one) -> retryAfter(old.faults() + 1));
                return Future.succeededFuture();
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

  private static Retry retryAfter(int faults) {
    return new Retry(faults, System.nanoTime() + pauseMs(faults) * 1_000_000);
  }

  /** When it was put down cannot be told of one that somebody has changed: it has one attempt. */
  private boolean isFresh(JsonObject document) {
    Object since = document.getValue(channel.name() + "At");
    try {
      Instant created =
          Instant.parse(String.valueOf(since == null ? document.getValue("createdAt") : since));
      Instant now = clock.instant();
      return created.plus(KEPT).isAfter(now) && created.minus(KEPT).isBefore(now);
    } catch (DateTimeException e) {
      return false;
    }
  }

  private Future<Void> mark(String id, String state) {
    retries.remove(id);
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

  /**
   * @param cause null when it was logged
   */
  private void pause(Throwable cause) {
    if (cause != null && faults == 1) {
      LOG.warn("no {} can be sent by {} now: {}", outbox.noun(), channel.name(), cause.toString());
    }
    paused = true;
    timer(pauseMs(faults));
  }

  private void timer(long ms) {
    timer =
        vertx.setTimer(
            ms,
            fired -> {
              timer = NO_TIMER;
              step();
            });
  }

  /** Half of it is chance. */
  private static long pauseMs(int faults) {
    long cap = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(faults - 1, 20));
    return cap / 2 + ThreadLocalRandom.current().nextLong(cap / 2);
  }
}
