package io.blockofenergy.cloud.audit.alert;

import io.blockofenergy.telemetry.Reading;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes alerts out of the outbox by one channel, the oldest first, each until the receiver has it
 * or it is {@link #KEPT} old. For one event loop.
 */
final class AlertSender {
  private static final Logger LOG = LoggerFactory.getLogger(AlertSender.class);
  static final Duration KEPT = Duration.ofDays(3);
  private static final long FIRST_PAUSE_MS = 1_000;
  private static final long LONGEST_PAUSE_MS = 300_000;
  private static final long NO_TIMER = -1;

  private final Vertx vertx;
  private final MongoClient mongo;
  private final AlertChannel channel;
  private final Clock clock;
  private final Counter sent;
  private final Counter failed;
  private boolean busy;
  private boolean again;
  private boolean stopped;
  private long timer = NO_TIMER;
  private int faults;

  /** Sent, but the store did not take it down: not to be sent again. */
  private String unmarked;

  AlertSender(
      Vertx vertx, MongoClient mongo, AlertChannel channel, Clock clock, MeterRegistry metrics) {
    this.vertx = vertx;
    this.mongo = mongo;
    this.channel = channel;
    this.clock = clock;
    this.sent = counter(metrics, channel, "sent");
    this.failed = counter(metrics, channel, "failed");
  }

  private static Counter counter(MeterRegistry metrics, AlertChannel channel, String outcome) {
    return Counter.builder("boe.cloud.alerts")
        .description("Attempts to send an alert")
        .tags("channel", channel.name(), "outcome", outcome)
        .register(metrics);
  }

  /** The name of the member of an outbox document that tells whether this channel has sent it. */
  String channel() {
    return channel.name();
  }

  /** There may be something to send. */
  void wake() {
    if (busy) {
      again = true; // what was asked for may have been before it was there
    } else if (timer == NO_TIMER && !stopped) {
      step();
    }
  }

  Future<Void> stop() {
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
        .compose(done -> oldest())
        .compose(found -> found == null ? Future.succeededFuture(false) : send(found))
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

  private Future<JsonObject> oldest() {
    return mongo
        .findWithOptions(
            "alerts",
            new JsonObject().put(channel.name(), "pending"),
            new FindOptions().setSort(new JsonObject().put("_id", 1)).setLimit(1))
        .map(found -> found.isEmpty() ? null : found.get(0));
  }

  /** Whether there may be more. */
  private Future<Boolean> send(JsonObject document) {
    String id = document.getString("_id");
    return channel
        .send(new Alert(id, document.getString("body")))
        .onSuccess(done -> sent.increment())
        .onFailure(cause -> failed.increment())
        .transform(
            outcome -> {
              if (outcome.succeeded()) {
                unmarked = id;
                LOG.info("alert {} sent by {}", id, channel.name());
                return mark(id, "sent");
              }
              Instant created = Instant.parse(document.getString("createdAt"));
              if (created.plus(KEPT).isAfter(clock.instant())) {
                return Future.failedFuture(outcome.cause());
              }
              LOG.error("alert {} could not be sent by {}: given up", id, channel.name());
              return mark(id, "failed");
            })
        .map(done -> true);
  }

  private Future<Void> mark(String id, String state) {
    JsonObject members =
        new JsonObject()
            .put(channel.name(), state)
            .put(channel.name() + "At", Reading.format(clock.instant()));
    return mongo
        .updateCollection(
            "alerts", new JsonObject().put("_id", id), new JsonObject().put("$set", members))
        .onSuccess(done -> unmarked = null)
        .mapEmpty();
  }

  /** Half of the pause is chance. */
  private void pause(Throwable cause) {
    if (stopped) {
      return;
    }
    if (faults == 0) {
      LOG.warn("no alert can be sent by {} now: {}", channel.name(), cause.toString());
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
