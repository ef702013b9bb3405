package io.blockofenergy.cloud.api;

import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;

/** Query parameters, checked; each fault becomes a {@link Problem} that names the parameter. */
final class Query {
  private final RoutingContext context;

  private Query(RoutingContext context) {
    this.context = context;
  }

  /** Refuses parameters that the route does not know: a misspelt filter must not be ignored. */
  static Query of(RoutingContext context, String... known) {
    Set<String> names = Set.of(known);
    for (String name : context.queryParams().names()) {
      if (!names.contains(name)) {
        throw Problem.badRequest("unknown query parameter " + name);
      }
      if (context.queryParam(name).size() > 1) {
        throw Problem.badRequest("query parameter " + name + " is given more than once");
      }
    }
    return new Query(context);
  }

  Optional<String> text(String name) {
    return context.queryParam(name).stream().filter(value -> !value.isEmpty()).findFirst();
  }

  Optional<Instant> instant(String name) {
    return text(name)
        .map(
            value -> {
              try {
                return Instant.parse(value);
              } catch (DateTimeParseException e) {
                throw Problem.badRequest(
                    name + " must be a UTC instant such as 2026-11-23T08:00:00Z");
              }
            });
  }

  int limit(int defaultValue, int max) {
    return text("limit")
        .map(
            value -> {
              if (!value.matches("[1-9][0-9]{0,5}") || Integer.parseInt(value) > max) {
                throw Problem.badRequest("limit must be from 1 to " + max);
              }
              return Integer.parseInt(value);
            })
        .orElse(defaultValue);
  }
}
