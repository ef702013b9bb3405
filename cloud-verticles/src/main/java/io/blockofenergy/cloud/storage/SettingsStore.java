package io.blockofenergy.cloud.storage;

import io.blockofenergy.cloud.storage.VersionedDocuments.Versioned;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Collections {@code site_settings} and {@code device_settings}: what people have set, and only
 * that, so that a default that is changed holds for all who rely on it. Queries are look-ups by
 * {@code _id}. Safe for any thread. Futures fail with {@link
 * io.blockofenergy.telemetry.UnavailableException} when the store does not answer.
 */
public final class SettingsStore {
  /**
   * What holds where nothing was set.
   *
   * @param tariff of sites without one; empty: they have no costs
   */
  public record Defaults(ZoneId zone, Optional<String> tariff, double powerCeilingW) {}

  /**
   * Settings as they were read.
   *
   * @param stored what of them was set; empty: nothing ever
   */
  public record Current<T>(T settings, Optional<Versioned> stored) {}

  private final MongoClient mongo;
  private final VersionedDocuments sites;
  private final VersionedDocuments devices;
  private final Defaults defaults;

  static final String SITES = "site_settings";
  static final String DEVICES = "device_settings";

  public SettingsStore(MongoClient mongo, Defaults defaults) {
    this.mongo = mongo;
    this.sites = new VersionedDocuments(mongo, SITES);
    this.devices = new VersionedDocuments(mongo, DEVICES);
    this.defaults = defaults;
  }

  public Future<SiteSettings> site(String site) {
    return currentSite(site).map(Current::settings);
  }

  /** Settings of each of these, in their order. */
  public Future<Map<String, SiteSettings>> sites(Collection<String> ids) {
    return all(sites, ids, this::site);
  }

  public Future<DeviceSettings> device(String device) {
    return currentDevice(device).map(Current::settings);
  }

  /** Settings of each of these, in their order. */
  public Future<Map<String, DeviceSettings>> devices(Collection<String> ids) {
    return all(devices, ids, this::device);
  }

  private static <T> Future<Map<String, T>> all(
      VersionedDocuments documents, Collection<String> ids, BiFunction<String, JsonObject, T> to) {
    return documents
        .find(ids)
        .map(
            found -> {
              Map<String, T> all = new LinkedHashMap<>();
              for (String id : ids) {
                all.put(id, to.apply(id, content(Optional.ofNullable(found.get(id)))));
              }
              return all;
            });
  }

  public Future<Current<SiteSettings>> currentSite(String id) {
    return sites.find(id).map(stored -> new Current<>(site(id, content(stored)), stored));
  }

  public Future<Current<DeviceSettings>> currentDevice(String id) {
    return devices.find(id).map(stored -> new Current<>(device(id, content(stored)), stored));
  }

  /**
   * Sets a site's settings in the place of those that were read, durably; what is empty is left to
   * the defaults.
   *
   * @return what holds now; empty when somebody else has set some meanwhile, and nothing was done
   */
  public Future<Optional<SiteSettings>> putSite(
      Current<SiteSettings> seen,
      Optional<ZoneId> zone,
      Optional<String> tariff,
      Optional<String> name) {
    JsonObject content = new JsonObject();
    zone.ifPresent(set -> content.put("zone", set.getId()));
    tariff.ifPresent(set -> content.put("tariff", set));
    name.ifPresent(set -> content.put("name", set));
    String id = seen.settings().site();
    return write(sites, id, seen.stored(), content).map(done -> done.map(v -> site(id, content)));
  }

  /** As {@link #putSite}. */
  public Future<Optional<DeviceSettings>> putDevice(
      Current<DeviceSettings> seen,
      Optional<String> name,
      Optional<Double> powerCeilingW,
      Optional<Boolean> counted) {
    JsonObject content = new JsonObject();
    name.ifPresent(set -> content.put("name", set));
    powerCeilingW.ifPresent(set -> content.put("powerCeilingW", set));
    counted.ifPresent(set -> content.put("counted", set));
    String id = seen.settings().device();
    return write(devices, id, seen.stored(), content)
        .map(done -> done.map(v -> device(id, content)));
  }

  private static Future<Optional<Versioned>> write(
      VersionedDocuments documents, String id, Optional<Versioned> seen, JsonObject content) {
    return seen.isPresent()
        ? documents.replace(seen.get(), content)
        : documents.create(id, content);
  }

  /** Whether sites, set so or by default, are priced by this tariff. */
  public Future<Boolean> isUsed(String tariff) {
    return defaults.tariff().filter(tariff::equals).isPresent()
        ? Future.succeededFuture(true)
        : mongo
            .findOne(
                SITES,
                new JsonObject().put("content.tariff", tariff),
                new JsonObject().put("_id", 1))
            .map(found -> found != null)
            .recover(MongoFailures::unavailable);
  }

  private static JsonObject content(Optional<Versioned> stored) {
    return stored.map(Versioned::content).orElseGet(JsonObject::new);
  }

  private SiteSettings site(String id, JsonObject set) {
    return new SiteSettings(
        id,
        text(set, "zone").flatMap(SettingsStore::zone).orElse(defaults.zone()),
        text(set, "tariff").or(defaults::tariff),
        text(set, "name"));
  }

  private DeviceSettings device(String id, JsonObject set) {
    return new DeviceSettings(
        id,
        text(set, "name"),
        set.getValue("powerCeilingW") instanceof Number watts
            ? watts.doubleValue()
            : defaults.powerCeilingW(),
        !Boolean.FALSE.equals(set.getValue("counted")));
  }

  private static Optional<String> text(JsonObject set, String name) {
    return set.getValue(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** A zone that this Java does not know any more must not take the reports away. */
  private static Optional<ZoneId> zone(String id) {
    try {
      return Optional.of(ZoneId.of(id));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
