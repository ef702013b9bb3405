package io.blockofenergy.cloud.api;

import io.blockofenergy.cloud.storage.SiteSettings;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;

/** Query parameters, checked; each fault becomes a {@link Problem} that names the parameter. */
final class Query {
  /** What a reading's time can be. */
  private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");

  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999Z");

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
      if (context.queryParam(name).get(0).isEmpty()) {
        throw Problem.badRequest("query parameter " + name + " is empty");
      }
    }
    return new Query(context);
  }

  Optional<String> text(String name) {
    return context.queryParam(name).stream().findFirst();
  }

  /**
   * Where the page before ended.
   *
   * @param list whose cursor it must be, see {@link PageCursor}
   */
  Optional<String> cursor(String list) {
    return text("cursor")
        .map(
            cursor ->
                PageCursor.place(list, cursor)
                    .orElseThrow(
                        () -> Problem.badRequest("cursor is not one that was given out here")));
  }

  /** The same of a list that is ordered by a number; null when there is none. */
  Long numberCursor(String list) {
    return cursor(list)
        .map(
            place -> {
              if (!place.matches("[0-9]{1,18}")) {
                throw Problem.badRequest("cursor is not one that was given out here");
              }
              return Long.valueOf(place);
            })
        .orElse(null);
  }

  /** A day that must be given, as {@code 2026-11-23}. */
  LocalDate date(String name) {
    String value = text(name).orElseThrow(() -> Problem.badRequest(name + " is missing"));
    try {
      if (value.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")) {
        return LocalDate.parse(value);
      }
    } catch (DateTimeParseException e) {
      // Falls through to the one message.
    }
    throw Problem.badRequest(name + " is not a day such as 2026-11-23");
  }

  /** The IANA name of a time zone that must be given. */
  ZoneId zone(String name) {
    String value = text(name).orElseThrow(() -> Problem.badRequest(name + " is missing"));
    if (!SiteSettings.isZone(value)) {
      throw Problem.badRequest(name + " is not a time zone such as Europe/Skopje");
    }
    return ZoneId.of(value);
  }

  Optional<Instant> instant(String name) {
    return text(name)
        .map(
            value -> {
              try {
                Instant instant = Instant.parse(value);
                if (instant.isBefore(FIRST) || instant.isAfter(LAST)) {
                  throw Problem.badRequest(name + " must be from the years 0000 to 9999");
                }
                // Readings have milliseconds: from the next one on is what a finer bound means.
                Instant floor = instant.truncatedTo(ChronoUnit.MILLIS);
                return floor.equals(instant) ? instant : floor.plusMillis(1);
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
