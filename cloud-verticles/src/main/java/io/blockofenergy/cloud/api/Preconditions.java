package io.blockofenergy.cloud.api;

import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The conditions of a request, RFC 9110 section 13, in the order of its section 13.2.2: what a
 * client says it has seen, so that it overwrites nothing else. Pure functions.
 */
final class Preconditions {
  /** Section 8.8.3; bytes above 127 come as characters of ISO 8859-1. */
  private static final Pattern TAG = Pattern.compile("(W/)?\"([\\x21\\x23-\\x7e\\x80-\\xff]*)\"");

  private record Tag(boolean weak, String text) {}

  private Preconditions() {}

  /** A strong entity tag of a text without quotes. */
  static String tag(String text) {
    return '"' + text + '"';
  }

  /**
   * Lets a write pass whose client has seen what it replaces, or asks for there to be nothing.
   *
   * @param current the strong tag of what is there; empty: nothing
   * @throws Problem 412 when a condition is false, 428 when there is none, 400 when one is
   *     malformed
   */
  static void check(RoutingContext context, Optional<String> current) {
    List<Tag> match = tags(context, "If-Match");
    List<Tag> noneMatch = tags(context, "If-None-Match");
    if (match != null && !(isAny(match) ? current.isPresent() : strongly(match, current))) {
      throw Problem.preconditionFailed(
          current.isPresent()
              ? "it is not any more as If-Match says: get it again"
              : "there is nothing that If-Match could match");
    }
    if (noneMatch != null
        && (isAny(noneMatch) ? current.isPresent() : weakly(noneMatch, current))) {
      throw Problem.preconditionFailed("it is there already, against If-None-Match");
    }
    if (match == null && (noneMatch == null || !isAny(noneMatch))) {
      throw Problem.preconditionRequired(
          "send If-Match with the ETag of what this replaces, or If-None-Match: * to make it new");
    }
  }

  /** Whether a reader has this already, so that 304 tells it all. */
  static boolean isKnown(RoutingContext context, String current) {
    List<Tag> noneMatch = tags(context, "If-None-Match");
    return noneMatch != null && (isAny(noneMatch) || weakly(noneMatch, Optional.of(current)));
  }

  /**
   * Refuses headers that are not of their form, before anything else is done.
   *
   * @throws Problem 400
   */
  static void checkForm(RoutingContext context) {
    tags(context, "If-Match");
    tags(context, "If-None-Match");
  }

  /** A list without tags stands for {@code *}. */
  private static boolean isAny(List<Tag> tags) {
    return tags.isEmpty();
  }

  private static boolean strongly(List<Tag> tags, Optional<String> current) {
    return tags.stream()
        .anyMatch(tag -> !tag.weak() && current.filter(tag(tag.text())::equals).isPresent());
  }

  private static boolean weakly(List<Tag> tags, Optional<String> current) {
    return tags.stream().anyMatch(tag -> current.filter(tag(tag.text())::equals).isPresent());
  }

  /** Null when the header is not there. */
  private static List<Tag> tags(RoutingContext context, String header) {
    List<String> lines = context.request().headers().getAll(header);
    if (lines.isEmpty()) {
      return null;
    }
    String list = String.join(",", lines).strip();
    List<Tag> tags = new ArrayList<>();
    if (list.equals("*")) {
      return tags;
    }
    // A tag may have commas in it, and a list empty elements (section 5.6.1).
    Matcher tag = TAG.matcher(list);
    int at = 0;
    while (at < list.length()) {
      if (" \t,".indexOf(list.charAt(at)) >= 0) {
        at++;
      } else if (tag.region(at, list.length()).lookingAt()
          && (tag.end() == list.length() || " \t,".indexOf(list.charAt(tag.end())) >= 0)) {
        tags.add(new Tag(tag.group(1) != null, tag.group(2)));
        at = tag.end();
      } else {
        throw Problem.badRequest(header + " is neither * nor a list of entity tags");
      }
    }
    if (tags.isEmpty()) {
      throw Problem.badRequest(header + " is empty");
    }
    return tags;
  }
}
