package io.blockofenergy.cloud.report.forecast;

import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.RollupStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Forecasts of loads, learned from the rollups on demand and kept for a while: a restart loses
 * nothing, late readings count from the next time on, and memory is bounded, whatever the number of
 * devices. Safe for any thread.
 */
public final class Forecasts {
  /** Some kilobytes each. */
  private static final int KEPT = 500;

  /** Between two times that the same is learned anew within an hour, at least. */
  private static final Duration FRESH = Duration.ofSeconds(60);

  private static final Duration FRESH_WHILE_COLLECTING = Duration.ofSeconds(2);

  /** Learning a load that takes long is not repeated soon: at most a twentieth of the time. */
  private static final int PAUSE_FACTOR = 20;

  private record Kept(Future<Trained> trained, long hour, Instant until) {}

  private final LoadHours loads;
  private final ForecastConfig config;
  private final WorkerExecutor workers;
  private final Clock clock;
  private final Timer learning;
  private final Map<Load, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param workers learn; closed by whoever made them
   */
  public Forecasts(
      RollupStore rollups,
      DeviceStore devices,
      ForecastSites sites,
      ForecastConfig config,
      WorkerExecutor workers,
      Clock clock,
      MeterRegistry meters) {
    this.loads = new LoadHours(new RollupPower(rollups, workers), devices, sites);
    this.config = config;
    this.workers = workers;
    this.clock = clock;
    this.learning =
        Timer.builder("boe.cloud.forecast.learning")
            .description("Time taken to learn a load, without reading its rollups")
            .register(meters);
  }

  /**
   * A forecast, as the API gives it. The load's site and device must be known ones.
   *
   * @param hours 12, 24 or 48
   * @return fails with {@link io.blockofenergy.telemetry.UnavailableException} when the store does
   *     not answer
   */
  public Future<JsonObject> forecast(Load load, int hours) {
    return current(load).map(trained -> trained.toJson(load, hours, clock.instant()));
  }

  /** {@code {days, needed}} of data, for so many hours. */
  public static JsonObject collected(long knownHours) {
    return Trained.collected(knownHours);
  }

  /** Whether so many hours are enough. */
  public static boolean isEnough(long knownHours) {
    return knownHours >= LoadModel.NEEDED_HOURS;
  }

  private Future<Trained> current(Load load) {
    Instant now = clock.instant();
    long hour = Math.floorDiv(now.getEpochSecond(), HourSeries.HOUR / 4);
    synchronized (kept) {
      Kept known = kept.get(load);
      boolean pending = known != null && !known.trained().isComplete();
      if (pending || known != null && known.hour() == hour && now.isBefore(known.until())) {
        return known.trained();
      }
      Future<Trained> trained = learn(load, now);
      kept.put(load, new Kept(trained, hour, now));
      if (kept.size() > KEPT) {
        kept.remove(kept.keySet().iterator().next());
      }
      trained.onSuccess(
          done -> {
            synchronized (kept) {
              Duration pause = pause(done, Duration.between(now, clock.instant()));
              kept.replace(load, new Kept(trained, hour, clock.instant().plus(pause)));
            }
          });
      return trained;
    }
  }

  private static Duration pause(Trained trained, Duration taken) {
    Duration least = trained.ready() ? FRESH : FRESH_WHILE_COLLECTING;
    Duration share = taken.multipliedBy(PAUSE_FACTOR);
    return share.compareTo(least) > 0 ? share : least;
  }

  /** Learns the hours before the one that holds an instant. */
  Future<Trained> learn(Load load, Instant until) {
    return loads
        .of(load, until, config.weeks() * HourSeries.HOURS_OF_WEEK)
        .compose(
            series ->
                workers.executeBlocking(
                    () -> learning.recordCallable(() -> Trained.of(series)), false));
  }
}
