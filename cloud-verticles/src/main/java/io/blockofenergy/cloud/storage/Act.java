package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An administrative deed, which is logged as a reading is: the SHA-256 of {@link #canonicalJson()}
 * is its entry. {@code docs/formats.md} has the kinds and their members.
 *
 * @param n 1, 2, 3 … without gaps
 * @param canonical RFC 8785 JSON, schema {@code boe.act.v1}
 * @param logged whether a signed checkpoint includes it
 */
public record Act(long n, String canonical, boolean logged) {
  /** What the ids of all acts begin with; the @ keeps it apart from every bridge's id. */
  static final String JOURNAL = "@act.00000000.";

  /** Above every number. */
  static final long MAX = 9_999_999_999_999_999L;

  private static final Pattern ID = Pattern.compile("@act\\.00000000\\.([1-9][0-9]{0,15})");
  private static final Pattern SORTABLE = Pattern.compile("@act\\.00000000\\.[0-9]{16}");

  /** {@code @act.00000000.<n>}. */
  public static String id(long n) {
    return JOURNAL + n;
  }

  /** The number in a public id; empty when it is none of an act. */
  public static Optional<Long> number(String id) {
    Matcher parts = ID.matcher(id);
    return parts.matches() ? Optional.of(Long.valueOf(parts.group(1))) : Optional.empty();
  }

  /** {@code @act.00000000.<n as 16 digits>}: {@code _id}, and the id of its batch in the log. */
  public static String sortableId(long n) {
    return JOURNAL + ReadingId.digits(n);
  }

  public String id() {
    return id(n);
  }

  /** UTF-8. */
  public byte[] canonicalJson() {
    return canonical.getBytes(StandardCharsets.UTF_8);
  }

  /** As the REST API gives it: the act's own members under {@code act}, verbatim. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("id", id())
        .put("state", logged ? "logged" : "recorded")
        .put("act", new JsonObject(canonical));
  }

  /** Empty when somebody has made of the document what is no act. */
  static Optional<Act> read(JsonObject document) {
    Optional<Long> n = numberOf(document);
    if (n.isEmpty() || !(document.getValue("act") instanceof String canonical)) {
      return Optional.empty();
    }
    try {
      new JsonObject(canonical);
    } catch (DecodeException e) {
      return Optional.empty();
    }
    return Optional.of(new Act(n.get(), canonical, "logged".equals(document.getValue("state"))));
  }

  /** The number in a document's {@code _id}, whatever else it holds. */
  static Optional<Long> numberOf(JsonObject document) {
    return document.getValue("_id") instanceof String id && SORTABLE.matcher(id).matches()
        ? Optional.of(Long.valueOf(id.substring(JOURNAL.length())))
        : Optional.empty();
  }
}
