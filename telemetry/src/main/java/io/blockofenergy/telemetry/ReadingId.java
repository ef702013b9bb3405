package io.blockofenergy.telemetry;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What identifies a reading. It has two texts: the public one, and a sortable one by which stores
 * keep it, whose text order within a journal is the order of the sequence.
 *
 * @param bridge {@code [A-Za-z0-9_-]{1,64}}
 * @param journal 8 lower-case hex digits
 * @param seq from 1 on, at most 16 digits
 */
public record ReadingId(String bridge, String journal, long seq) {
  private static final Pattern PUBLIC =
      Pattern.compile("([A-Za-z0-9_-]{1,64})\\.([0-9a-f]{8})\\.([1-9][0-9]{0,15})");
  private static final Pattern SORTABLE =
      Pattern.compile("([A-Za-z0-9_-]{1,64})\\.([0-9a-f]{8})\\.([0-9]{16})");

  /** Parses {@code <bridge>.<journal>.<seq>}; empty when the text is not of that form. */
  public static Optional<ReadingId> parse(String id) {
    return match(PUBLIC, id);
  }

  /** Parses {@code <bridge>.<journal>.<seq as 16 digits>}; empty when it is not of that form. */
  public static Optional<ReadingId> parseSortable(String id) {
    return match(SORTABLE, id);
  }

  private static Optional<ReadingId> match(Pattern pattern, String id) {
    Matcher parts = pattern.matcher(id);
    return parts.matches()
        ? Optional.of(new ReadingId(parts.group(1), parts.group(2), Long.parseLong(parts.group(3))))
        : Optional.empty();
  }

  /** A number of a sequence as 16 digits. */
  public static String digits(long seq) {
    String digits = Long.toString(seq);
    return "0".repeat(16 - digits.length()) + digits;
  }

  /** {@code <bridge>.<journal>.<seq as 16 digits>}. */
  public String sortable() {
    return bridge + '.' + journal + '.' + digits(seq);
  }

  /** {@code <bridge>.<journal>.<seq>}. */
  @Override
  public String toString() {
    return bridge + '.' + journal + '.' + seq;
  }
}
