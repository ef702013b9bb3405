package io.blockofenergy.cloud.storage;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * A page of readings, newest first.
 *
 * @param device only of this device
 * @param from measured at or after
 * @param to measured before
 * @param limit 1 to {@value #MAX_LIMIT}
 * @param cursor {@link ReadingPage#nextCursor()} of the page before
 */
public record ReadingQuery(
    Optional<String> device,
    Optional<Instant> from,
    Optional<Instant> to,
    int limit,
    Optional<String> cursor) {
  public static final int MAX_LIMIT = 1000;

  /**
   * @throws MalformedQueryException when limit or cursor is not valid
   */
  public ReadingQuery {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new MalformedQueryException("limit must be from 1 to " + MAX_LIMIT);
    }
    cursor.ifPresent(Place::parse);
  }

  Optional<Place> place() {
    return cursor.map(Place::parse);
  }

  /** After which document a page goes on; its texts may be anything that the store holds. */
  record Place(String measuredAt, String id) {
    private static final int MAX_CHARACTERS = 4096;

    String cursor() {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString((measuredAt + '\n' + id).getBytes(StandardCharsets.UTF_8));
    }

    static Place parse(String cursor) {
      if (cursor.length() <= MAX_CHARACTERS) {
        try {
          String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
          int end = text.indexOf('\n');
          if (end > 0) {
            return new Place(text.substring(0, end), text.substring(end + 1));
          }
        } catch (IllegalArgumentException e) {
          // Falls through to the one message.
        }
      }
      throw new MalformedQueryException("cursor is not one that was given out");
    }
  }
}
