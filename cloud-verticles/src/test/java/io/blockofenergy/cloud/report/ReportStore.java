package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.report.tariff.MalformedTariffException;
import io.blockofenergy.cloud.report.tariff.Tariff;
import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.MongoConfig;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** An embedded store with readings folded into rollups, and the reports of it. */
final class ReportStore implements AutoCloseable {
  static final String TARIFF = "evn-2025";

  final Vertx vertx = Vertx.vertx();
  final LocalMongo server;
  final MongoClient mongo;
  final SettingsStore settings;
  final RollupStore rollups;
  private final ReportConfig config;

  ReportStore(Path directory, Optional<String> tariff) {
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    config = new ReportConfig(ZoneId.of("Europe/Skopje"), tariff, 100_000, 64 << 20);
    settings = new SettingsStore(mongo, config.defaults());
    rollups = new RollupStore(mongo);
  }

  Reports reports(Instant now) {
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    return new Reports(
        mongo,
        settings,
        new TariffStore(mongo, clock),
        config,
        vertx.createSharedWorkerExecutor("report", 2),
        clock);
  }

  void fold(List<Reading> readings) {
    await(new DeviceStore(mongo).fold(readings));
    await(rollups.fold(readings));
  }

  void zone(String site, String zone) {
    await(
        settings
            .currentSite(site)
            .compose(
                seen ->
                    settings.putSite(
                        seen, Optional.of(ZoneId.of(zone)), Optional.empty(), Optional.empty())));
  }

  /** Makes a tariff that of a site, whose zone is UTC. */
  void tariff(String site, JsonObject tariff) throws MalformedTariffException {
    TariffStore tariffs = new TariffStore(mongo, Clock.systemUTC());
    Tariff parsed = Tariff.parse(tariff);
    await(tariffs.current(parsed.id()).compose(seen -> tariffs.put(seen, parsed)));
    await(
        settings
            .currentSite(site)
            .compose(
                seen ->
                    settings.putSite(
                        seen,
                        Optional.of(ZoneId.of("UTC")),
                        Optional.of(parsed.id()),
                        Optional.empty())));
  }

  static JsonObject report(
      Reports reports, ReportKind kind, String date, String site, String device) {
    return await(
        reports.report(
            new ReportRequest(
                kind, Optional.of(date), Optional.ofNullable(site), Optional.ofNullable(device))));
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(120, TimeUnit.SECONDS).join();
  }

  /** Pairs of quantity and value. */
  static Reading reading(
      String device, String site, long seq, Instant at, String epoch, Object... pairs) {
    TreeMap<String, Double> quantities = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      quantities.put((String) pairs[i], ((Number) pairs[i + 1]).doubleValue());
    }
    return new Reading(
        "bridge",
        "0a1b2c3d",
        seq,
        device,
        site,
        at,
        at,
        "tele/" + device + "/SENSOR",
        "tasmota",
        quantities,
        epoch,
        String.format("%032x", seq),
        "{}");
  }

  @Override
  public void close() {
    await(mongo.close());
    await(vertx.close());
    server.close();
  }
}
