package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.report.tariff.Tariff;
import io.blockofenergy.cloud.report.tariff.TariffStore;
import io.blockofenergy.cloud.storage.ActStore;
import io.blockofenergy.cloud.storage.SettingsStore;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tariffs, changed only by who has seen what they change. */
final class TariffRoutes {
  private static final int NO_CONTENT = 204;
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private final Vertx vertx;
  private final TariffStore tariffs;
  private final SettingsStore settings;

  TariffRoutes(Vertx vertx, TariffStore tariffs, SettingsStore settings) {
    this.vertx = vertx;
    this.tariffs = tariffs;
    this.settings = settings;
  }

  /** By operationId. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.of(
        "listTariffs", this::list,
        "getTariff", this::get,
        "putTariff", this::put,
        "deleteTariff", this::delete);
  }

  private void list(RoutingContext context) {
    Query.of(context);
    Answers.json(
        context,
        tariffs
            .all()
            .map(
                all ->
                    new JsonObject()
                        .put("tariffs", new JsonArray(all.stream().map(this::entry).toList()))));
  }

  private JsonObject entry(Tariff tariff) {
    return tariff
        .toJson()
        .put("sha256", tariff.sha256())
        .put("example", tariffs.isExample(tariff.id()));
  }

  private static String tag(Tariff tariff) {
    return Preconditions.tag(tariff.sha256());
  }

  private void get(RoutingContext context) {
    Query query = Query.of(context, "sha256");
    String id = context.pathParam("id");
    Optional<String> sha256 = query.text("sha256");
    if (sha256.filter(hash -> !SHA256.matcher(hash).matches()).isPresent()) {
      throw Problem.badRequest("sha256 must be 64 hex digits, in lower case");
    }
    sha256
        .map(hash -> tariffs.ever(id, hash))
        .orElseGet(() -> tariffs.find(id))
        .map(
            found ->
                found.orElseThrow(
                    () ->
                        Problem.notFound(
                            "there is no tariff "
                                + id
                                + sha256.map(hash -> " with SHA-256 " + hash).orElse(""))))
        .onSuccess(
            tariff -> {
              context.response().putHeader("ETag", tag(tariff));
              context.response().putHeader("Cache-Control", "no-cache");
              if (Preconditions.isKnown(context, tag(tariff))) {
                context.response().setStatusCode(304).end();
              } else {
                answer(context, 200, tariff);
              }
            })
        .onFailure(context::fail);
  }

  /** The very bytes that its SHA-256 is of. */
  private static void answer(RoutingContext context, int status, Tariff tariff) {
    context
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(tariff.canonicalJson());
  }

  private void put(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    JsonObject body = JsonBody.of(context);
    if (!id.equals(body.getValue("id", id))) {
      throw Problem.badRequest("id in the body is not that of the path");
    }
    Tariff next = Tariff.parse(body.put("id", id));
    refuseExample(id);
    tariffs
        .current(id)
        .compose(
            seen -> {
              Preconditions.check(context, seen.tariff().map(TariffRoutes::tag));
              return tariffs
                  .put(seen, next)
                  .recover(TariffRoutes::refused)
                  .map(TariffRoutes::unlessOvertaken)
                  .map(v -> seen.tariff().isPresent() ? 200 : 201);
            })
        .onSuccess(
            status -> {
              announce();
              context.response().putHeader("ETag", tag(next));
              if (status == 201) {
                context.response().putHeader("Location", "/api/v1/tariffs/" + id);
              }
              answer(context, status, next);
            })
        .onFailure(context::fail);
  }

  private void delete(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    refuseExample(id);
    tariffs
        .current(id)
        .compose(
            seen -> {
              Tariff now =
                  seen.tariff().orElseThrow(() -> Problem.notFound("there is no tariff " + id));
              Preconditions.check(context, Optional.of(tag(now)));
              return settings
                  .isUsed(id)
                  .compose(
                      used ->
                          used
                              ? Future.failedFuture(
                                  Problem.conflict("sites are priced by tariff " + id))
                              : tariffs.remove(seen))
                  .map(TariffRoutes::unlessOvertaken);
            })
        .onSuccess(
            v -> {
              announce();
              context.response().setStatusCode(NO_CONTENT).end();
            })
        .onFailure(context::fail);
  }

  private void refuseExample(String id) {
    if (tariffs.isExample(id)) {
      throw Problem.conflict(id + " is an example: make a tariff of your own of another id");
    }
  }

  private static Future<Boolean> refused(Throwable failure) {
    return Future.failedFuture(
        failure instanceof TariffStore.FullException
            ? Problem.conflict(failure.getMessage())
            : failure);
  }

  private static Void unlessOvertaken(boolean done) {
    if (!done) {
      throw Problem.preconditionFailed("somebody else was faster: get it again");
    }
    return null;
  }

  /** So that the ledger need not be waited for. */
  private void announce() {
    vertx.eventBus().publish(ActStore.RECORDED, new JsonObject());
  }
}
