package io.blockofenergy.edge.source;

import io.blockofenergy.edge.intake.Intake;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The external brokers: starts those that are configured, and follows a configuration that changes.
 * Whatever is stopped or changed is first brought to its end, so that nothing is lost and nothing
 * comes twice.
 */
public final class Sources extends VerticleBase {
  private final String bridge;
  private final Intake intake;
  private final Clock clock;
  private final MeterRegistry registry;
  private final SortedMap<String, SourceConfig> initial;

  // The context's own, but for those who ask for the status.
  private volatile Map<String, Source> sources = Map.of();
  private Future<Void> changing = Future.succeededFuture();

  public Sources(
      String bridge,
      SortedMap<String, SourceConfig> initial,
      Intake intake,
      Clock clock,
      MeterRegistry registry) {
    this.bridge = bridge;
    this.initial = initial;
    this.intake = intake;
    this.clock = clock;
    this.registry = registry;
  }

  @Override
  public Future<?> start() {
    change(initial);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return changing
        .otherwiseEmpty()
        .compose(
            done ->
                Future.join(sources.values().stream().map(source -> source.stop(false)).toList()));
  }

  /** Adds, changes and removes sources until they are those; one change after the other. */
  public void update(SortedMap<String, SourceConfig> wanted) {
    context.runOnContext(now -> change(wanted));
  }

  /** By name, what each source's connection is like; for {@code /status}. Safe for any thread. */
  public JsonObject status() {
    JsonObject status = new JsonObject();
    new TreeMap<>(sources).forEach((name, source) -> status.put(name, source.status()));
    return status;
  }

  private void change(SortedMap<String, SourceConfig> wanted) {
    changing = changing.otherwiseEmpty().compose(done -> changeTo(wanted));
  }

  private Future<Void> changeTo(SortedMap<String, SourceConfig> wanted) {
    Map<String, Source> next = new HashMap<>();
    List<Future<Void>> stops = new ArrayList<>();
    List<Source> fresh = new ArrayList<>();
    sources.forEach(
        (name, running) -> {
          SourceConfig config = wanted.get(name);
          if (running.config().equals(config)) {
            next.put(name, running);
          } else {
            boolean sameSession = config != null && config.hasSessionOf(running.config(), bridge);
            stops.add(running.stop(!sameSession));
            if (config != null) {
              Source changed = source(config, sameSession ? running.config() : null);
              next.put(name, changed);
              fresh.add(changed);
            }
          }
        });
    wanted.forEach(
        (name, config) -> {
          if (!next.containsKey(name)) {
            Source added = source(config, null);
            next.put(name, added);
            fresh.add(added);
          }
        });
    // An old one leaves first: the broker would take two with one session for a takeover.
    return Future.join(stops)
        .otherwiseEmpty()
        .map(
            done -> {
              sources = Map.copyOf(next);
              fresh.forEach(Source::start);
              return null;
            });
  }

  private Source source(SourceConfig config, SourceConfig before) {
    return new Source(vertx, bridge, config, before, intake, clock, registry);
  }
}
