package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.report.ReportConfig;
import io.blockofenergy.cloud.report.Reports;
import io.blockofenergy.cloud.report.pack.PackConfig;
import io.blockofenergy.cloud.report.pack.PackMaker;
import io.blockofenergy.cloud.report.pack.PackStore;
import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * Reports, their receipts and billing packs, put together for who serves them and for who makes
 * packs by schedule: what they keep in memory is kept once. Safe for any thread.
 */
public final class Reporting {
  private static final int WORKERS = 2;

  private final Vertx vertx;
  final SettingsStore settings;
  final TariffStore tariffs;
  final Reports reports;
  private final ReportReceipts receipts;
  private final PackStore packs;
  private final PackMaker maker;

  /**
   * @param receipts of readings
   * @param logKey the log's verifier key
   */
  public Reporting(
      Vertx vertx,
      MongoClient mongo,
      Receipts receipts,
      ReportConfig config,
      PackConfig packConfig,
      String logKey,
      Clock clock) {
    this.vertx = vertx;
    WorkerExecutor workers = vertx.createSharedWorkerExecutor("reports", WORKERS);
    this.settings = new SettingsStore(mongo, config.defaults());
    this.tariffs = new TariffStore(mongo, clock);
    this.reports = new Reports(mongo, settings, tariffs, config, workers, clock);
    this.receipts = new ReportReceipts(reports, tariffs, new ReadingStore(mongo), receipts);
    this.packs = new PackStore(mongo);
    this.maker = new PackMaker(vertx, this.receipts, packs, packConfig, logKey, clock);
  }

  public ReportReceipts receipts() {
    return receipts;
  }

  public PackMaker packMaker() {
    return maker;
  }

  /** By operation of the API's document. */
  Map<String, Handler<RoutingContext>> operations() {
    Map<String, Handler<RoutingContext>> operations = new HashMap<>();
    operations.putAll(new ReportRoutes(reports).operations());
    operations.putAll(new ReportReceiptRoutes(receipts).operations());
    operations.putAll(new PackRoutes(vertx, packs, maker).operations());
    return operations;
  }
}
