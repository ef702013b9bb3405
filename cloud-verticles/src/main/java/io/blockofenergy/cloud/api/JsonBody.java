package io.blockofenergy.cloud.api;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.Set;

/** A request's body that must be a JSON object; each fault becomes a {@link Problem}. */
final class JsonBody {
  private JsonBody() {}

  static JsonObject of(RoutingContext context) {
    try {
      JsonObject body = context.body().asJsonObject();
      if (body != null) {
        return body;
      }
    } catch (DecodeException | ClassCastException e) {
      // Said below.
    }
    throw Problem.badRequest("the body is not a JSON object");
  }

  /** With these members only: one that is not known would be ignored. */
  static JsonObject of(RoutingContext context, Set<String> known) {
    JsonObject body = of(context);
    for (String name : body.fieldNames()) {
      if (!known.contains(name)) {
        throw Problem.badRequest("unknown member " + name);
      }
    }
    return body;
  }

  /** A text of 1 to {@code max} characters; empty when it is absent or null. */
  static Optional<String> text(JsonObject body, String name, int max) {
    Object value = body.getValue(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text
        && !text.isBlank()
        && text.length() <= max
        && text.codePoints().noneMatch(c -> c < 0x20 || (c >= 0xd800 && c <= 0xdfff))) {
      return Optional.of(text);
    }
    throw Problem.badRequest(name + " must be a text of 1 to " + max + " characters, or null");
  }
}
