package io.blockofenergy.cloud.report.pack;

import io.blockofenergy.cloud.delivery.Channel;
import io.blockofenergy.cloud.delivery.OutboxSender;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes packs by the schedule and sends those that were made, here or by the API of another process
 * (event bus address {@value #MADE} tells of the former). One process does so. It starts without
 * the store and waits for it.
 */
public final class PacksVerticle extends VerticleBase {
  /** Event bus address to publish to when a pack was made. */
  public static final String MADE = "packs.made";

  private static final Logger LOG = LoggerFactory.getLogger(PacksVerticle.class);

  /** How late a pack may be; also how late one that another process made is sent. */
  private static final long TICK_MS = 20_000;

  /** A local day ends up to so many days before or after a UTC day does. */
  private static final int CANDIDATES = 4;

  private final PackConfig config;
  private final MongoClient mongo;
  private final PackReports reports;
  private final PackMaker maker;
  private final PackStore store;
  private final Clock clock;
  private final MeterRegistry metrics;
  private final List<OutboxSender> senders = new ArrayList<>();
  private boolean indexed;
  private boolean busy;

  /** The time of the schedule up to which all was made. */
  private Instant done = Instant.EPOCH;

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
    this.reports = reports;
    this.maker = maker;
    this.store = new PackStore(mongo);
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
    vertx.eventBus().localConsumer(MADE, made -> senders.forEach(OutboxSender::wake));
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
        .compose(ready -> makeDue())
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

  private Future<Void> makeDue() {
    Optional<Instant> due = config.schedule().previous(clock.instant());
    if (due.isEmpty() || !due.get().isAfter(done)) {
      return Future.succeededFuture();
    }
    Future<Void> all = Future.succeededFuture();
    List<Throwable> failures = new ArrayList<>();
    for (String site : config.sites()) {
      for (String kind : config.kinds()) {
        // One site's trouble is not the others'.
        all =
            all.compose(before -> make(site, kind, due.get()))
                .recover(
                    failure -> {
                      failures.add(failure);
                      return Future.succeededFuture();
                    });
      }
    }
    return all.compose(
        ended -> {
          if (failures.isEmpty()) {
            done = due.get();
            return Future.succeededFuture();
          }
          return Future.failedFuture(failures.get(0));
        });
  }

  /** Makes the pack of the last period that had ended, with its grace, when it was due. */
  private Future<Void> make(String site, String kind, Instant due) {
    Instant end = due.minus(config.grace());
    // No zone is further ahead.
    return make(site, kind, end, end.atOffset(ZoneOffset.ofHours(14)).toLocalDate(), CANDIDATES);
  }

  private Future<Void> make(String site, String kind, Instant end, LocalDate day, int candidates) {
    if (candidates == 0) {
      return Future.succeededFuture();
    }
    PackPeriod period = PackPeriod.containing(kind, day);
    return store
        .document(PackMaker.id(site, period))
        .compose(
            made ->
                made.isPresent()
                    ? Future.<Void>succeededFuture()
                    : reports
                        .report(kind, period.date(), site)
                        .compose(
                            report ->
                                Instant.parse(report.getString("to")).isAfter(end)
                                    ? make(
                                        site,
                                        kind,
                                        end,
                                        PackPeriod.before(kind, day),
                                        candidates - 1)
                                    : maker.make(site, period.date()).map(this::log)));
  }

  private Void log(JsonObject pack) {
    LOG.info("pack {} is made", Objects.requireNonNull(pack.getString("id")));
    return null;
  }
}
