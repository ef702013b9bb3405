package io.blockofenergy.cloud.report.pack;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the packs of periods that had ended at the schedule's last time and whose grace is over. Of
 * each site and kind it remembers when there may be one next, and after how long it tries again
 * when something failed: one site's trouble is neither the others' nor a report every few seconds.
 * For one event loop.
 */
final class DuePacks {
  private static final Logger LOG = LoggerFactory.getLogger(DuePacks.class);

  /** A local day ends up to so many days before or after a UTC day does. */
  private static final int CANDIDATES = 4;

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(20);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  /** A site's time zone may be changed, which moves the end of its periods. */
  private static final Duration LOOKED_AT = Duration.ofDays(1);

  private final PackConfig config;
  private final PackReports reports;
  private final PackMaker maker;
  private final PackStore store;
  private final Clock clock;
  private final Map<List<String>, Turn> turns = new HashMap<>();

  /** What is known of a site and kind. */
  private static final class Turn {
    /** A period that ends before this has its pack. */
    private Instant next = Instant.MIN;

    private Instant retry = Instant.MIN;
    private int faults;

    private void failed(Instant now) {
      Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(faults, 20));
      faults++;
      retry = now.plus(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
    }
  }

  DuePacks(PackConfig config, PackReports reports, PackMaker maker, PackStore store, Clock clock) {
    this.config = config;
    this.reports = reports;
    this.maker = maker;
    this.store = store;
    this.clock = clock;
  }

  /** Makes what is due now; fails as the first that could not be made, when all others are. */
  Future<Void> make() {
    Instant now = clock.instant();
    Optional<Instant> due = config.schedule().previous(now);
    if (due.isEmpty()) {
      return Future.succeededFuture();
    }
    Instant graced = now.minus(config.grace());
    Instant end = due.get().isBefore(graced) ? due.get() : graced;
    Future<Void> all = Future.succeededFuture();
    List<Throwable> failures = new ArrayList<>();
    for (String site : config.sites()) {
      for (String kind : config.kinds()) {
        Turn turn = turns.computeIfAbsent(List.of(site, kind), none -> new Turn());
        if (end.isBefore(turn.next) || now.isBefore(turn.retry)) {
          continue;
        }
        all =
            all.compose(before -> make(site, kind, end))
                .transform(
                    made -> {
                      if (made.succeeded()) {
                        turn.next = made.result();
                        turn.faults = 0;
                      } else {
                        turn.failed(now);
                        failures.add(made.cause());
                      }
                      return Future.succeededFuture();
                    });
      }
    }
    return all.compose(
        ended ->
            failures.isEmpty() ? Future.succeededFuture() : Future.failedFuture(failures.get(0)));
  }

  /**
   * Makes the pack of the last period that has ended, unless there is one.
   *
   * @param end up to when a period must have ended
   * @return before which end there is nothing more to make
   */
  private Future<Instant> make(String site, String kind, Instant end) {
    // No zone is further ahead.
    LocalDate day = end.atOffset(ZoneOffset.ofHours(14)).toLocalDate();
    return make(site, kind, end, day, CANDIDATES, end.plus(LOOKED_AT));
  }

  private Future<Instant> make(
      String site, String kind, Instant end, LocalDate day, int candidates, Instant next) {
    if (candidates == 0) {
      return Future.succeededFuture(next);
    }
    PackPeriod period = PackPeriod.containing(kind, day);
    return store
        .document(PackMaker.id(site, period))
        .compose(
            made -> {
              if (made.isPresent()) {
                return Future.succeededFuture(next);
              }
              return reports
                  .report(kind, period.date(), site)
                  .compose(
                      report -> {
                        Instant to = Instant.parse(report.getString("to"));
                        return to.isAfter(end)
                            ? make(
                                site,
                                kind,
                                end,
                                PackPeriod.before(kind, day),
                                candidates - 1,
                                to.isBefore(next) ? to : next)
                            : maker.make(site, period.date()).onSuccess(DuePacks::log).map(next);
                      });
            });
  }

  private static void log(JsonObject pack) {
    LOG.info("pack {} is made", pack.getString("id"));
  }
}
