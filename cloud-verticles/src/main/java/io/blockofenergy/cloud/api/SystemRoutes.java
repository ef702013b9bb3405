package io.blockofenergy.cloud.api;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** The system itself: what it does, and what its API is. */
final class SystemRoutes {
  private final Buffer document;
  private final String documentTag;
  private final StatusReport status;

  /**
   * @param document the API's, OpenAPI 3.1
   */
  SystemRoutes(JsonObject document, StatusReport status) {
    this.document = document.toBuffer();
    this.documentTag = Answers.tag(this.document);
    this.status = status;
  }

  /** By operationId. */
  Map<String, Handler<RoutingContext>> operations() {
    return Map.of(
        "getStatus", context -> Answers.json(context, status.report()),
        "getDocument",
            context -> Answers.tagged(context, documentTag, "application/json", () -> document));
  }
}
