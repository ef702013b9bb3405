package io.blockofenergy.cloud.report;

import io.blockofenergy.cloud.report.tariff.Tariff;
import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.storage.Device;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.ReportMonths;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.storage.RollupsUnderWay;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.cloud.storage.SiteSettings;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes reports from rollups, tariffs and settings. Days are those of the site's zone; a device is
 * taken to have been at its present site all the time. Safe for any thread; counting runs on the
 * workers, not on the caller's thread.
 *
 * <p>Futures fail with {@link MalformedPeriodException}, {@link UnknownSubjectException} and {@link
 * io.blockofenergy.telemetry.UnavailableException} when the store does not answer. A device whose
 * rollups cannot be read, as when somebody has changed them in the store, is {@code damaged} in a
 * report, without figures; the others are counted.
 */
public final class Reports {
  private static final Logger LOG = LoggerFactory.getLogger(Reports.class);

  /** Devices that are read at a time. */
  private static final int LANES = 4;

  private final DeviceStore devices;
  private final SettingsStore settings;
  private final TariffStore tariffs;
  private final SeriesStore series;
  private final RollupsUnderWay underWay;
  private final WorkerExecutor workers;
  private final ZoneId defaultZone;
  private final Clock clock;

  /**
   * @param workers on which is counted
   * @param clock tells which periods are over
   */
  public Reports(
      MongoClient mongo,
      SettingsStore settings,
      TariffStore tariffs,
      ReportConfig config,
      WorkerExecutor workers,
      Clock clock) {
    this.devices = new DeviceStore(mongo);
    this.settings = settings;
    this.tariffs = tariffs;
    RollupStore rollups = new RollupStore(mongo);
    this.series =
        new SeriesStore(
            rollups,
            new StoredMonths(new ReportMonths(mongo), rollups, workers, clock),
            workers,
            config.cacheBytes());
    this.underWay = new RollupsUnderWay(mongo);
    this.workers = workers;
    this.defaultZone = config.zone();
    this.clock = clock;
  }

  /** A report, {@code boe.report.v1}. */
  public Future<JsonObject> report(ReportRequest request) {
    return underWay.now().compose(before -> report(request, before));
  }

  private Future<JsonObject> report(ReportRequest request, RollupsUnderWay.Days rebuilt) {
    return subject(request)
        .compose(
            subject -> {
              Instant now = clock.instant();
              Period period = period(request, subject.zone(), now);
              Optional<Period> before = period.previous();
              Span span = span(period, before);
              return series(subject.devices(), span, false)
                  .compose(
                      days ->
                          workers.executeBlocking(
                              () ->
                                  new ReportBuilder(subject, period, before, span, now)
                                      .build(counted(subject, days, span)),
                              false))
                  .compose(
                      report ->
                          underWay
                              .now()
                              .map(
                                  since ->
                                      report.put(
                                          "rebuilding",
                                          touch(rebuilt, subject, span)
                                              || touch(since, subject, span))));
            })
        .onComplete(v -> series.write());
  }

  /** Also where it is only compared with, or only tells the price. */
  private static boolean touch(RollupsUnderWay.Days rebuilt, Subject subject, Span span) {
    LocalDate from = LocalDate.ofInstant(Quarters.instant(span.first()), ZoneOffset.UTC);
    LocalDate last = LocalDate.ofInstant(Quarters.instant(span.end() - 1), ZoneOffset.UTC);
    return subject.devices().stream().anyMatch(each -> rebuilt.touch(each.id(), from, last));
  }

  /** Bytes that are kept of rollups, about. */
  public long cachedBytes() {
    return series.bytes();
  }

  /**
   * The ids of the readings at the ends of each device's counter in a report's period: see {@link
   * ReportEvidence}. Fails when one of the devices cannot be read.
   */
  Future<List<String>> ends(ReportRequest request) {
    return subject(request)
        .compose(
            subject -> {
              Period period = period(request, subject.zone(), clock.instant());
              Span span = span(period, Optional.empty());
              List<Device> shown =
                  subject.devices().stream().filter(device -> subject.shows(device.id())).toList();
              return series(shown, span, true)
                  .compose(
                      days ->
                          workers.executeBlocking(
                              () ->
                                  shown.stream()
                                      .flatMap(
                                          device ->
                                              ends(days.get(device.id()), period, span).stream())
                                      .distinct()
                                      .limit(ReportEvidence.MAX_READINGS)
                                      .toList(),
                              false));
            })
        .onComplete(v -> series.write());
  }

  private static List<String> ends(List<DaySeries> days, Period period, Span span) {
    Ends ends =
        new Ends(
            Quarters.instant(period.from()).toEpochMilli(),
            Quarters.instant(period.to()).toEpochMilli());
    DeviceSeries.of(days, Double.MAX_VALUE, span, Optional.of(ends));
    return ends.readings();
  }

  private static Map<String, DeviceSeries> counted(
      Subject subject, Map<String, List<DaySeries>> days, Span span) {
    Map<String, DeviceSeries> counted = new HashMap<>();
    for (Device device : subject.devices()) {
      List<DaySeries> its = days.get(device.id());
      counted.put(
          device.id(),
          its == null
              ? DeviceSeries.damaged(span)
              : DeviceSeries.of(
                  its,
                  subject.settings().get(device.id()).powerCeilingW(),
                  span,
                  Optional.empty()));
    }
    return counted;
  }

  private static Period period(ReportRequest request, ZoneId zone, Instant now) {
    return request
        .date()
        .map(date -> Period.parse(request.kind(), date, zone))
        .orElseGet(() -> Period.at(request.kind(), now, zone));
  }

  /** From the begin of the month in which the period before begins: prices depend on the month. */
  private static Span span(Period period, Optional<Period> before) {
    long first = before.orElse(period).monthFrom();
    return new Span(first, (int) (period.to() - first), period.from(), period.to(), period.zone());
  }

  private Future<Subject> subject(ReportRequest request) {
    return devices.devices().compose(all -> subject(request, all));
  }

  private Future<Subject> subject(ReportRequest request, List<Device> all) {
    Optional<Device> device =
        request
            .device()
            .map(
                id ->
                    all.stream()
                        .filter(each -> each.id().equals(id))
                        .filter(
                            each ->
                                request.site().isEmpty()
                                    || request.site().get().equals(each.site()))
                        .findFirst()
                        .orElseThrow(
                            () ->
                                new UnknownSubjectException(
                                    "there is no device "
                                        + id
                                        + request
                                            .site()
                                            .map(site -> " at site " + site)
                                            .orElse(""))));
    Set<String> known = all.stream().map(Device::site).collect(Collectors.toSet());
    Optional<String> site =
        request
            .site()
            .or(() -> device.map(Device::site))
            .or(() -> known.size() == 1 ? known.stream().findFirst() : Optional.empty());
    site.filter(each -> !known.contains(each))
        .ifPresent(
            each -> {
              throw new UnknownSubjectException("there is no site " + each);
            });
    List<Device> its =
        all.stream().filter(each -> site.isEmpty() || site.get().equals(each.site())).toList();
    return settings
        .sites(site.map(Set::of).orElse(known))
        .compose(
            sites ->
                tariff(site, sites)
                    .compose(
                        tariff ->
                            settings
                                .devices(its.stream().map(Device::id).toList())
                                .map(
                                    of ->
                                        new Subject(
                                            site,
                                            request.device(),
                                            zone(sites.values()),
                                            tariff,
                                            needed(its, device, tariff),
                                            of))));
  }

  /** Of a device without prices nothing but itself. */
  private static List<Device> needed(
      List<Device> site, Optional<Device> device, Optional<Tariff> tariff) {
    return device.isPresent() && tariff.isEmpty() ? List.of(device.get()) : site;
  }

  private Future<Optional<Tariff>> tariff(
      Optional<String> site, Map<String, SiteSettings> settings) {
    return site.flatMap(id -> settings.get(id).tariff())
        .map(tariffs::find)
        .orElse(Future.succeededFuture(Optional.empty()));
  }

  private ZoneId zone(Collection<SiteSettings> sites) {
    Set<ZoneId> zones = sites.stream().map(SiteSettings::zone).collect(Collectors.toSet());
    if (zones.size() > 1) {
      throw new MalformedPeriodException("the sites have different time zones: name one by site");
    }
    return zones.stream().findFirst().orElse(defaultZone);
  }

  /**
   * Some devices at a time: a site may have thousands.
   *
   * @param strict fails when a device cannot be read, which else is left out
   */
  private Future<Map<String, List<DaySeries>>> series(
      List<Device> wanted, Span span, boolean strict) {
    Map<String, List<DaySeries>> read = new ConcurrentHashMap<>();
    Queue<Device> left = new ConcurrentLinkedQueue<>(wanted);
    Promise<Map<String, List<DaySeries>>> all = Promise.promise();
    AtomicInteger lanes = new AtomicInteger(LANES);
    List<Runnable> starts = new ArrayList<>();
    for (int i = 0; i < LANES; i++) {
      starts.add(() -> next(left, span, read, lanes, strict, all));
    }
    starts.forEach(Runnable::run);
    return all.future();
  }

  private void next(
      Queue<Device> left,
      Span span,
      Map<String, List<DaySeries>> read,
      AtomicInteger lanes,
      boolean strict,
      Promise<Map<String, List<DaySeries>>> all) {
    Device device = left.poll();
    if (device == null) {
      if (lanes.decrementAndGet() == 0) {
        all.tryComplete(read);
      }
      return;
    }
    // What is thrown within compose and map is a failure too; from onSuccess it would be lost.
    Future.succeededFuture()
        .compose(v -> series.days(device.id(), Instant.parse(device.firstMeasuredAt()), span))
        .map(days -> read.put(device.id(), days))
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
            })
        .onComplete(
            done -> {
              if (done.failed()) {
                all.tryFail(done.cause());
              } else {
                next(left, span, read, lanes, strict, all);
              }
            });
  }
}
