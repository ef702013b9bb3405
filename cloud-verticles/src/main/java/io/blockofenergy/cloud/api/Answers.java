package io.blockofenergy.cloud.api;

import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Supplier;

/** Answers of the API's routes. */
final class Answers {
  private Answers() {}

  /** Answers with the body, or fails the context with the cause. */
  static void json(RoutingContext context, Future<JsonObject> body) {
    body.onSuccess(
            json ->
                context
                    .response()
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Cache-Control", "no-store")
                    .end(json.toBuffer()))
        .onFailure(context::fail);
  }

  /**
   * Answers that something was made or is under way. Every POST ends here: when it has an {@code
   * Idempotency-Key}, the answer is kept before it is sent.
   *
   * @param location where it can be read, or null
   */
  static void made(RoutingContext context, int status, String location, JsonObject body) {
    IdempotencyKeys.keep(context, status, location, body.toBuffer())
        .onComplete(
            kept -> {
              if (location != null) {
                context.response().putHeader("Location", location);
              }
              context
                  .response()
                  .setStatusCode(status)
                  .putHeader("Content-Type", "application/json")
                  .end(body.toBuffer());
            });
  }

  /** Whether the client wants CSV: by {@code format}, else by what it accepts. */
  static boolean wantsCsv(RoutingContext context) {
    List<String> format = context.queryParam("format");
    if (!format.isEmpty()) {
      return format.get(0).equals("csv");
    }
    String accept = String.valueOf(context.request().getHeader("Accept"));
    return accept.contains("text/csv") && !accept.contains("application/json");
  }

  /** Answers with a receipt, to be kept as a file. */
  static void receipt(RoutingContext context, String id, String receipt) {
    context
        .response()
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .putHeader("Content-Disposition", "attachment; filename=\"" + id + ".tlog-proof\"")
        .end(receipt);
  }

  /**
   * Answers with the body, or with 304 when the client has it.
   *
   * @param tag the body's entity tag, RFC 9110 section 8.8.3, with its quotes
   */
  static void tagged(RoutingContext context, String tag, String type, Supplier<Buffer> body) {
    HttpServerResponse response =
        context.response().putHeader("ETag", tag).putHeader("Cache-Control", "no-cache");
    if (Preconditions.isKnown(context, tag)) {
      response.setStatusCode(304).end();
    } else {
      response.putHeader("Content-Type", type).end(body.get());
    }
  }

  /** The tag of a body: it changes with every byte. */
  static String tag(Buffer body) {
    return Preconditions.tag(Sha256.hex(body.getBytes()).substring(0, 32));
  }

  /** Names of sites and devices may have any characters; a header may not. */
  static String fileName(String name) {
    return name.replaceAll("[^A-Za-z0-9._-]", "_");
  }
}
