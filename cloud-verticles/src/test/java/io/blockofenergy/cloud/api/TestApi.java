package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.MongoLogStore;
import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.report.ReportConfig;
import io.blockofenergy.cloud.report.forecast.ForecastConfig;
import io.blockofenergy.cloud.report.pack.PackConfig;
import io.blockofenergy.cloud.schedule.Schedule;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/** An API on a store, where nothing is set for sites and devices and packs go nowhere. */
final class TestApi {
  private TestApi() {}

  /** On a port of its own. */
  static ApiVerticle verticle(Vertx vertx, MongoClient mongo, VerifierKey key) {
    return verticle(vertx, mongo, key, new ApiConfig("127.0.0.1", 0));
  }

  static ApiVerticle verticle(Vertx vertx, MongoClient mongo, VerifierKey key, ApiConfig config) {
    LogReader log = new LogReader(new MongoLogStore(mongo));
    Receipts receipts = new Receipts(log, mongo, key);
    return new ApiVerticle(
        config,
        mongo,
        log,
        receipts,
        new StatusReport.Identity(
            "test", Instant.EPOCH, List.of("api"), "test/log", key.toString()),
        reporting(vertx, mongo, receipts, key));
  }

  static Reporting reporting(Vertx vertx, MongoClient mongo, Receipts receipts, VerifierKey key) {
    return new Reporting(
        vertx,
        mongo,
        receipts,
        new ReportConfig(ZoneId.of("UTC"), Optional.empty(), 100_000, 16 << 20),
        new PackConfig(
            Schedule.NEVER,
            List.of(),
            List.of(),
            Duration.ZERO,
            "",
            Optional.empty(),
            List.of(),
            Optional.empty()),
        new ForecastConfig(9, Duration.ofMinutes(5), 1),
        vertx.createSharedWorkerExecutor("forecast", 1),
        key.toString(),
        Clock.systemUTC(),
        new SimpleMeterRegistry());
  }
}
