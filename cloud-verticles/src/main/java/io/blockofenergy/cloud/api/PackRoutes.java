package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.report.pack.PackFile;
import io.blockofenergy.cloud.report.pack.PackMaker;
import io.blockofenergy.cloud.report.pack.PackStore;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/** Billing packs: those that were made, their files, and one that is to be made now. */
final class PackRoutes {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 100;
  private static final int MAX_SITE = 128;

  private final PackStore packs;
  private final PackMaker maker;

  PackRoutes(PackStore packs, PackMaker maker) {
    this.packs = packs;
    this.maker = maker;
  }

  /** By operation of the API's document. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.of(
        "listPacks", this::list,
        "getPack", this::pack,
        "createPack", this::create,
        "packFile", this::file);
  }

  private void list(RoutingContext context) {
    Query query = Query.of(context, "limit", "cursor");
    query
        .text("cursor")
        .filter(cursor -> !cursor.matches("msg_[0-9]{8}T[0-9]{9}[0-9a-f]{8}"))
        .ifPresent(
            cursor -> {
              throw Problem.badRequest("cursor is not one that was given out");
            });
    Answers.json(
        context,
        packs
            .list(query.limit(DEFAULT_LIMIT, MAX_LIMIT), query.text("cursor"))
            .map(
                page ->
                    new JsonObject()
                        .put("packs", new JsonArray(page.packs()))
                        .put("nextCursor", page.next())));
  }

  private void pack(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    Answers.json(
        context,
        packs
            .pack(id)
            .map(found -> found.orElseThrow(() -> Problem.notFound("there is no pack " + id))));
  }

  /** The pack that is there already, when the report still says the same. */
  private void create(RoutingContext context) {
    Query.of(context);
    JsonObject body = JsonBody.of(context);
    if (!Set.of("site", "period").equals(body.fieldNames())) {
      throw Problem.badRequest("the body must have the members site and period, and no other");
    }
    if (!(body.getValue("site") instanceof String site)
        || site.isBlank()
        || site.length() > MAX_SITE) {
      throw Problem.badRequest("site must be a text of 1 to " + MAX_SITE + " characters");
    }
    if (!(body.getValue("period") instanceof String period)) {
      throw Problem.badRequest("period must be a text such as 2026-11");
    }
    maker
        .make(site, period)
        .onSuccess(
            pack ->
                Answers.made(context, 202, "/api/v1/packs/" + segment(pack.getString("id")), pack))
        .onFailure(failure -> context.fail(asProblem(failure)));
  }

  private static Throwable asProblem(Throwable failure) {
    if (failure instanceof PackMaker.NoPeriodException) {
      return Problem.badRequest(failure.getMessage());
    }
    if (failure instanceof PackMaker.UnfinishedException) {
      return Problem.conflict(failure.getMessage());
    }
    return failure;
  }

  private void file(RoutingContext context) {
    Query.of(context);
    String id = context.pathParam("id");
    String name = context.pathParam("file");
    PackFile.Name file =
        PackFile.Name.of(name).orElseThrow(() -> Problem.notFound("no pack has a file " + name));
    packs
        .file(id, file)
        .onSuccess(
            found -> {
              if (found.isEmpty()) {
                context.fail(Problem.notFound("there is no file " + name + " of a pack " + id));
                return;
              }
              String suffix = name.substring(name.indexOf('.'));
              context
                  .response()
                  .putHeader("Content-Type", file.contentType())
                  .putHeader("Cache-Control", "no-store")
                  .putHeader(
                      "Content-Disposition",
                      "inline; filename=\"" + Answers.fileName(id) + suffix + '"')
                  .end(found.get().content());
            })
        .onFailure(context::fail);
  }

  private static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
