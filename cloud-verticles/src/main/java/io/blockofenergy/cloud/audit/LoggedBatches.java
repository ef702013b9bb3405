package io.blockofenergy.cloud.audit;

import static io.blockofenergy.cloud.audit.Audit.await;

import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The records of which batch stands where, in the order of the log. They must cover it without a
 * gap; where they do not is a finding. Blocks; belongs to one thread.
 */
final class LoggedBatches {
  private static final int PAGE = 256;

  private final Documents documents;
  private final Findings findings;
  private final long size;
  private final Deque<Logged> page = new ArrayDeque<>();
  private long from;
  private long expected;
  private boolean ended;

  /**
   * @param start the entry to begin with, the first of a batch
   * @param size up to which entry the log is audited
   */
  LoggedBatches(Documents documents, Findings findings, long start, long size) {
    this.documents = documents;
    this.findings = findings;
    this.size = size;
    this.from = start;
    this.expected = start;
  }

  /** The next batch within the audited size; null at the end. */
  Logged next() {
    if (expected >= size || ended) {
      return null;
    }
    Logged batch = read();
    if (batch == null || batch.leafStart() >= size) {
      findings.log(expected, "no batch is recorded for the entries from " + expected + " on");
      ended = true;
      return null;
    }
    if (batch.leafStart() != expected) {
      findings.log(
          expected,
          "the recorded batches do not cover the log: at entry "
              + expected
              + " comes batch "
              + batch.id()
              + " of entry "
              + batch.leafStart());
    }
    expected = Math.max(expected, batch.leafEnd());
    return batch;
  }

  private Logged read() {
    for (boolean more = true; page.isEmpty() && more; ) {
      long before = from;
      JsonObject query =
          new JsonObject()
              .put("_id", new JsonObject().put("$gte", ""))
              .put("leafStart", new JsonObject().put("$gte", before));
      for (Optional<JsonObject> document :
          await(
              documents.page(
                  "log_batches", query, new JsonObject().put("leafStart", 1), 0, PAGE))) {
        take(document);
      }
      more = from > before;
    }
    return page.poll();
  }

  private void take(Optional<JsonObject> document) {
    Object id = Documents.member(document, "_id");
    Object leafStart = Documents.member(document, "leafStart");
    if (Documents.isWhole(leafStart)) {
      from = Math.max(from, ((Number) leafStart).longValue() + 1);
    }
    if (!(Documents.member(document, "appendedAt") instanceof String)) {
      findings.log(from, "the record of batch " + id + " does not say when it was logged");
    }
    Logged.of(document)
        .ifPresentOrElse(
            page::add,
            () -> findings.log(from, "the record of batch " + id + " is not of the form of one"));
  }
}
