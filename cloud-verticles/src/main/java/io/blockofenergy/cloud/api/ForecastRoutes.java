package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.report.forecast.AnomalyStore;
import io.blockofenergy.cloud.report.forecast.Forecasts;
import io.blockofenergy.cloud.report.forecast.Load;
import io.blockofenergy.cloud.storage.Device;
import io.blockofenergy.cloud.storage.DeviceStore;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What loads will be, and where they were not as expected. */
final class ForecastRoutes {
  private static final String ANOMALIES = "anomalies";
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;

  private final Forecasts forecasts;
  private final AnomalyStore anomalies;
  private final DeviceStore devices;

  ForecastRoutes(Forecasts forecasts, AnomalyStore anomalies, DeviceStore devices) {
    this.forecasts = forecasts;
    this.anomalies = anomalies;
    this.devices = devices;
  }

  Map<String, Handler<RoutingContext>> operations() {
    return Map.of("forecast", this::forecast, "listAnomalies", this::anomalies);
  }

  private void forecast(RoutingContext context) {
    Query query = Query.of(context, "site", "device", "hours");
    String hours = query.text("hours").orElse("24");
    if (!List.of("12", "24", "48").contains(hours)) {
      throw Problem.badRequest("hours must be 12, 24 or 48");
    }
    Answers.json(
        context,
        load(query.text("site"), query.text("device"))
            .compose(load -> forecasts.forecast(load, Integer.parseInt(hours))));
  }

  /** Without a site it is the only one that there is. */
  private Future<Load> load(Optional<String> site, Optional<String> device) {
    if (device.isPresent()) {
      return known(site, device.get()).map(found -> Load.device(found.site(), found.id()));
    }
    return devices
        .sites()
        .map(
            all -> {
              if (site.isEmpty() && all.size() > 1) {
                throw Problem.badRequest("site is missing, and there is more than one");
              }
              return all.stream()
                  .filter(each -> site.isEmpty() || each.id().equals(site.get()))
                  .findFirst()
                  .map(each -> Load.site(each.id()))
                  .orElseThrow(
                      () ->
                          Problem.notFound(
                              site.map(id -> "there is no site " + id)
                                  .orElse("there is no site yet")));
            });
  }

  private Future<Device> known(Optional<String> site, String id) {
    return devices
        .device(id)
        .map(
            found ->
                found
                    .filter(device -> site.isEmpty() || site.get().equals(device.site()))
                    .orElseThrow(() -> Problem.notFound("there is no device " + id)));
  }

  private void anomalies(RoutingContext context) {
    Query query = Query.of(context, "site", "device", "from", "to", "limit", "cursor");
    Optional<String> site = query.text("site");
    Optional<String> device = query.text("device");
    Optional<String> cursor = query.cursor(ANOMALIES);
    if (cursor.isPresent() && !AnomalyStore.isPlace(cursor.get())) {
      throw Problem.badRequest("cursor is not one that was given out");
    }
    int limit = query.limit(DEFAULT_LIMIT, MAX_LIMIT);
    var from = query.instant("from");
    var to = query.instant("to");
    Future<?> there =
        site.isEmpty() && device.isEmpty() ? Future.succeededFuture() : load(site, device);
    Answers.json(
        context,
        there
            .compose(known -> anomalies.page(site, device, from, to, cursor, limit))
            .compose(
                page ->
                    anomalies
                        .knownHours(site, device)
                        .map(
                            hours ->
                                new JsonObject()
                                    .put("anomalies", new JsonArray(page.anomalies()))
                                    .put("watched", watched(hours))
                                    .put(
                                        "nextCursor",
                                        PageCursor.of(ANOMALIES, page.next().orElse(null))))));
  }

  private static JsonArray watched(Map<String, Long> knownHours) {
    JsonArray watched = new JsonArray();
    knownHours.forEach(
        (device, hours) ->
            watched.add(
                new JsonObject()
                    .put("device", device)
                    .put("status", Forecasts.isEnough(hours) ? "ready" : "collecting")
                    .put("collected", Forecasts.collected(hours))));
    return watched;
  }
}
