package io.blockofenergy.cloud.audit;

import io.blockofenergy.telemetry.ReadingId;
import io.blockofenergy.telemetry.SigningKey;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * What ingestion has recorded of a batch that it took, collection {@code batches}.
 *
 * @param key the document's {@code _id}, the sortable id of the first reading
 */
record IngestedBatch(
    String key,
    ReadingId first,
    long lastSeq,
    String bodySha256,
    String prev,
    byte[] signature,
    String ingestedAt) {
  private static final String NOTHING_BEFORE = "0".repeat(64);

  /** Reads the record; empty when it is not of the form of one. */
  static Optional<IngestedBatch> of(Optional<JsonObject> document) {
    Object key = Documents.member(document, "_id");
    Optional<ReadingId> first =
        key instanceof String text ? ReadingId.parseSortable(text) : Optional.empty();
    Object lastSeq = Documents.member(document, "lastSeq");
    if (first.isEmpty()
        || !Documents.isWhole(lastSeq)
        || !first.get().bridge().equals(Documents.member(document, "bridge"))
        || !first.get().journal().equals(Documents.member(document, "journal"))
        || !isNumber(Documents.member(document, "firstSeq"), first.get().seq())
        || !isNumber(
            Documents.member(document, "count"),
            ((Number) lastSeq).longValue() - first.get().seq() + 1)
        || ((Number) lastSeq).longValue() < first.get().seq()
        || !(Documents.member(document, "bodySha256") instanceof String body)
        || !(Documents.member(document, "prev") instanceof String prev)
        || !(Documents.member(document, "signature") instanceof String signature)
        || !(Documents.member(document, "ingestedAt") instanceof String ingestedAt)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new IngestedBatch(
              (String) key,
              first.get(),
              ((Number) lastSeq).longValue(),
              body,
              prev,
              Base64.getDecoder().decode(signature),
              ingestedAt));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isNumber(Object value, long expected) {
    return Documents.isWhole(value) && ((Number) value).longValue() == expected;
  }

  long count() {
    return lastSeq - first.seq() + 1;
  }

  /** {@code <bridge>.<journal>.} */
  String journal() {
    return key.substring(0, key.length() - 16);
  }

  /** Sortable id of the reading of this journal with that number. */
  String keyOf(long seq) {
    return new ReadingId(first.bridge(), first.journal(), seq).sortable();
  }

  /** Whether the bridge has signed this: see "Batch" in docs/formats.md. */
  boolean isSignedBy(byte[] publicKey) {
    String signed =
        String.join(
            "\n",
            "boe.batch.v1",
            first.bridge(),
            first.journal(),
            Long.toString(first.seq()),
            Long.toString(count()),
            bodySha256,
            prev,
            "");
    return SigningKey.verify(publicKey, signed.getBytes(StandardCharsets.UTF_8), signature);
  }

  /** Whether this is the one after that, by their hashes. */
  boolean follows(IngestedBatch before) {
    return prev.equals(before.bodySha256);
  }

  boolean isFirst() {
    return first.seq() == 1;
  }

  boolean saysItIsFirst() {
    return prev.equals(NOTHING_BEFORE);
  }
}
