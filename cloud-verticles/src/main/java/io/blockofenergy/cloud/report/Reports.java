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
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes reports from rollups, tariffs and settings. Days are those of the site's zone; a device is
 * taken to have been at its present site all the time. Safe for any thread; counting runs on the
 * workers, not on the caller's thread.
 *
 * <p>Futures fail with {@link MalformedPeriodException}, {@link UnknownSubjectException} and {@link
 * io.blockofenergy.telemetry.UnavailableException} when the store does not answer or too many
 * reports are wanted at a time. A device whose rollups cannot be read, as when somebody has changed
 * them in the store, is {@code damaged} in a report, without figures; the others are counted.
 */
public final class Reports {
  /** Each report under way takes up to a few hundred MiB. */
  private static final int AT_A_TIME = 2;

  private static final int MOST_WAITING = 64;

  /** Quarter hours of devices that one report prices: of a year, 450 devices. */
  private static final long MAX_PRICED = 16_000_000;

  private final DeviceStore devices;
  private final SettingsStore settings;
  private final TariffStore tariffs;
  private final SeriesStore series;
  private final DeviceWalk walk;
  private final RollupsUnderWay underWay;
  private final WorkerExecutor workers;
  private final ZoneId defaultZone;
  private final Clock clock;
  private final Turns turns = new Turns(AT_A_TIME, MOST_WAITING);

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
    this.walk = new DeviceWalk(series, workers);
    this.workers = workers;
    this.defaultZone = config.zone();
    this.clock = clock;
  }

  /** A report, {@code boe.report.v1}. */
  public Future<JsonObject> report(ReportRequest request) {
    return turns
        .take(
            () ->
                underWay
                    .now()
                    .compose(
                        before ->
                            subject(request).compose(subject -> report(request, subject, before))))
        .onComplete(v -> series.write());
  }

  private Future<JsonObject> report(
      ReportRequest request, Subject subject, RollupsUnderWay.Days rebuilt) {
    Instant now = clock.instant();
    Period period = period(request, subject.zone(), now);
    Optional<Period> before = period.previous();
    Span span = span(period, before, subject.tariff().isPresent());
    long shown = subject.devices().stream().filter(each -> subject.shows(each.id())).count();
    if (subject.tariff().isPresent() && shown * (period.to() - period.from()) > MAX_PRICED) {
      throw new MalformedPeriodException(
          "costs of "
              + shown
              + " devices over such a period are too much for one report: take a shorter period, or"
              + " one device");
    }
    ReportSums sums = new ReportSums(subject, period, span, Quarters.of(now) + 1);
    return walk.walk(
            subject.devices(),
            span,
            false,
            (device, days) -> sums.add(device, counted(subject, device, days, span)))
        .compose(
            v ->
                workers.executeBlocking(
                    () -> new ReportBuilder(subject, period, before, span, now).build(sums), false))
        .compose(
            report ->
                underWay
                    .now()
                    .map(
                        since ->
                            report.put(
                                "rebuilding",
                                touch(rebuilt, subject, span) || touch(since, subject, span))));
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
    return turns.take(() -> subject(request).compose(subject -> ends(request, subject)));
  }

  private Future<List<String>> ends(ReportRequest request, Subject subject) {
    Period period = period(request, subject.zone(), clock.instant());
    Span span = span(period, Optional.empty(), false);
    Set<String> ends = new LinkedHashSet<>();
    return walk.walk(
            subject.devices().stream().filter(device -> subject.shows(device.id())).toList(),
            span,
            true,
            (device, days) ->
                ends(days, period, span).stream()
                    .limit(ReportEvidence.MAX_READINGS - ends.size())
                    .forEach(ends::add))
        .map(v -> List.copyOf(ends));
  }

  private static List<String> ends(List<DaySeries> days, Period period, Span span) {
    Ends ends =
        new Ends(
            Quarters.instant(period.from()).toEpochMilli(),
            Quarters.instant(period.to()).toEpochMilli());
    DeviceSeries.of(days, Double.MAX_VALUE, span, Optional.of(ends));
    return ends.readings();
  }

  /**
   * @param days null when they could not be read
   */
  private static DeviceSeries counted(
      Subject subject, Device device, List<DaySeries> days, Span span) {
    return days == null
        ? DeviceSeries.damaged(span)
        : DeviceSeries.of(
            days, subject.settings().get(device.id()).powerCeilingW(), span, Optional.empty());
  }

  private static Period period(ReportRequest request, ZoneId zone, Instant now) {
    return request
        .date()
        .map(date -> Period.parse(request.kind(), date, zone))
        .orElseGet(() -> Period.at(request.kind(), now, zone));
  }

  /**
   * From the period before on; with prices, which depend on the month, from the begin of the month
   * in which that begins.
   */
  private static Span span(Period period, Optional<Period> before, boolean priced) {
    Period earliest = before.orElse(period);
    long first = priced ? earliest.monthFrom() : earliest.from();
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
}
