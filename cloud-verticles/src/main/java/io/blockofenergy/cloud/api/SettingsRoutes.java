package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.storage.Device;
import io.blockofenergy.cloud.storage.DeviceSettings;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.blockofenergy.cloud.storage.Site;
import io.blockofenergy.cloud.storage.SiteSettings;
import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Sites and devices with their settings. An entity tag is of the settings alone: what is measured
 * changes every second, and who sets a zone must not be refused for that. For the same reason no
 * reader is told that it knows all already (304).
 */
final class SettingsRoutes {
  private static final int MAX_NAME = 200;
  private static final int MAX_TARIFF = 64;
  private static final double MAX_POWER_W = 1e9;
  private static final int TAG_DIGITS = 32;

  private final DeviceStore devices;
  private final SettingsStore settings;
  private final TariffStore tariffs;

  SettingsRoutes(DeviceStore devices, SettingsStore settings, TariffStore tariffs) {
    this.devices = devices;
    this.settings = settings;
    this.tariffs = tariffs;
  }

  /** By operationId. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.of(
        "listSites", this::sites,
        "getSite", this::site,
        "putSite", this::putSite,
        "listDevices", this::devices,
        "getDevice", this::device,
        "putDevice", this::putDevice);
  }

  private void sites(RoutingContext context) {
    Query.of(context);
    Answers.json(
        context,
        devices
            .sites()
            .compose(
                all ->
                    settings
                        .sites(all.stream().map(Site::id).toList())
                        .map(
                            of ->
                                list(
                                    "sites",
                                    all.stream()
                                        .map(site -> json(site, of.get(site.id())))
                                        .toList()))));
  }

  private void devices(RoutingContext context) {
    Query.of(context);
    Answers.json(
        context,
        devices
            .devices()
            .compose(
                all ->
                    settings
                        .devices(all.stream().map(Device::id).toList())
                        .map(
                            of ->
                                list(
                                    "devices",
                                    all.stream()
                                        .map(device -> json(device, of.get(device.id())))
                                        .toList()))));
  }

  private static JsonObject list(String name, List<JsonObject> items) {
    return new JsonObject().put(name, new JsonArray(items));
  }

  private static JsonObject json(Site site, SiteSettings of) {
    return site.toJson().mergeIn(of.toJson());
  }

  private static JsonObject json(Device device, DeviceSettings of) {
    return device.toJson().mergeIn(of.toJson());
  }

  private Future<Site> findSite(String id) {
    return devices
        .sites()
        .map(
            all ->
                all.stream()
                    .filter(site -> site.id().equals(id))
                    .findFirst()
                    .orElseThrow(() -> Problem.notFound("there is no site " + id)));
  }

  private Future<Device> findDevice(String id) {
    return devices
        .device(id)
        .map(found -> found.orElseThrow(() -> Problem.notFound("there is no device " + id)));
  }

  private void site(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    findSite(id)
        .compose(
            site ->
                settings
                    .site(id)
                    .onSuccess(of -> tag(context, of.toJson()))
                    .map(of -> json(site, of)))
        .onSuccess(json -> Answers.json(context, Future.succeededFuture(json)))
        .onFailure(context::fail);
  }

  private void device(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    findDevice(id)
        .compose(
            device ->
                settings
                    .device(id)
                    .onSuccess(of -> tag(context, of.toJson()))
                    .map(of -> json(device, of)))
        .onSuccess(json -> Answers.json(context, Future.succeededFuture(json)))
        .onFailure(context::fail);
  }

  private void putSite(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    JsonObject body = JsonBody.of(context, Set.of("zone", "tariff", "name"));
    Optional<ZoneId> zone = JsonBody.text(body, "zone", MAX_NAME).map(SettingsRoutes::zone);
    Optional<String> tariff = JsonBody.text(body, "tariff", MAX_TARIFF);
    Optional<String> name = JsonBody.text(body, "name", MAX_NAME);
    Future<JsonObject> done =
        findSite(id)
            .compose(
                site ->
                    settings
                        .currentSite(id)
                        .compose(
                            seen -> {
                              check(context, seen.settings().toJson());
                              return known(tariff)
                                  .compose(v -> settings.putSite(seen, zone, tariff, name));
                            })
                        .map(
                            set -> {
                              SiteSettings now = unlessOvertaken(set);
                              tag(context, now.toJson());
                              return json(site, now);
                            }));
    Answers.json(context, done);
  }

  private void putDevice(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    JsonObject body = JsonBody.of(context, Set.of("name", "powerCeilingW", "counted"));
    Optional<String> name = JsonBody.text(body, "name", MAX_NAME);
    Optional<Double> ceiling = ceiling(body.getValue("powerCeilingW"));
    Optional<Boolean> counted = counted(body.getValue("counted"));
    Future<JsonObject> done =
        findDevice(id)
            .compose(
                device ->
                    settings
                        .currentDevice(id)
                        .compose(
                            seen -> {
                              check(context, seen.settings().toJson());
                              return settings.putDevice(seen, name, ceiling, counted);
                            })
                        .map(
                            set -> {
                              DeviceSettings now = unlessOvertaken(set);
                              tag(context, now.toJson());
                              return json(device, now);
                            }));
    Answers.json(context, done);
  }

  private static ZoneId zone(String id) {
    if (!SiteSettings.isZone(id)) {
      throw Problem.badRequest("zone is not a time zone such as Europe/Skopje");
    }
    return ZoneId.of(id);
  }

  /** One that is deleted in this very moment leaves the site without costs. */
  private Future<Void> known(Optional<String> tariff) {
    return tariff.isEmpty()
        ? Future.succeededFuture()
        : tariffs
            .find(tariff.get())
            .map(
                found -> {
                  found.orElseThrow(
                      () -> Problem.badRequest("tariff: there is no tariff " + tariff.get()));
                  return null;
                });
  }

  private static Optional<Double> ceiling(Object value) {
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof Number watts
        && watts.doubleValue() > 0
        && watts.doubleValue() <= MAX_POWER_W) {
      return Optional.of(watts.doubleValue());
    }
    throw Problem.badRequest("powerCeilingW must be a number above 0, at most 1000000000, or null");
  }

  private static Optional<Boolean> counted(Object value) {
    if (value == null || value instanceof Boolean) {
      return Optional.ofNullable((Boolean) value);
    }
    throw Problem.badRequest("counted must be true, false or null");
  }

  private static <T> T unlessOvertaken(Optional<T> set) {
    return set.orElseThrow(
        () -> Problem.preconditionFailed("somebody else was faster: get it again"));
  }

  private static void check(RoutingContext context, JsonObject settings) {
    Preconditions.check(context, Optional.of(etag(settings)));
  }

  private static void tag(RoutingContext context, JsonObject settings) {
    context.response().putHeader("ETag", etag(settings));
  }

  private static String etag(JsonObject settings) {
    byte[] hash = Sha256.hash(CanonicalJson.bytes(settings.getMap()));
    return Preconditions.tag(HexFormat.of().formatHex(hash).substring(0, TAG_DIGITS));
  }
}
