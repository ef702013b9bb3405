package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.cloud.storage.Device;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at each hour of each device and site once, some minutes after it ended, for what was not as
 * expected. How far each load was looked at is in the store, so a restart tells nothing twice, and
 * hours that arrive late are learned but told no more. Several processes may do so at a time.
 */
public final class ForecastVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ForecastVerticle.class);
  private static final long TICK_MS = 15_000;

  private final Forecasts forecasts;
  private final AnomalyStore anomalies;
  private final DeviceStore devices;
  private final ForecastConfig config;
  private final Clock clock;
  private final MeterRegistry meters;
  private final Counter failures;

  /** Loads that need not be looked at again in this hour. */
  private final Set<Load> done = new HashSet<>();

  private long hour;
  private Future<Void> looking;
  private boolean prepared;
  private boolean stopped;
  private String lastFailure = "";

  public ForecastVerticle(
      Forecasts forecasts,
      AnomalyStore anomalies,
      DeviceStore devices,
      ForecastConfig config,
      Clock clock,
      MeterRegistry meters) {
    this.forecasts = forecasts;
    this.anomalies = anomalies;
    this.devices = devices;
    this.config = config;
    this.clock = clock;
    this.meters = meters;
    this.failures = meters.counter("boe.cloud.forecast.failures");
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(1, TICK_MS, tick -> look());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    return looking == null ? Future.succeededFuture() : looking.otherwiseEmpty();
  }

  private void look() {
    if (looking != null || stopped) {
      return;
    }
    Instant until = clock.instant().minus(config.delay());
    // Some zones' hours begin at half past.
    long begun = Math.floorDiv(until.getEpochSecond(), HourSeries.HOUR / 2);
    if (begun != hour) {
      hour = begun;
      done.clear();
    }
    looking = prepare().compose(ready -> all(until));
    looking.onComplete(
        end -> {
          looking = null;
          if (end.failed() && !stopped) {
            failures.increment();
            String cause = String.valueOf(end.cause().getMessage());
            if (!cause.equals(lastFailure)) {
              LOG.warn("Anomalies have to wait: {}", cause);
            }
            lastFailure = cause;
          } else {
            lastFailure = "";
          }
        });
  }

  private Future<Void> prepare() {
    return prepared
        ? Future.succeededFuture()
        : anomalies.createIndexes().onSuccess(made -> prepared = true);
  }

  private Future<Void> all(Instant until) {
    return devices
        .devices()
        .compose(
            all -> {
              Set<String> sites = new HashSet<>();
              List<Load> loads = new ArrayList<>();
              for (Device device : all) {
                loads.add(Load.device(device.site(), device.id()));
                sites.add(device.site());
              }
              sites.forEach(site -> loads.add(Load.site(site)));
              loads.removeAll(done);
              return inTurn(loads, 0, until);
            });
  }

  private Future<Void> inTurn(List<Load> loads, int next, Instant until) {
    if (next == loads.size() || stopped) {
      return Future.succeededFuture();
    }
    return look(loads.get(next), until).compose(seen -> inTurn(loads, next + 1, until));
  }

  private Future<Void> look(Load load, Instant until) {
    return anomalies
        .mark(load)
        .compose(
            mark ->
                forecasts
                    .learn(load, until)
                    .compose(
                        trained -> {
                          List<Anomaly> news =
                              trained.anomalies().stream()
                                  .filter(each -> each.to() > mark.orElse(Long.MIN_VALUE))
                                  .toList();
                          count(news, mark);
                          return anomalies
                              .put(
                                  load,
                                  news,
                                  trained.knownHours(),
                                  trained.ready() ? Optional.of(trained.upTo()) : Optional.empty())
                              .onSuccess(put -> seen(load, trained.ready()));
                        }))
        .recover(
            cause -> {
              if (cause instanceof UnavailableException) {
                return Future.failedFuture(cause);
              }
              // Rollups that somebody has damaged: the audit names them, the others go on.
              failures.increment();
              LOG.debug("{} was not looked at: {}", load, cause.getMessage());
              seen(load, true);
              return Future.succeededFuture();
            });
  }

  private void seen(Load load, boolean ready) {
    if (ready) {
      done.add(load);
    }
  }

  private void count(List<Anomaly> news, Optional<Long> mark) {
    for (Anomaly each : news) {
      if (each.from() >= mark.orElse(Long.MIN_VALUE)) {
        meters.counter("boe.cloud.forecast.anomalies", "kind", each.kindName()).increment();
      }
    }
  }
}
