package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.report.ReportConfig;
import io.blockofenergy.cloud.report.Reports;
import io.blockofenergy.cloud.report.forecast.AnomalyStore;
import io.blockofenergy.cloud.report.forecast.ForecastConfig;
import io.blockofenergy.cloud.report.forecast.ForecastSites;
import io.blockofenergy.cloud.report.forecast.Forecasts;
import io.blockofenergy.cloud.report.pack.PackConfig;
import io.blockofenergy.cloud.report.pack.PackMaker;
import io.blockofenergy.cloud.report.pack.PackStore;
import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.cloud.storage.SiteSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reports, their receipts, forecasts and billing packs, put together for who serves them and for
 * who makes packs by schedule: what they keep in memory is kept once. Safe for any thread.
 */
public final class Reporting {
  private static final int WORKERS = 2;

  final SettingsStore settings;
  final TariffStore tariffs;
  final Reports reports;
  private final ReportReceipts receipts;
  private final DeviceStore devices;
  private final AnomalyStore anomalies;
  private final Forecasts forecasts;
  private final PackStore packs;
  private final PackMaker maker;

  /**
   * @param receipts of readings
   * @param learners on which loads are learned
   * @param logKey the log's verifier key
   */
  public Reporting(
      Vertx vertx,
      MongoClient mongo,
      Receipts receipts,
      ReportConfig config,
      PackConfig packConfig,
      ForecastConfig forecastConfig,
      WorkerExecutor learners,
      String logKey,
      Clock clock,
      MeterRegistry metrics) {
    WorkerExecutor workers = vertx.createSharedWorkerExecutor("reports", WORKERS);
    this.settings = new SettingsStore(mongo, config.defaults());
    this.tariffs = new TariffStore(mongo, clock);
    this.reports = new Reports(mongo, settings, tariffs, config, workers, clock);
    this.receipts = new ReportReceipts(reports, tariffs, new ReadingStore(mongo), receipts);
    this.devices = new DeviceStore(mongo);
    this.anomalies = new AnomalyStore(mongo);
    this.forecasts =
        new Forecasts(
            new RollupStore(mongo),
            devices,
            new ForecastSettings(settings),
            forecastConfig,
            learners,
            clock,
            metrics);
    this.packs = new PackStore(mongo);
    this.maker = new PackMaker(vertx, this.receipts, packs, packConfig, logKey, clock);
  }

  public ReportReceipts receipts() {
    return receipts;
  }

  public Forecasts forecasts() {
    return forecasts;
  }

  public AnomalyStore anomalies() {
    return anomalies;
  }

  public PackMaker packMaker() {
    return maker;
  }

  /** By operation of the API's document. */
  Map<String, Handler<RoutingContext>> operations() {
    Map<String, Handler<RoutingContext>> operations = new HashMap<>();
    operations.putAll(new ReportRoutes(reports).operations());
    operations.putAll(new ReportReceiptRoutes(receipts).operations());
    operations.putAll(new PackRoutes(packs, maker).operations());
    operations.putAll(new ForecastRoutes(forecasts, anomalies, devices).operations());
    return operations;
  }

  /** What forecasts take of the settings of sites and devices. */
  record ForecastSettings(SettingsStore settings) implements ForecastSites {
    @Override
    public Future<ZoneId> zone(String site) {
      return settings.site(site).map(SiteSettings::zone);
    }

    @Override
    public Future<Set<String>> counted(Collection<String> devices) {
      return settings
          .devices(devices)
          .map(
              of ->
                  devices.stream()
                      .filter(device -> of.get(device).counted())
                      .collect(Collectors.toSet()));
    }
  }
}
