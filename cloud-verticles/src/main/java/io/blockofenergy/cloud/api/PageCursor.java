package io.blockofenergy.cloud.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Where a page of a list ends, as a text that says nothing to its holder. It belongs to its list:
 * that of another, or one that was not given out, is refused.
 */
final class PageCursor {
  private PageCursor() {}

  /**
   * @param list its name, without a line feed
   * @param place after which the next page goes on; null gives null
   */
  static String of(String list, String place) {
    return place == null
        ? null
        : Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString((list + '\n' + place).getBytes(StandardCharsets.UTF_8));
  }

  /** The place; empty when this is no cursor of the list. */
  static Optional<String> place(String list, String cursor) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(cursor);
      String text = new String(bytes, StandardCharsets.UTF_8);
      String head = list + '\n';
      if (text.startsWith(head) && of(list, text.substring(head.length())).equals(cursor)) {
        return Optional.of(text.substring(head.length()));
      }
    } catch (IllegalArgumentException e) {
      // Not base64.
    }
    return Optional.empty();
  }
}
