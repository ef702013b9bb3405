package io.blockofenergy.cloud.api;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

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

  /** Answers with a receipt, to be kept as a file. */
  static void receipt(RoutingContext context, String id, String receipt) {
    context
        .response()
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .putHeader("Content-Disposition", "attachment; filename=\"" + id + ".tlog-proof\"")
        .end(receipt);
  }
}
