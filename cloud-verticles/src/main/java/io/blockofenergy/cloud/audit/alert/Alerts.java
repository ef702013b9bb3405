package io.blockofenergy.cloud.audit.alert;

import io.blockofenergy.cloud.delivery.Channel;
import io.blockofenergy.cloud.delivery.OutboxSender;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Alerts about audits: decided when a run ends, put down in the outbox, sent from there. What was
 * not decided because the store was away, or because the process ended, is made up. Methods but the
 * constructor belong to one event loop.
 */
public final class Alerts {
  private static final Logger LOG = LoggerFactory.getLogger(Alerts.class);
  private static final long RETRY_MS = 5_000;
  private static final OutboxSender.Outbox OUTBOX =
      new OutboxSender.Outbox(
          "alerts",
          "alert",
          "boe.cloud.alerts",
          List.of("body"),
          document -> Future.succeededFuture(Alert.message(document)));

  private final Vertx vertx;
  private final AlertOutbox outbox;
  private final List<OutboxSender> senders = new ArrayList<>();

  /** One decision after the other: each looks at what the one before has put down. */
  private Future<Void> last = Future.succeededFuture();

  private boolean retrying;
  private boolean stopped;

  /**
   * @throws IOException when a secret cannot be read
   * @throws IllegalArgumentException when the webhook's secret is not of its form
   */
  public Alerts(
      Vertx vertx, MongoClient mongo, AlertConfig config, Clock clock, MeterRegistry metrics)
      throws IOException {
    this.vertx = vertx;
    List<Channel> channels = new ArrayList<>();
    if (config.webhook().isPresent()) {
      channels.add(config.webhook().get().open(vertx, clock));
    }
    if (config.mail().isPresent() && !config.receivers().isEmpty()) {
      channels.add(config.mail().get().open(vertx, config.receivers()));
    }
    channels.forEach(
        channel -> senders.add(new OutboxSender(vertx, mongo, OUTBOX, channel, clock, metrics)));
    List<String> names = channels.stream().map(Channel::name).toList();
    outbox = new AlertOutbox(mongo, names, config.repeat(), clock);
  }

  /** Sends what is still in the outbox, and decides about the runs of the last process. */
  public void catchUp() {
    last = last.transform(before -> outbox.catchUp().transform(this::decided));
  }

  /**
   * A run has come to its end, whichever.
   *
   * @param run the object of {@code live.audit}
   */
  public void ended(JsonObject run) {
    last = last.transform(before -> outbox.ended(run).transform(this::decided));
  }

  /** Completes when what was asked for so far has been decided. */
  Future<Void> decided() {
    return last;
  }

  public Future<Void> stop() {
    stopped = true;
    return Future.join(senders.stream().map(OutboxSender::stop).toList()).mapEmpty();
  }

  private Future<Void> decided(AsyncResult<Void> decision) {
    if (stopped) {
      return Future.succeededFuture();
    }
    if (decision.succeeded()) {
      senders.forEach(OutboxSender::wake);
    } else if (!retrying) {
      LOG.warn("alerts wait for the store: {}", decision.cause().toString());
      retrying = true;
      vertx.setTimer(
          RETRY_MS,
          timer -> {
            retrying = false;
            if (!stopped) {
              catchUp();
            }
          });
    }
    return Future.succeededFuture();
  }
}
