package io.blockofenergy.edge.decode;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockofenergy.telemetry.MalformedReadingException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Understands when a sensor says that it measured. What cannot be true is answered with null, for
 * the time of receipt is then the better one; what is no time at all is refused. Safe for any
 * thread.
 */
final class SensorTime {
  /**
   * A clock beyond this is wrong; its time would stay a device's newest for as long as it is ahead.
   */
  private static final Duration MAX_AHEAD = Duration.ofMinutes(5);

  /** A device that has not yet heard the time counts from 1970; none of today's is older. */
  private static final Instant CLOCK_NOT_SET = Instant.parse("2016-01-01T00:00:00Z");

  /** For a minute's beginning: its length, and as much again for clocks that differ. */
  private static final Duration JUST_NOW = Duration.ofMinutes(2);

  /** As seconds this is the year 5138, as milliseconds 1973: no sensor means either. */
  private static final double FIRST_MILLISECONDS = 1e11;

  private static final double MILLISECONDS_A_SECOND = 1_000;

  private final ZoneId zone;
  private final Clock clock;

  /**
   * @param zone the zone of times that name none
   * @param clock tells the two passes through the hour at the end of summer time apart
   */
  SensorTime(ZoneId zone, Clock clock) {
    this.zone = zone;
    this.clock = clock;
  }

  /**
   * An ISO 8601 text, or a number of seconds or milliseconds since 1970.
   *
   * @param name for the reason
   */
  Instant read(String name, JsonNode node) {
    if (node.isTextual() && !Members.isUnknown(node)) {
      return ofText(name, node.textValue());
    }
    OptionalDouble number = Members.number(name, node);
    if (number.isEmpty()) {
      return null;
    }
    double since = number.getAsDouble();
    return believable(
        Math.abs(since) < FIRST_MILLISECONDS
            ? ofSeconds(since)
            : Instant.ofEpochMilli((long) since));
  }

  /** An ISO 8601 text, with a zone or in the configured one; null for an empty one. */
  Instant ofText(String name, String text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      TemporalAccessor time =
          DateTimeFormatter.ISO_DATE_TIME.parseBest(
              text, OffsetDateTime::from, LocalDateTime::from);
      return believable(
          time instanceof OffsetDateTime zoned ? zoned.toInstant() : ofLocal((LocalDateTime) time));
    } catch (DateTimeException e) {
      // Its message would quote the text.
      throw new MalformedReadingException(name + " is not a time");
    }
  }

  /** Seconds since 1970 with a fraction; null if there are none. */
  Instant ofEpoch(OptionalDouble seconds) {
    return seconds.isEmpty() ? null : believable(ofSeconds(seconds.getAsDouble()));
  }

  /**
   * When the message was made that says in which minute, in seconds since 1970. While that minute
   * is running the time of receipt is known better, and null; for a message that was kept on its
   * way, the minute's beginning.
   */
  Instant inMinute(OptionalDouble seconds) {
    Instant minute = ofEpoch(seconds);
    return minute == null || minute.isAfter(clock.instant().minus(JUST_NOW)) ? null : minute;
  }

  private static Instant ofSeconds(double seconds) {
    return Instant.ofEpochMilli(Math.round(seconds * MILLISECONDS_A_SECOND));
  }

  private Instant believable(Instant instant) {
    return instant.isBefore(CLOCK_NOT_SET) || instant.isAfter(clock.instant().plus(MAX_AHEAD))
        ? null
        : instant;
  }

  private Instant ofLocal(LocalDateTime local) {
    List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
    if (offsets.isEmpty()) {
      // In the hour that is left out in spring: by a clock that was not put forward yet.
      return local.atZone(zone).toInstant();
    }
    Instant now = clock.instant();
    return offsets.stream()
        .map(local::toInstant)
        .min(Comparator.comparing(candidate -> Duration.between(candidate, now).abs()))
        .orElseThrow();
  }
}
