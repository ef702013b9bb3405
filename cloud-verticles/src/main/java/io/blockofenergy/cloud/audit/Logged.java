package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.ReadingId;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * The record of where a batch stands in the log.
 *
 * @param id {@code <bridge>.<journal>.<first seq, 16 digits>}
 * @param leafStart index of its first entry
 * @param count number of its entries
 */
record Logged(String id, long leafStart, int count) {
  private static final String ACTS = "@act.";

  /** A batch unfolds to 8 MiB at most, and no reading is written in less than 80 bytes. */
  private static final int MAX_ENTRIES = 100_000;

  private static final long LAST_SEQ = 9_999_999_999_999_999L;

  /** Reads the record; empty when it is not of the form of one. */
  static Optional<Logged> of(Optional<JsonObject> document) {
    Object id = Documents.member(document, "_id");
    Object leafStart = Documents.member(document, "leafStart");
    Object count = Documents.member(document, "count");
    return Documents.isWhole(leafStart)
            && ((Number) leafStart).longValue() >= 0
            && count instanceof Integer entries
            && entries > 0
            && entries <= MAX_ENTRIES
            && id instanceof String text
            && (ReadingId.parseSortable(text).isPresent()
                || text.matches("@act\\.[0-9a-f]{8}\\.[0-9]{16}"))
            && Long.parseLong(text.substring(text.length() - 16)) <= LAST_SEQ - entries
        ? Optional.of(new Logged(text, ((Number) leafStart).longValue(), entries))
        : Optional.empty();
  }

  boolean isAct() {
    return id.startsWith(ACTS);
  }

  long leafEnd() {
    return leafStart + count;
  }

  /** Numbers of the log's bundles that its entries are in. */
  LongStream bundles() {
    return LongStream.rangeClosed(leafStart / LogPages.WIDTH, (leafEnd() - 1) / LogPages.WIDTH);
  }

  long firstSeq() {
    return Long.parseLong(id.substring(id.length() - 16));
  }

  long lastSeq() {
    return firstSeq() + count - 1;
  }

  boolean has(long seq) {
    return firstSeq() <= seq && seq <= lastSeq();
  }

  /** {@code <bridge>.<journal>.}, which all its readings' ids begin with. */
  String journal() {
    return id.substring(0, id.length() - 16);
  }

  /** The sortable id of its reading with this sequence number. */
  String key(long seq) {
    return journal() + ReadingId.digits(seq);
  }

  /** The public id of its reading with this sequence number. */
  String readingId(long seq) {
    return journal() + seq;
  }

  String publicId() {
    return readingId(firstSeq());
  }
}
