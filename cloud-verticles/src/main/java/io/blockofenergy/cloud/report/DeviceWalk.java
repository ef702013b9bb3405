package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.storage.Device;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands the days of devices to whoever counts them, so that not all have to be in memory. */
final class DeviceWalk {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceWalk.class);

  /** Devices that are read at a time. */
  private static final int LANES = 4;

  private final SeriesStore series;
  private final WorkerExecutor workers;

  DeviceWalk(SeriesStore series, WorkerExecutor workers) {
    this.series = series;
    this.workers = workers;
  }

  /**
   * Reads some devices at a time, for a site may have thousands, and counts them in their order,
   * none while another one is.
   *
   * @param strict fails when a device cannot be read, which else is counted without its days
   * @param counter takes a device and its days, null when they could not be read
   */
  Future<Void> walk(
      List<Device> wanted, Span span, boolean strict, BiConsumer<Device, List<DaySeries>> counter) {
    Promise<Void> all = Promise.promise();
    next(wanted, 0, span, strict, counter, all);
    return all.future();
  }

  private void next(
      List<Device> wanted,
      int from,
      Span span,
      boolean strict,
      BiConsumer<Device, List<DaySeries>> counter,
      Promise<Void> all) {
    if (from >= wanted.size()) {
      all.complete();
      return;
    }
    List<Device> some = wanted.subList(from, Math.min(wanted.size(), from + LANES));
    List<Future<List<DaySeries>>> read =
        some.stream().map(device -> days(device, span, strict)).toList();
    Future.all(read)
        .compose(
            v ->
                workers.executeBlocking(
                    () -> {
                      for (int i = 0; i < some.size(); i++) {
                        counter.accept(some.get(i), read.get(i).result());
                      }
                      return null;
                    },
                    false))
        .onComplete(
            done -> {
              if (done.failed()) {
                all.fail(done.cause());
              } else {
                next(wanted, from + LANES, span, strict, counter, all);
              }
            });
  }

  private Future<List<DaySeries>> days(Device device, Span span, boolean strict) {
    return Future.succeededFuture() // what is thrown is a failure too
        .compose(v -> series.days(device.id(), Instant.parse(device.firstMeasuredAt()), span))
        .recover(
            cause -> {
              if (strict || cause instanceof UnavailableException) {
                return Future.failedFuture(cause);
              }
              LOG.warn(
                  "the rollups of {} cannot be read, reports go on without: {}",
                  device.id(),
                  cause.toString());
              return Future.succeededFuture();
            });
  }
}
