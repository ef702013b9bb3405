package io.blockofenergy.cloud.report.pack;

import io.blockofenergy.cloud.delivery.Channel;
import io.blockofenergy.cloud.delivery.OutboxSender;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.ext.mongo.MongoClient;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes packs by the schedule and sends those that were made, in this process or by the API of
 * another one. One process does so. It starts without the store and waits for it.
 */
public final class PacksVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(PacksVerticle.class);

  /** How late a pack may be; also how late one that another process made is sent. */
  private static final long TICK_MS = 20_000;

  private final PackConfig config;
  private final MongoClient mongo;
  private final PackStore store;
  private final DuePacks due;
  private final Clock clock;
  private final MeterRegistry metrics;
  private final List<OutboxSender> senders = new ArrayList<>();
  private boolean indexed;
  private boolean busy;

  private String trouble;

  public PacksVerticle(
      PackConfig config,
      MongoClient mongo,
      PackReports reports,
      PackMaker maker,
      Clock clock,
      MeterRegistry metrics) {
    this.config = config;
    this.mongo = mongo;
    this.store = new PackStore(mongo);
    this.due = new DuePacks(config, reports, maker, store, clock);
    this.clock = clock;
    this.metrics = metrics;
  }

  /**
   * @throws IOException when a secret cannot be read
   */
  @Override
  public Future<?> start() throws IOException {
    List<Channel> channels = new ArrayList<>();
    if (config.mail().isPresent() && !config.receivers().isEmpty()) {
      channels.add(config.mail().get().open(vertx, config.receivers()));
    }
    if (config.webhook().isPresent()) {
      channels.add(config.webhook().get().open(vertx, clock));
    }
    OutboxSender.Outbox outbox = new PackMessages(store, config.links()).outbox();
    channels.forEach(
        channel -> senders.add(new OutboxSender(vertx, mongo, outbox, channel, clock, metrics)));
    vertx.eventBus().localConsumer(PackMaker.MADE, made -> senders.forEach(OutboxSender::wake));
    vertx.setPeriodic(0, TICK_MS, timer -> tick());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return Future.join(senders.stream().map(OutboxSender::stop).toList());
  }

  private void tick() {
    if (busy) {
      return;
    }
    busy = true;
    (indexed
            ? Future.<Void>succeededFuture()
            : store.createIndexes().onSuccess(v -> indexed = true))
        .compose(ready -> due.make())
        .onComplete(
            made -> {
              busy = false;
              senders.forEach(OutboxSender::wake);
              String problem = made.succeeded() ? null : String.valueOf(made.cause().getMessage());
              if (problem != null && !problem.equals(trouble)) {
                LOG.warn("billing packs wait: {}", problem);
              }
              trouble = problem;
            });
  }
}
